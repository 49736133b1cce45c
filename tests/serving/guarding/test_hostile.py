"""Hostile bodies to a real server: each ends in 4xx within bounds, and harms nobody."""

from __future__ import annotations

import gzip
import json
import random
import time
import zlib
from collections.abc import Iterator

import pytest

pytestmark = pytest.mark.usefixtures("unharmed")

MEBI = 1024 * 1024
LONGEST_S = 8.0
RECOGNIZE, SESSIONS, READ = "/v1/recognize", "/v1/sessions", "/v1/read"
ADD = "/v1/sessions/00000000000000000000000000000000/utterances"
CHUNKED = {"Transfer_Encoding": "chunked", "Content_Length": None}


def _turn(**fields):
    return {"conversations": [{"utterances": [{"speaker": "Ann", "text": "Hi", **fields}]}]}


SAID = json.dumps(_turn())


def _case(name, body, *statuses, path=RECOGNIZE, method="POST", **headers):
    if not isinstance(body, str | bytes):
        body = json.dumps(body)
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return pytest.param(method, path, data, headers, statuses, id=name)


def _wrong_types() -> Iterator[object]:
    """Every field with values that are none of its own."""
    wrong = {"null": None, "true": True, "zero": 0, "list": [], "object": {}, "text": "x", "float": 1.5, "deep": [[{}]]}
    numbers = {"negative": -1, "huge": 10**30, "float-huge": 1e300, "digits": "1", "true": True, "list": [1]}
    [talk] = _turn()["conversations"]
    fields = {
        "conversations": (lambda value: {"conversations": value}, wrong),
        "utterances": (lambda value: {"conversations": [{"utterances": value}]}, wrong),
        "utterance": (lambda value: {"conversations": [{"utterances": [value]}]}, wrong),
        "id": (lambda value: {"conversations": [{**talk, "id": value}]}, wrong),
        "speaker": (lambda value: _turn(speaker=value), wrong | {"empty": "", "blank": " ", "long": "x" * 201}),
        "text": (lambda value: _turn(text=value), wrong | {"long": "x" * 20_001, "nul": "a\0", "half": "\ud800"}),
        "start": (lambda value: _turn(start=value), numbers),
        "end": (lambda value: _turn(end=value), numbers),
        "labels": (lambda value: {**_turn(), "labels": value}, wrong | {"same": ["a", "a"], "many": ["a"] * 65}),
        "context": (lambda value: {**_turn(), "context": value}, numbers | {"float": 1.5}),
        "min_probability": (lambda value: {**_turn(), "min_probability": value}, numbers | {"null": None}),
    }
    # Of these values some are right.
    right = {("id", "text"), ("speaker", "text"), ("text", "text"), ("labels", "null")}
    for field, (build, values) in fields.items():
        for name, value in values.items():
            if (field, name) not in right:
                yield _case(f"{field}-{name}", build(value), 422)
    sessions = {
        "title": {"null": None, "list": [], "long": "x" * 201, "nul": "\0"},
        "surprise": {"field": 1},
        "labels": {"file": "/etc/passwd", "up": "../meld", "one": ["a"], "long": ["a", "b" * 81]},
    }
    for field, values in sessions.items():
        for name, value in values.items():
            yield _case(f"session-{field}-{name}", {field: value}, 422, path=SESSIONS)
    for name, value in {"empty": "", "long": "x" * 101, "number": 1, "nul": "\0", "half": "\udfff"}.items():
        yield _case(f"key-{name}", {"speaker": "Ann", "text": "Hi", "key": value}, 422, path=ADD)
    for name, value in {"null": None, "true": True, "number": 5, "string": '"x"', "list": [], "none": {}}.items():
        yield _case(f"body-{name}", value, 422)
    yield _case("body-empty", "", 422)
    for name, value in {
        "none": {},
        "number": {"label": 1},
        "empty": {"label": ""},
        "long": {"label": "x" * 81},
    }.items():
        yield _case(f"correction-{name}", value, 422, path=f"{ADD}/1/correction", method="PUT")
    yield _case("name-half", '{"\\ud800": 1}', 422)
    yield _case("name-long", {"x" * 100_000: 1}, 422)
    yield _case("name-lines", {"a\r\nSet-Cookie: b": 1}, 422)


