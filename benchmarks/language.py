"""How well another language is noticed, how often English is taken for one, and what looking costs.

    python benchmarks/language.py --multilingual data/everyday/multilingual --everyday data/everyday --meld data/meld \\
        --goemotions data/goemotions [--half second]

Prints one JSON line. `languages` has for each language the share of turns that are noticed: each turn alone, each after
the turns before it, and those of them whose language is named rightly; `conversations` the share of conversations that
have most of their turns noticed. `false_alarms` are shares of English turns; `short` are those of up to three words;
`mixed` are the English turns of conversations whose every other turn is in another language. Numbers were chosen on
the `first` half of the multilingual development conversations, so `second` is the half to look at. `peer` is py3langid
where that is installed, at the confidence at which it has as many false alarms as ours alone, and 1 in 1,000 where
ours has fewer; `ratio` is its time a turn over ours. Times are of this process alone; most of ours goes to words that
were not seen before, and `again_ms_per_turn` is the time where all were.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from statistics import mean
from typing import Any

from instructerc.conversation import Conversation
from instructerc.corpora import load_corpus
from instructerc.formats import read_conversations
from instructerc.recognition.language import LanguageTracker

ENGLISH = "en"
SHORT = 3
Texts = list[str]


def alone(texts: Sequence[str]) -> list[str | None]:
    """Returns the language of each text by itself."""
    return [LanguageTracker().add(text) for text in texts]


def in_turn(texts: Sequence[str]) -> list[str | None]:
    """Returns the language of each text after the ones before it."""
    tracker = LanguageTracker()
    return [tracker.add(text) for text in texts]


def is_foreign(language: str | None) -> bool:
    """Returns whether a language was noticed that is not English."""
    return language not in (None, ENGLISH)


def recall(talks: Sequence[Texts], code: str) -> dict[str, float]:
    """Returns the shares of one language."""
    found = [in_turn(talk) for talk in talks]
    turns = list(chain.from_iterable(found))
    noticed = [language for language in turns if is_foreign(language)]
    return {
        "turns": len(turns),
        "alone": share(map(is_foreign, alone(list(chain.from_iterable(talks))))),
        "after_others": share(map(is_foreign, turns)),
        "named_rightly": share(language == code for language in noticed),
        "conversations": share(2 * sum(map(is_foreign, talk)) > len(talk) for talk in found),
    }


def false_alarms(talks: Sequence[Texts]) -> dict[str, float]:
    """Returns the shares of English turns that are taken for another language."""
    texts = list(chain.from_iterable(talks))
    found = [is_foreign(language) for language in alone(texts)]
    return {
        "turns": len(texts),
        "alone": share(found),
        "after_others": share(is_foreign(language) for talk in talks for language in in_turn(talk)),
        "short": share(one for one, text in zip(found, texts, strict=True) if len(text.split()) <= SHORT),
    }


def mixed(foreign: Sequence[Texts], english: Sequence[Texts]) -> dict[str, float]:
    """Returns what is noticed where every other turn is English."""
    ours: list[bool] = []
    theirs: list[bool] = []
    for one, other in zip(foreign, english, strict=False):
        found = in_turn([text for pair in zip(one, other, strict=False) for text in pair])
        theirs += map(is_foreign, found[::2])
        ours += map(is_foreign, found[1::2])
    return {"false_alarms": share(ours), "noticed": share(theirs)}


def share(values: Any) -> float:
    """Returns the mean, to four decimals; 0 of nothing."""
    return round(mean(map(float, kept)), 4) if (kept := list(values)) else 0.0


def milliseconds(look: Callable[[str], Any], texts: Sequence[str]) -> float:
    """Returns what one text costs."""
    begin = time.process_time()
    for text in texts:
        look(text)
    return round((time.process_time() - begin) / len(texts) * 1000, 4)


def peer(english: Sequence[str], foreign: Sequence[str], n_alarms: int) -> dict[str, float] | None:
    """Returns the same of py3langid, at the confidence at which it has no more false alarms than given."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        return None
    begin = time.perf_counter()
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    loaded_s = time.perf_counter() - begin

    def doubt(text: str) -> float:
        code, probability = identifier.classify(text)
        return 0.0 if code == ENGLISH else float(probability)

    bound = sorted(map(doubt, english))[-n_alarms - 1]
    noticed = share(doubt(text) > bound for text in foreign)
    return {"load_s": round(loaded_s, 2), "alone": noticed, "ms_per_turn": milliseconds(identifier.classify, english)}


def texts_of(talks: Sequence[Conversation]) -> list[Texts]:
    """Returns the texts of each conversation."""
    return [[turn.text for turn in talk.utterances] for talk in talks]


def main() -> None:
    """Runs the benchmark and prints its JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--multilingual", "--everyday", "--meld", "--goemotions"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--half", choices=("first", "second", "both"), default="second")
    given = parser.parse_args()
    by_language: dict[str, list[Texts]] = defaultdict(list)
    talks = list(read_conversations(given.multilingual / "dev.jsonl"))
    for talk, texts in zip(talks, texts_of(talks), strict=True):
        by_language[talk.id[:2]].append(texts)
    halves = {"first": slice(0, None, 2), "second": slice(1, None, 2), "both": slice(None)}
    foreign = {code: kept[halves[given.half]] for code, kept in sorted(by_language.items())}
    english = {
        "everyday": texts_of(read_conversations(given.everyday / "dev.jsonl")),
        "meld": texts_of(load_corpus("meld", given.meld, "dev")),
        "goemotions": texts_of(load_corpus("goemotions", given.goemotions, "dev")),
    }
    all_english = [text for talks in english.values() for talk in talks for text in talk]
    all_foreign = [text for talks in foreign.values() for talk in talks for text in talk]
    ours_ms = milliseconds(LanguageTracker().add, all_english)
    again_ms = milliseconds(LanguageTracker().add, all_english)
    ours = share(map(is_foreign, alone(all_foreign)))
    n_alarms = sum(map(is_foreign, alone(all_english)))
    theirs = peer(all_english, all_foreign, max(n_alarms, len(all_english) // 1000))
    languages = {code: recall(talks, code) for code, talks in foreign.items()}
    result = {
        "languages": languages,
        "mean_over_languages": {
            name: share(row[name] for row in languages.values()) for name in next(iter(languages.values()))
        },
        "false_alarms": {name: false_alarms(talks) for name, talks in english.items()},
        "mixed": mixed(list(chain.from_iterable(foreign.values())), english["everyday"]),
        "alone": ours,
        "ms_per_turn": ours_ms,
        "again_ms_per_turn": again_ms,
        "peer": theirs,
        "ratio": round(theirs["ms_per_turn"] / ours_ms, 2) if theirs else None,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
