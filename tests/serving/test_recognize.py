"""`/v1/recognize` and `/v1/read`: the same numbers as from Python, and choices."""

from __future__ import annotations

import io
import json
import tempfile
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from instructerc import Conversation, Recognizer, Utterance
from instructerc.backbones.settings import read_settings
from instructerc.recognition import embedded_model

TALK = [
    ("Ann", "We won!"),
    ("Bo", "No way, that is amazing!"),
    ("Ann", "I hate that you missed it."),
    ("Bo", "So do I."),
]


def _body(talk=TALK, **choices):
    return {"conversations": [{"id": "c1", "utterances": [{"speaker": s, "text": t} for s, t in talk]}], **choices}


def test_answers_are_those_of_the_recognizer(client):
    found = client.post("/v1/recognize", json=_body()).json()
    expected = Recognizer.from_pretrained(threads=1).recognize(Conversation("c1", [Utterance(*turn) for turn in TALK]))
    [talk] = found["conversations"]
    assert [turn["answer"]["label"] for turn in talk["utterances"]] == [turn.label for turn in expected]
    for turn, recognition in zip(talk["utterances"], expected, strict=True):
        assert turn["answer"]["probabilities"] == pytest.approx(recognition.probabilities, abs=1e-6)
        assert turn["answer"]["history_turns"] == recognition.history_turns
    assert (found["model"], found["label_set"]) == ("embedded", "meld")
    assert [turn["turn"] for turn in talk["utterances"]] == [1, 2, 3, 4]


def test_labels_context_and_probability_are_the_requests(client):
    own = client.post("/v1/recognize", json=_body(labels=["happy", "sad", "calm"])).json()
    assert own["labels"] == ["happy", "sad", "calm"]
    named = client.post("/v1/recognize", json=_body(labels="emorynlp", context=1)).json()
    assert named["label_set"] == "emorynlp"
    turns = named["conversations"][0]["utterances"]
    assert [turn["answer"]["history_turns"] for turn in turns] == [0, 1, 1, 1]
    unsure = client.post("/v1/recognize", json=_body(min_probability=1.0)).json()
    assert [turn["answer"]["label"] for turn in unsure["conversations"][0]["utterances"]] == [None] * 4


def test_the_model_says_what_it_reads(client):
    [model] = client.get("/v1/models").json()["models"]
    assert (model["languages"], model["domain"]) == (["en"], "everyday conversation")


def test_two_models_are_named_as_what_chooses_among_them(serve, multilingual_package):
    [model] = serve().get("/v1/models").json()["models"]
    assert (model["id"], model["languages"]) == ("auto", ["en", "it"])