def _wrong_json() -> Iterator[object]:
    """Texts that are no JSON, or JSON that nobody sends."""
    texts = {
        "cut": SAID[:-3],
        "comma": SAID[:-1] + ",}",
        "quotes": SAID.replace('"', "'"),
        "comment": "/* */" + SAID,
        "twice": SAID + SAID,
        "blank": "   ",
        "word": "conversations",
        "nan": json.dumps(_turn(start=float("nan"))),
        "infinity": json.dumps(_turn(start=float("inf"))),
        "minus-infinity": json.dumps(_turn(start=float("-inf"))),
        "open-string": SAID[:-20],
        "control": SAID.replace("Hi", "H\x01i"),
        "nul-byte": SAID.replace("Hi", "H\0i"),
        "escape": SAID.replace("Hi", "\\x41"),
        "short-escape": SAID.replace("Hi", "\\u12"),
        "same-name": SAID.replace('"Hi"', '"Hi", "text": "Bye"'),
        "same-name-outside": SAID[:-1] + ', "labels": "meld", "labels": "emorynlp"}',
        "deep-33": "[" * 33 + "]" * 33,
        "deep-arrays": "[" * 100_000,
        "deep-arrays-closed": "[" * 50_000 + "]" * 50_000,
        "deep-objects": '{"a":' * 100_000,
        "deep-in-a-field": SAID.replace('"Hi"', "[" * 5000 + "]" * 5000),
        "deep-mixed": '[{"a":' * 20_000,
        "deep-8-megabytes": "[" * (8 * MEBI - 10),
        "many-objects": "[" + "{}," * 2_000_000 + "{}]",
        "many-arrays": "[" + "[]," * 2_000_000 + "[]]",
        "many-numbers": "[" + "1," * 3_000_000 + "1]",
        "many-names": "{" + ",".join(f'"{n}":1' for n in range(200_000)) + "}",
        "escaped-quotes": '{"a":"' + '\\"' * 3_500_000,
        "brackets-and-quotes": "[" * 40 + '"' + '\\"' * 3_500_000,
        "commas": "[" + "," * (4 * MEBI) + "]",
        "closing": "]" * MEBI,
        "colons": "{" + ":" * MEBI + "}",
        "backslashes": '"' + "\\" * MEBI,
    }
    numbers = {
        "exponent": "1e999999",
        "minus-exponent": "-1e400",
        "digits": "9" * 5000,
        "many-digits": "9" * MEBI,
        "many-decimals": "0." + "9" * 100 + "e400",
        "hexadecimal": "0x10",
        "zeros": "0001",
        "plus": "+1",
    }
    texts |= {f"number-{name}": SAID.replace('"Hi"', f'"Hi", "start": {number}') for name, number in numbers.items()}
    for name, text in texts.items():
        yield _case(f"json-{name}", text, 400)


