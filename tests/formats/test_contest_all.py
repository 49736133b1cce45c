"""The contest over files of every form: none is taken for another, by file or stream; what is none is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from layouts import LAYOUTS, file_name, form_of
from layouts.talks import MARKED, TALKS

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.contest import detect_text, judge
from instructerc.formats.format import Text
from instructerc.formats.registry import known_formats
from instructerc.formats.shared.lines import open_text

ROOT = Path(__file__).parents[2]
CASES = ROOT / "../shared/cases/files"
SAMPLES = [(layout, talk) for layout in LAYOUTS for talk in TALKS]

# The form of each case that is read; those beside them are read by none, or as forms that have tests of their own.
FORM_OF_CASE = {
    **dict.fromkeys(("assemblyai.json",), "assemblyai"),
    **dict.fromkeys(
        (
            *("cha-caret-bullet.cha", "cha-codeswitch.cha", "cha-fragments.cha"),
            *("cha-no-tab.cha", "cha-shortening.cha"),
        ),
        "chat",
    ),
    **{"chatgpt-export.json": "chatgpt", "deepgram.json": "deepgram", "discord.html": "discord-html"},
    **dict.fromkeys(("elan-emotion-name.eaf", "elan-independent-emotion.eaf", "elan-ref-tier.eaf"), "elan"),
    **{"google-chat-messages.json": "google-chat", "imessage-exporter.txt": "imessage", "kakao-pc.txt": "kakaotalk"},
    **dict.fromkeys(("hf-chunks.json", "whisperx-words.json"), "whisper"),
    **dict.fromkeys(("irc-angle.txt", "irc-irssi.txt"), "irc"),
    **dict.fromkeys(("line-columns-spaces.txt", "line-en.txt"), "line"),
    **dict.fromkeys(("openai-ft.jsonl", "openai-model-first.json", "sharegpt.json", "sharegpt.jsonl"), "messages"),
    **dict.fromkeys(("rows-array.json", "rows-nulltext.jsonl", "excl-control.jsonl"), "jsonl"),
    **dict.fromkeys(("slack-api-history.json", "slack-emoji.json", "slack-grid"), "slack"),
    **{"messenger-message_1.json": "messenger", "signal-sigtop.txt": "signal", "telegram.html": "telegram-html"},
    **{"teams-minutes.txt": "stacked-transcript", "telegram-copied.txt": "telegram-copied"},
    **dict.fromkeys(
        (
            *("blank-line-in-cue.srt", "no-blank-between.srt", "sentence-colon.srt", "two-digit-fraction.srt"),
            *("whispercpp-diarize.srt", "whisperx-highlight.srt", "whisperx.srt", "transcribee.txt"),
        ),
        "srt",
    ),
    **dict.fromkeys(
        (
            *("teams-json-meta.vtt", "teams-unattributed.vtt", "whisperx.vtt"),
            *("youtube-auto-nospace.vtt", "youtube-auto.vtt"),
        ),
        "vtt",
    ),
    **dict.fromkeys(
        (
            *("wa-android-group-notices-with-author.txt", "wa-first-line-cut-iphone.txt", "wa-greek2.txt"),
            *("wa-hindi-digits.txt", "wa-notice-no-lrm.txt", "wa-old-iphone-colon-24h.txt"),
            *("wa-old-iphone-colon.txt", "wa-poll-iphone.txt", "wa-turkish-os.txt"),
        ),
        "whatsapp",
    ),
    **dict.fromkeys(
        (
            *("active-inference.txt", "bracket-speakers-nocolon.txt", "bracket-speakers.txt", "emoji-chat.txt"),
            *("intercom.txt", "italian.txt", "lab-de.txt", "labels-turns.txt", "markdown-bold-fr.md"),
            *("markdown-bold.md", "meet-ext-bold.txt", "name-tab-time.txt", "sarcasm.txt", "sentence-colon.txt"),
            *("speaker-then-time.txt", "whisperx-stdout.txt"),
        ),
        "plain",
    ),
}


def _form(source: str | Path | io.BytesIO) -> str | None:
    """Returns the form that a source was read as; an error is one too, since these files are all good."""
    report = ReadReport()
    next(read_conversations(source, report=report))
    return report.format


def test_there_are_enough_files() -> None:
    assert len(SAMPLES) >= 200
    forms = {name for name, form in known_formats().items() if isinstance(form.file, Text)}
    assert forms == set(map(form_of, LAYOUTS)), "write a layout of a new format into tests/formats/layouts"


@pytest.mark.parametrize(("layout", "talk"), SAMPLES)
def test_no_form_is_taken_for_another(layout: str, talk: str, tmp_path: Path) -> None:
    content = LAYOUTS[layout](TALKS[talk]).encode()
    path = tmp_path / file_name(layout)
    path.write_bytes(content)
    assert {_form(path), _form(io.BytesIO(content))} == {form_of(layout)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_formats_that_are_not_asked_could_not_have_won(layout: str) -> None:
    with open_text(io.BytesIO(LAYOUTS[layout](TALKS["english"]).encode()), ReadOptions()) as file:
        found, _ = detect_text(file, ReadOptions())
        claims = judge(file, ReadOptions())
    assert claims[0].format == found
    assert all(0 <= claim.share <= 1 for claim in claims)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_words_that_are_marks_of_other_forms_do_not_mislead(layout: str, tmp_path: Path) -> None:
    talk = [*TALKS["english"], *MARKED, *TALKS["english"]]
    content = LAYOUTS[layout](talk).encode()
    path = tmp_path / file_name(layout)
    path.write_bytes(content)
    assert {_form(path), _form(io.BytesIO(content))} == {form_of(layout)}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_of_the_encoding_changes_nothing(layout: str, encoding: str) -> None:
    content = LAYOUTS[layout](TALKS["german"])
    # XML says itself how it is encoded.
    declared = content.replace("UTF-8", encoding.removesuffix("-sig"), 1) if content.startswith("<?xml") else content
    assert _form(io.BytesIO(declared.encode(encoding))) == form_of(layout)


@pytest.mark.parametrize("name", FORM_OF_CASE)
def test_the_cases_are_not_confused(name: str) -> None:
    if not CASES.is_dir():
        pytest.skip("no ../shared/cases/files beside the project")
    path = CASES / name
    sources = [path] if path.is_dir() else [path, io.BytesIO(path.read_bytes())]
    assert {_form(source) for source in sources} == {FORM_OF_CASE[name]}


def _documents() -> list[Path]:
    """Returns the project's own files that are no conversations."""
    kinds = ("docs/*.md", "*.md", "*.toml", "Makefile", "recipes/*.yaml", "src/instructerc/*.py", "benchmarks/*.py")
    more = ("src/instructerc/corpora/*.yaml", "src/instructerc/labels/sets/*.yaml", "benchmarks/results/*.json")
    return sorted(path for kind in (*kinds, *more) for path in ROOT.glob(kind))


@pytest.mark.parametrize("path", _documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_is_no_conversation_is_refused(path: Path) -> None:
    for source in (path, io.BytesIO(path.read_bytes())):
        with pytest.raises(InputError):
            list(read_conversations(source))
