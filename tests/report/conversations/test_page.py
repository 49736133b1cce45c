"""The report about conversations: what is in the file, what is not, and the tables beside it."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from html import unescape

import pytest

from instructerc import Conversation, Utterance
from instructerc.labels import LabelSet
from instructerc.recognition import Recognition
from instructerc.report.conversations.collect import Collector, Privacy
from instructerc.report.conversations.page import ReportFacts, render_report
from instructerc.report.conversations.tables import write_talks, write_turns

PAIR = LabelSet("pair", ("joy", "anger"))
HOSTILE = "</script><script>alert(1)</script><!--\u2028'\""


def _answer(label, probability=0.8, best=None):
    best = best or label
    other = "anger" if best == "joy" else "joy"
    return Recognition(label, probability, {best: probability, other: 1 - probability}, 0)


def _gathered(**privacy):
    gathered = Collector(PAIR, Privacy(**privacy))
    said = [Utterance("Ann", "hooray"), Utterance("Bo", "=cmd()"), Utterance("Ann", HOSTILE)]
    answers = [_answer("joy"), _answer("joy", 0.9), _answer("anger", 0.7)]
    gathered.add(Conversation("2026-11-03 call", said), answers, "/private/place/calls.jsonl")
    gathered.add(Conversation("b", [Utterance("Bo", "hm")]), [_answer(None, 0.55, "joy")], "-")
    return gathered


def _render(gathered, **facts):
    about = {"title": f"Talks {HOSTILE}", "model": "embedded", "languages": ["en"], "calibrated": True}
    about |= {"n_files": gathered.n_files, "made_on": date(2026, 11, 26), "tables": ["a.csv", "a-turns.csv"], **facts}
    return render_report(gathered.talks, gathered.periods(), PAIR, ReportFacts(**about))


def _data(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def test_every_turn_is_in_the_data_as_it_is():
    data = _data(_render(_gathered()))
    turns = data["turns"]
    assert turns["text"] == ["hooray", "=cmd()", HOSTILE, "hm"]
    assert turns["talk"] == [0, 0, 0, 1]
    assert turns["number"] == [1, 2, 3, 1]
    assert [data["speakers"][place] for place in turns["speaker"]] == ["Ann", "Bo", "Ann", "Bo"]
    assert turns["best"] == [0, 0, 1, 0]
    assert turns["unsure"] == [0, 0, 0, 1]
    assert turns["confidence"] == [800, 900, 700, 550]
    assert turns["shift_from"] == [None, None, 0, None]
    assert turns["strength"] == [0, 0, 500, 0]
    assert turns["period"] == [0, 0, 0, None]
    assert data["periods"] == {"kind": "day", "names": ["2026-11-03"]}
    assert data["talks"][1] == {"name": "b", "file": "standard input"}
    # From the most unpleasant on; what is unsure stands last.
    assert data["order"] == [1, 0, 2]


def test_words_stay_words_and_the_file_asks_for_nothing():
    page = _render(_gathered())
    assert len(re.findall(r"<script\b", page)) == 2
    assert "alert(1)</script>" not in page
    assert "/private" not in page
    assert not re.search(r"(?:src|href)=\"(?!#)|url\(|@import|https?://", page)
    assert "default-src 'none'" in unescape(page)


def test_what_the_model_cannot_do_stands_in_front():
    head = _render(_gathered(), calibrated=False).split("<main")[0]
    assert "The model reads English." in head
    assert "not a judgement of people" in head
    assert "Confidence is less well calibrated for these labels" in head
    told = _render(_gathered(), domain="everyday conversation").split("<main")[0]
    assert "The model reads English and treats it as everyday conversation. Emotions are guessed" in told
    for languages, said in (
        (("en", "de", "it"), "The model reads English, German and Italian."),
        ((), "The model reads"),
    ):
        shown = _render(_gathered(), languages=languages).split("<main")[0]
        assert (said in shown) is bool(languages)
    assert "2 files · 2 conversations · 4 turns · model embedded · 26 November 2026" in head


def test_below_which_probability_a_turn_is_unsure_is_said():
    assert "A turn whose first label has less than 47 % is unsure." in _render(_gathered(), unsure_below=0.47)
    assert "is unsure" not in _render(_gathered()).split("<main")[0]


def test_words_and_names_can_be_left_out():
    gathered = _gathered(with_words=False, with_names=False)
    data = _data(_render(gathered, title="Talks"))
    assert set(data["turns"]["text"]) == {""}
    assert data["speakers"] == ["Speaker 1", "Speaker 2"]
    assert data["talks"] == [{"name": "Conversation 1", "file": "File 1"}, {"name": "Conversation 2", "file": "File 2"}]
    shown = _render(gathered, title="Talks")
    for private in ("Ann", "hooray", "calls.jsonl", "2026-11-03 call"):
        assert private not in shown


def _rows(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


@pytest.mark.parametrize("write", [write_talks, write_turns])
def test_tables_open_in_excel_and_hold_no_formula(tmp_path, write):
    gathered = _gathered()
    write(tmp_path / "a.csv", gathered.talks, gathered.periods(), PAIR.names)
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert not any(cell.startswith("=") for row in _rows(tmp_path / "a.csv") for cell in row.values())


def test_the_tables_say_what_the_page_says(tmp_path):
    gathered = _gathered()
    write_talks(tmp_path / "a.csv", gathered.talks, gathered.periods(), PAIR.names)
    write_turns(tmp_path / "b.csv", gathered.talks, gathered.periods(), PAIR.names)
    talks, turns = (_rows(tmp_path / name) for name in ("a.csv", "b.csv"))
    first, second = talks
    assert (first["turns"], first["shifts"], first["turned"], first["n_joy"], first["n_anger"]) == (
        *("3", "1", "0.5000"),
        *("2", "1"),
    )
    assert (first["period"], first["least_certain_turn"], second["n_unsure"], second["period"]) == (
        "2026-11-03",
        "3",
        "1",
        "",
    )
    assert [row["emotion"] for row in turns] == ["joy", "joy", "anger", ""]
    assert (turns[2]["shift_from"], turns[2]["second"], turns[1]["text"]) == ("joy", "joy", "'=cmd()")