def _wrong_encodings() -> Iterator[object]:
    """Bytes that are no UTF-8, compressed bodies, bombs among them, and bodies that are said to be something else."""
    said, bomb = SAID.encode(), gzip.compress(b"[" * (64 * MEBI), 9)
    encodings = {
        "latin-1": SAID.replace("Hi", "é").encode("latin-1"),
        "utf-16": SAID.encode("utf-16"),
        "utf-16-le": SAID.encode("utf-16-le"),
        "utf-32": SAID.encode("utf-32"),
        "bom": b"\xef\xbb\xbf" + said,
        "overlong": said.replace(b"Hi", b"\xc0\xaf"),
        "half-pair": said.replace(b"Hi", b"\xed\xa0\x80"),
        "continuation": said.replace(b"Hi", b"\x80\x80"),
        "too-high": said.replace(b"Hi", b"\xf5\x80\x80\x80"),
        "cut-sequence": said.replace(b"Hi", b"\xe2\x82"),
        "all-ff": b"\xff" * MEBI,
        "noise": random.Random(0).randbytes(100_000),
        "gzip-unsaid": gzip.compress(said),
    }
    for name, body in encodings.items():
        yield _case(f"encoding-{name}", body, 400)
    packed = {
        "gzip": gzip.compress(said),
        "deflate": zlib.compress(said),
        "br": b"\x0b\x02\x80abc\x03",
        "zstd": b"(\xb5/",
    }
    for name, body in packed.items():
        yield _case(f"packed-{name}", body, 415, Content_Encoding=name)
    yield _case("packed-bomb", bomb, 415, Content_Encoding="gzip")
    yield _case("packed-thrice", bomb, 415, Content_Encoding="gzip, gzip, gzip")
    yield _case("packed-file", bomb, 415, path=READ, Content_Encoding="gzip")
    for kind in ("text/plain", "text/html", "application/xml", "application/x-www-form-urlencoded", "x", "a/b;" * 500):
        yield _case(f"kind-{kind[:20]}", SAID, 415, Content_Type=kind)
    yield _case("kind-none", SAID, 415, Content_Type=None)
    form = '--x\r\nContent-Disposition: form-data; name="a"; filename="../../x"\r\n\r\n1\r\n--x--'
    yield _case("kind-form", form, 415, Content_Type="multipart/form-data; boundary=x")


def _wrong_sizes() -> Iterator[object]:
    """Bodies over the bound, and lengths that lie."""
    many = [{"speaker": "A", "text": ""}] * 2501
    part = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    yield _case("size-over", "[" + " " * (8 * MEBI), 413)
    yield _case("size-over-file", "A: x\n" * (2 * MEBI), 413, path=READ)
    yield _case("size-over-chunked", part * 10 + b"0\r\n\r\n", 413, **CHUNKED)
    yield _case("size-turns", {"conversations": [{"utterances": many}] * 2}, 413)
    yield _case("size-conversations", {"conversations": _turn()["conversations"] * 1001}, 413)
    for name, length, status in (
        ("huge", 10**15, 413),
        ("huger", 10**30, 400),
        ("negative", -5, 400),
        ("word", "many", 400),
        ("short", 10, 400),
        ("twice", f"{len(SAID)}\r\nContent-Length: 3", 400),
    ):
        yield _case(f"length-{name}", SAID, status, Content_Length=length)
    yield _case("length-and-chunked", SAID, 400, Transfer_Encoding="chunked")
    yield _case("length-expected", "", 413, Content_Length=10**9, Expect="100-continue")
    for name, body, statuses in (
        ("word", b"xyz\r\n{}\r\n0\r\n\r\n", [400]),
        ("negative", b"-1\r\n{}\r\n0\r\n\r\n", [400]),
        ("overflow", b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n", [400]),
        ("extension", b"1;" + b"a" * (2 * MEBI), [400, 431]),
        ("extensions", b"1;" + b"a" * 300 + b"\r\nx\r\n1;" + b"a" * MEBI, [400, 431]),
        ("trailers", b"0\r\n" + b"a: b\r\n" * 200_000, [400, 422, 431]),
    ):
        yield _case(f"chunk-{name}", body, *statuses, **CHUNKED)


HOSTILE = [*_wrong_types(), *_wrong_json(), *_wrong_encodings(), *_wrong_sizes()]


def test_there_are_enough_of_them():
    assert len({repr(hostile.values) for hostile in HOSTILE}) == len(HOSTILE) >= 200


@pytest.mark.parametrize(("method", "path", "body", "headers", "statuses"), HOSTILE)
def test_a_hostile_body_is_refused(service, method, path, body, headers, statuses):
    begun = time.monotonic()
    status, answer = service.send(method, path, body, **headers)
    assert status in statuses, answer[:300]
    assert time.monotonic() - begun < LONGEST_S
    assert b"Traceback" not in answer


def test_what_is_hostile_in_json_may_stand_in_a_text(service):
    for text in ("[" * 5000, '{"a":' * 3000, "\\" * 10_000, '"' * 10_000, ",[]" * 5000, "\u2028\x85\ufeff", "1e999"):
        status, found = service.ask("POST", RECOGNIZE, _turn(text=text))
        assert (status, found["conversations"][0]["utterances"][0]["text"]) == (200, text)