def test_times_come_back_with_their_turn(client):
    body = {"conversations": [{"utterances": [{"speaker": "Ann", "text": "Hi", "start": 1.5, "end": 2}]}]}
    [turn] = client.post("/v1/recognize", json=body).json()["conversations"][0]["utterances"]
    assert (turn["start"], turn["end"]) == (1.5, 2)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 422, "conversations: Field required"),
        ({"conversations": []}, 422, "at least 1 item"),
        (_body(labels="medl"), 422, "no label set 'medl'; give one of cped, dailydialog"),
        (_body(labels="/etc/passwd.yaml"), 422, "no label set '/etc/passwd.yaml'"),
        (_body(labels=["joy", "Joy"]), 422, "names 'Joy' twice"),
        (_body(labels=["joy"]), 422, "body.labels: List should have at least 2 items"),
        (_body(labels=["joy", " "]), 422, "body.labels.1: it is blank"),
        (_body(labels=["joy", 3]), 422, "body.labels.1: Input should be a valid string"),
        (_body(labels={"list": 1}), 422, "body.labels: Input should be a valid string"),
        (_body(labels=""), 422, "body.labels: String should have at least 1 character"),
        (_body(context=-1), 422, "context"),
        (_body(min_probability=2), 422, "min_probability"),
        (_body([("", "Hi")]), 422, "speaker"),
        (_body([("Ann", "a\0b")]), 422, "NUL character"),
        (_body([("Ann", "x" * 20_001)]), 422, "at most 20000 characters"),
        (_body(mood="x"), 422, "Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_is_said(client, body, status, said):
    answer = client.post("/v1/recognize", json=body)
    assert answer.status_code == status
    problem = answer.json()
    assert said in problem["detail"]
    assert problem["code"] in {"invalid", "label"}


def test_places_are_those_of_the_request(client):
    fields = [{"labels": value} for value in ([" ", ""], [1, None], 3, {}, "", [[]])]
    fields += [{"context": "x"}, {"context": {}}, {"min_probability": []}, {"conversations": 3}]
    for field in fields:
        for error in client.post("/v1/recognize", json=_body() | field).json()["errors"]:
            assert error["where"].split(".")[1] in field
            assert not set(error["where"] + error["what"]) & set("[]()")
    missing = client.post("/v1/recognize", json={"conversations": [{"utterances": [{"text": "Hi"}]}]}).json()
    assert missing["errors"][0]["where"] == "body.conversations.0.utterances.0.speaker"
    query = client.get("/v1/sessions?limit=0").json()
    assert query["errors"][0]["where"] == "query.limit"


@pytest.mark.parametrize("turn", [{"start": 5, "end": 1}, {"start": 0.5, "end": 0}])
def test_an_end_before_its_start_is_refused(client, session, turn):
    said = {"speaker": "Ann", "text": "Hi", **turn}
    for path, body in (
        ("/v1/recognize", {"conversations": [{"utterances": [said]}]}),
        (f"/v1/sessions/{session}/utterances", said),
    ):
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert "before start" in answer.json()["detail"]
    with client.websocket_connect(f"ws://127.0.0.1:8000/v1/sessions/{session}/stream") as socket:
        socket.send_json(said)
        assert "before start" in socket.receive_json()["detail"]


@pytest.mark.parametrize(
    ("talks", "said"),
    [
        ([5_001], "5,001 turns; send at most 5,000 at once"),
        ([2_501, 2_500], "5,001 turns; send at most 5,000 at once"),
        ([1] * 1_001, "1,001 conversations; send at most 1,000 at once"),
    ],
)
def test_too_much_is_too_large_and_not_wrong(client, talks, said):
    turn = {"speaker": "Ann", "text": "Hi"}
    body = {"conversations": [{"utterances": [turn] * n_turns} for n_turns in talks]}
    answer = client.post("/v1/recognize", json=body)
    assert (answer.status_code, answer.json()) == (413, {"code": "too_many_turns", "detail": said})


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.txt", "Ann: Hi\nBo: Hello\n", "plain"),
        ("a.csv", "speaker,text\nAnn,Hi\n", "table"),
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi\n", "vtt"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nAnn: Hi\n", "srt"),
    ],
)
def test_a_file_is_told_its_format(client, name, text, found):
    assert client.post(f"/v1/read?filename={name}", content=text).json()["format"] == found
    asked = client.post(f"/v1/read?filename=a.bin&input_format={found}", content=text).json()
    assert asked["format"] == found


def test_what_is_read_can_be_sent(client):
    cues = "WEBVTT\n\n00:05.000 --> 00:01.000\n<v Ann>Hi\n"
    read = client.post("/v1/read?filename=a.vtt", content=cues).json()
    assert read["notes"] == ["a.vtt: 1 end time(s) before their start: left out"]
    assert client.post("/v1/recognize", json={"conversations": read["conversations"]}).status_code == 200


