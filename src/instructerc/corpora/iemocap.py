"""IEMOCAP (Busso et al. 2008): the official release, five sessions of two actors each."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.corpus import Corpus
from instructerc.errors import InputError
from instructerc.formats.shared.lines import open_text
from instructerc.formats.shared.options import ReadOptions, ReadReport
from instructerc.formats.shared.reading import Reading, build_utterance, write_note

# `Ses01F_impro01_F000 [006.2901-008.2357]: text`
_TURN = re.compile(r"(\w+_([FM])[0-9A-Z]{3}) \[([^\]]*)\]:(.*)")
_TIMES = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
# `[6.2901 - 8.2357]<tab>Ses01F_impro01_F000<tab>neu<tab>[2.5000, 2.5000, 2.5000]`; raters' own lines have no bracket.
_LABEL = re.compile(r"\[[^\]]*\]\t(\w+)\t(\w+)\t\[")
_N_DIALOGUES = {"train": 120, "dev": 120, "test": 31}
_SIX = frozenset({"hap", "sad", "neu", "ang", "exc", "fru"})

# The validation dialogues of DialogXL (Shen et al. 2021), as EmoBERTa (Kim and Vossen 2021) lists them in
# github.com/tae898/erc, Datasets/IEMOCAP/utterance-ordered.json: by name, the last 20 of sessions 1 to 4.
_DEV = frozenset(
    {
        *(f"Ses04F_script{part}" for part in ("01_3", "02_1", "02_2", "03_1", "03_2")),
        *(f"Ses04M_impro0{number}" for number in range(1, 9)),
        *(f"Ses04M_script{part}" for part in ("01_1", "01_2", "01_3", "02_1", "02_2", "03_1", "03_2")),
    }
)


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split with the turns that have one of the six scored labels, as papers and COSMIC's pickle have it.

    Session 5 is the test split. Of the 120 dialogues of sessions 1 to 4, 20 are development, all of session 4: those of
    DialogXL and EmoBERTa, with which 4778, 980 and 1622 utterances are train, dev and test. COSMIC and InstructERC have
    12 others, which only their file names; `iemocap-cosmic` reads it.

    Ids are `train/Ses01F_impro01` and so on, speakers `Ses01_F` and so on: one name per actor. Emotions are the
    release's codes.

    Args:
        directory: the folder that holds `Session1` to `Session5`.
        split: `train`, `dev` or `test`.
        report: says what was passed over; without one the log does.

    Raises:
        InputError: no such folder, or a dialogue with only one of its two files.
        BadRow: a turn that cannot be read.
    """
    return _load(directory, split, report, _SIX)


def load_context(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split with every turn, as `load` otherwise.

    Turns without a label (`..._FXX0`, `..._MXX0`) stay as context without an emotion, and those with a code that is not
    scored (`xxx`, `sur`, `fea`, `dis`, `oth`) keep it: the label set leaves them out.

    Raises:
        InputError: as `load`.
        BadRow: a turn that cannot be read.
    """
    return _load(directory, split, report, None)


def _load(directory: Path, split: str, report: ReadReport | None, wanted: frozenset[str] | None) -> list[Conversation]:
    repairs: Counter[str] = Counter()
    conversations = []
    for name, transcription, evaluation in _choose(directory, split, report):
        turns = _read_dialogue(transcription, evaluation, report, repairs)
        kept = turns if wanted is None else [turn for turn in turns if turn.emotion in wanted]
        if kept:
            conversations.append(Conversation(f"{split}/{name}", kept))
        else:
            repairs["{n} dialogue(s) without a scored turn left out"] += 1
    for sentence, count in repairs.items():
        write_note(report, f"{directory}: {sentence.format(n=count)}")
    if not conversations:
        raise InputError(f"{directory}: the {split} split has no turn with one of {', '.join(sorted(_SIX))}")
    return conversations


def _choose(directory: Path, split: str, report: ReadReport | None) -> list[tuple[str, Path, Path]]:
    """Returns name, transcription and evaluation of each dialogue of a split, sorted by name."""
    sessions = (5,) if split == "test" else (1, 2, 3, 4)
    where = f"{directory}: session {', '.join(map(str, sessions))}"
    pairs = sorted(pair for number in sessions for pair in _session_files(directory / f"Session{number}" / "dialog"))
    if not pairs:
        raise InputError(
            f"{where}: no dialogue; give the folder of IEMOCAP's release that holds Session1 to Session5, "
            "each with dialog/transcriptions and dialog/EmoEvaluation"
        )
    if len(pairs) != _N_DIALOGUES[split]:
        write_note(
            report,
            f"{where}: {len(pairs)} dialogue(s) where the release has {_N_DIALOGUES[split]}; "
            f"the {split} split is not the usual one",
        )
    chosen = [pair for pair in pairs if split == "test" or (pair[0] in _DEV) == (split == "dev")]
    if not chosen:
        raise InputError(f"{where}: none of the {split} split's dialogues is there; give the whole release")
    return chosen


def _session_files(dialog: Path) -> list[tuple[str, Path, Path]]:
    """Returns name, transcription and evaluation of each dialogue; `._*` files are another system's leavings."""
    texts, labels = (
        {path.stem: path for path in (dialog / folder).glob("*.txt") if not path.name.startswith(".")}
        for folder in ("transcriptions", "EmoEvaluation")
    )
    alone = sorted(texts.keys() ^ labels.keys())
    if alone:
        raise InputError(
            f"{dialog}: {alone[0]}.txt is in only one of transcriptions and EmoEvaluation; unpack the release again"
        )
    return [(name, path, labels[name]) for name, path in texts.items()]


def _read_dialogue(
    transcription: Path, evaluation: Path, report: ReadReport | None, repairs: Counter[str]
) -> list[Utterance]:
    """Returns the turns as the transcription orders them; the evaluation lists one speaker after the other."""
    labels = _read_labels(evaluation)
    utterances = []
    options = ReadOptions()
    with open_text(transcription, options) as text:
        # The counts of all dialogues go together; each place is its own file's.
        reading = Reading(text.source, text.stem, options, report, repairs)
        for line in text.lines:
            turn = _TURN.fullmatch(line.strip())
            if turn is None:
                if line.strip():
                    reading.repair(text.lines.number, "{n} line(s) without a turn's name: skipped")
                continue
            # The letter before the digits says who speaks; the one behind `Ses01`, who wears the markers.
            speaker = f"{transcription.stem[:5]}_{turn[2]}"
            times = _TIMES.fullmatch(turn[3])
            start, end = times.groups() if times else (None, None)
            utterances.append(
                build_utterance(
                    reading,
                    text.lines.number,
                    speaker=speaker,
                    text=turn[4].strip(),
                    emotion=labels.pop(turn[1], None),
                    start=start,
                    end=end,
                )
            )
        for name in labels:
            reading.repair(f"turn {name}", "{n} labelled turn(s) without a line in the transcription")
    if not utterances:
        raise InputError(f"{transcription}: no turn such as 'Ses01F_impro01_F000 [006.2901-008.2357]: text'")
    return utterances


def _read_labels(path: Path) -> dict[str, str]:
    """Returns the emotion code that the raters agreed on, by the turn's name."""
    with open_text(path, ReadOptions()) as text:
        found = (_LABEL.match(line) for line in text.lines)
        return {match[1]: match[2] for match in found if match}


CORPORA = (Corpus("iemocap", load, __name__), Corpus("iemocap-context", load_context, __name__))