def test_a_file_with_too_much_is_too_large(client):
    answer = client.post("/v1/read?filename=a.txt", content="Ann: Hi\n" * 5_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_turns")


def test_a_refusal_does_not_repeat_what_was_sent(client):
    answer = client.post("/v1/recognize", json=_body([("Ann", "secret words " * 2000)]))
    assert answer.status_code == 422
    assert "secret" not in answer.text


def test_a_file_is_read(client):
    subtitles = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v.emotion-joy Ann>We won!</v>\n"
    found = client.post(
        "/v1/read?filename=talk.vtt", content=subtitles, headers={"content-type": "application/octet-stream"}
    ).json()
    assert found["conversations"] == [
        {"id": "talk", "utterances": [{"speaker": "Ann", "text": "We won!", "start": 1.0, "end": 2.0}]}
    ]
    assert found["gold"] == [["joy"]]


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08 no", b"PK\x03\x04 zip", bytes(range(256)) * 8])
def test_a_file_that_cannot_be_read_says_why(client, content):
    answer = client.post("/v1/read", content=content, headers={"content-type": "application/octet-stream"})
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_a_file_name_leads_nowhere(client):
    answer = client.post(
        "/v1/read?filename=../../etc/passwd", content=b"Ann: Hi", headers={"content-type": "application/octet-stream"}
    )
    assert answer.json()["conversations"][0]["id"] == "passwd"


def _read(client, content: bytes, **query: str):
    headers = {"content-type": "application/octet-stream"}
    return client.post("/v1/read", params=query, content=content, headers=headers)


def test_what_is_left_out_of_a_file_is_counted_and_said(client):
    content = b"Ann: hi\nBo: caf\xe9\n"
    found = _read(client, content, filename="x.txt").json()
    assert (found["n_skipped"], len(found["conversations"][0]["utterances"])) == (1, 1)
    assert found["skipped"][0].startswith("x.txt:2: byte 0xE9")
    found = _read(client, content, filename="x.txt", encoding="cp1252").json()
    assert found["n_skipped"] == 0
    assert found["conversations"][0]["utterances"][1]["text"] == "café"


def test_columns_can_be_chosen_where_they_cannot_be_guessed(client):
    content = b"wer,was\nAnn,We won!\n"
    refused = _read(client, content, filename="x.csv")
    assert (refused.status_code, refused.json()["columns"]) == (422, ["wer", "was"])
    found = _read(client, content, filename="x.csv", speaker_column="wer", text_column="was").json()
    assert found["conversations"][0]["utterances"][0]["text"] == "We won!"
    assert found["columns"] == ["wer", "was"]


def test_a_model_says_below_which_probability_it_is_unsure(client):
    [model] = client.get("/v1/models").json()["models"]
    settings = read_settings(embedded_model())
    assert model["unsure_below"] == settings.unsure_below
    assert {int(count): below for count, below in model["other_unsure_below"].items()} == settings.other_unsure_below
    assert 0.3 < model["unsure_below"] < 0.7
    assert set(model["other_unsure_below"]) == {"5", "28"}


def test_formats_are_told_from_what_is_read(client):
    known = {one["name"]: one for one in client.get("/v1/formats").json()["formats"]}
    assert known["vtt"]["extensions"] == [".vtt"]
    assert "whatsapp" in known


def test_an_answer_is_explained_by_what_is_left_out(client):
    talk = {"utterances": [{"speaker": "Ann", "text": "We won!"}, {"speaker": "Bo", "text": "I hate that you won."}]}
    found = client.post("/v1/explain", json={"conversation": talk, "turn": 2}).json()
    assert [one["turn"] for one in found["turns"]] == [1]
    assert [(one["start"], one["end"]) for one in found["words"]] == [(0, 1), (2, 6), (7, 11), (12, 15), (16, 20)]
    other = client.post("/v1/explain", json={"conversation": talk, "turn": 3})
    assert (other.status_code, other.json()["code"]) == (422, "input")


WHATSAPP = "24/12/2024, 21:05 - Mia: so happy\n24/12/2024, 21:06 - Theo: me too\n"
ROWS = json.dumps([{"speaker": "Mia", "text": "so happy"}, {"speaker": "Theo", "text": "me too"}])


def _zipped(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


@pytest.mark.parametrize(
    ("files", "ids"),
    [
        ({"_chat.txt": WHATSAPP, "a.jpg": "?"}, ["friends"]),
        ({"export/one.txt": WHATSAPP, "export/two.json": ROWS}, ["one", "two"]),
    ],
)
def test_an_archive_is_read_and_nothing_of_it_stays(client, tmp_path, monkeypatch, files, ids):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = _read(client, _zipped(files), filename="friends.zip").json()
    assert [talk["id"] for talk in found["conversations"]] == ids
    for talk in found["conversations"]:
        assert [turn["text"] for turn in talk["utterances"]] == ["so happy", "me too"]
    assert not list(tmp_path.glob("instructerc-*"))


def test_an_archive_that_unpacks_to_much_is_refused(client):
    # No file by itself has too much.
    answer = _read(client, _zipped({f"{place}.txt": "Mia: hi\n" * (3 << 20) for place in range(3)}), filename="a.zip")
    assert answer.status_code == 422
    assert "unpacks to more than the limit" in answer.json()["detail"]


def test_tiers_can_be_chosen(client):
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{one}" TIME_VALUE="{one * 1000}"/>' for one in range(3))
    tier = (
        '<TIER LINGUISTIC_TYPE_REF="d" TIER_ID="{0}"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{0}1" '
        'TIME_SLOT_REF1="t0" TIME_SLOT_REF2="t1"><ANNOTATION_VALUE>{1}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>'
        "</ANNOTATION></TIER>"
    )
    content = (
        f"<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{tier.format('Mia', 'so happy')}"
        f'{tier.format("Theo", "me too")}<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="d"/></ANNOTATION_DOCUMENT>'
    )
    [talk] = _read(client, content.encode(), filename="a.eaf", tier="Theo").json()["conversations"]
    assert [turn["speaker"] for turn in talk["utterances"]] == ["Theo"]
