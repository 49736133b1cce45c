"""E-mail: threads, senders, what is quoted and signed, parts and encodings, mailboxes and folders, damaged messages."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.mail.quotes import own_words
from instructerc.formats.mail.threads import base_subject

MIA, THEO = "Mia Kern <mia@example.org>", '"Baum, Theo" <theo@example.org>'


def mail(
    sender: str = MIA,
    body: str = "Hi",
    subject: str = "The flat",
    minute: int = 5,
    number: int = 1,
    answers: str = "",
    fields: str = "",
) -> str:
    """Returns a message as programs write it."""
    return (
        f"From: {sender}\nTo: {THEO}\nDate: Tue, 24 Dec 2024 21:{minute:02}:00 +0100\nSubject: {subject}\n"
        f"Message-ID: <{number}@example.org>\n"
        + (f"In-Reply-To: <{answers}@example.org>\nReferences: <{answers}@example.org>\n" if answers else "")
        + fields
        + f"\n{body}\n"
    )


def box(*mails: str) -> str:
    return "".join(f"From mia@example.org Tue Dec 24 21:05:00 2024\n{one}\n" for one in mails)


def read(content: str | bytes, **options: object) -> tuple[list[tuple[str, list[tuple[object, ...]]]], ReadReport]:
    report = ReadReport()
    data = content.encode() if isinstance(content, str) else content
    talks = read_conversations(io.BytesIO(data), report=report, options=ReadOptions(**options))  # type: ignore[arg-type]
    turns = [(talk.id, [(turn.speaker, turn.text, turn.start) for turn in talk.utterances]) for talk in talks]
    return turns, report


def words(content: str | bytes) -> str:
    [(_, [(_, text, _)])], _ = read(content)
    return str(text)


def test_a_mailbox_has_a_conversation_per_thread_in_order() -> None:
    written = box(
        mail(THEO, "No.", "Re: The flat", 9, 2, "1"),
        mail(MIA, "You promised: no smoking.", minute=5),
        mail("ida@example.org", "Lunch?", "Lunch", 6, 3),
        mail("theo@example.org", "Never!\n\n>From now on", "AW: The flat", 12, 4, "2"),
        mail("Ida Lang <IDA@example.org>", "Well?", "Re: Lunch", 7, 5),
        mail(MIA, "You promised: no smoking.", minute=5),
    )
    turns, report = read(written)
    assert turns == [
        (
            "The flat",
            [
                ("Mia Kern", "You promised: no smoking.", 0.0),
                ("Baum, Theo", "No.", 240.0),
                ("Baum, Theo", "Never!\n\nFrom now on", 420.0),
            ],
        ),
        ("Lunch", [("Ida Lang", "Lunch?", 0.0), ("Ida Lang", "Well?", 60.0)]),
    ]
    assert report.format == "mail"
    assert report.notes == ["<stream>: 1 message(s) that come twice: read once"]


def test_a_subject_that_comes_again_is_no_thread() -> None:
    turns, _ = read(box(mail(subject="News", number=1), mail(subject="News", number=2)))
    assert [name for name, _ in turns] == ["News", "News/2"]


QUOTES = {
    "marked": "Why?\n\nOn Tue, 24 Dec 2024 at 21:05, Mia Kern <mia@example.org> wrote:\n> You promised.\n> > Who?\n",
    "wrapped": "Why?\n\nOn Tue, 24 Dec 2024 at 21:05, Mia Kern\n<mia@example.org> wrote:\n\n> You promised.\n",
    "german": "Why?\n\nAm 24.12.24 um 21:05 schrieb Mia Kern:\n> Du hast es versprochen.\n",
    "french": "Why?\n\nLe mar. 24 déc. 2024 à 21:05, Mia Kern <mia@example.org> a écrit :\n\n> Promis.\n",
    "unmarked": "Why?\n\nEl mar, 24 dic 2024 a las 21:05, Mia Kern escribió:\n\nLo prometiste.\n",
    "japanese": "Why?\n\n2024年12月24日(火) 21:05 Mia Kern <mia@example.org>:\n\n> 約束\n",
    "outlook": "Why?\n\n________________________________\nFrom: Mia Kern <mia@example.org>\nSent: Tuesday, "
    "December 24, 2024 "
    "9:05 PM\nTo: Theo Baum\nSubject: The flat\n\nYou promised.\n",
    "outlook-german": "Why?\n\nVon: Mia Kern <mia@example.org>\nGesendet: Dienstag, 24. Dezember 2024 "
    "21:05\nAn: Theo\n"
    "Betreff: Wohnung\n\nDu hast es versprochen.\n",
    "original": "Why?\n\n-----Original Message-----\nFrom: Mia\n\nYou promised.\n",
    "forwarded": "Why?\n\n---------- Forwarded message ---------\nFrom: Mia Kern <mia@example.org>\nDate: "
    "x\n\nYou promised.\n",
    "mobile": "Why?\n\nSent from my iPhone\n\n> On 24 Dec 2024, at 21:05, Mia wrote:\n> You promised.\n",
    "signature": "Why?\n\n-- \nTheo Baum\nAcme Inc.\n\nOn Tue, 24 Dec 2024, Mia wrote:\n> You promised.\n",
    "footer": "Why?\n_______________________________________________\ntalk mailing list -- "
    "talk@example.org\nhttps://example.org\n",
    "pgp": "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nWhy?\n-----BEGIN PGP "
    "SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n",
}


@pytest.mark.parametrize("name", QUOTES)
def test_quotes_and_signatures_are_cut(name: str) -> None:
    assert own_words(QUOTES[name])[0] == "Why?"
    assert own_words(QUOTES[name])[1] == (name not in {"footer", "pgp"})


def test_answers_between_the_quotes_stay_in_order() -> None:
    text = "Hi,\n\nOn 24 Dec 2024 Mia wrote:\n> You promised.\n\nI did not.\n\n> No smoking.\n\nI forgot.\n"
    assert own_words(text) == ("Hi,\n\nI did not.\n\nI forgot.", True)


@pytest.mark.parametrize(
    "text",
    [
        "She wrote:\nno",
        "I said at 10:30: run",
        "Note to self:\n-- run --",
        "a\n>:( that is bad",
        "To: be or not to be",
        "From: my heart",
        "a -- b",
        "It was sent from my side.\nSent from my side too, yes?\nfine",
    ],
)
def test_what_only_looks_like_a_quote_stays(text: str) -> None:
    assert own_words(text) == (text, False)


HTML = {
    "gmail": '<div dir="ltr">I am <b>so</b> happy&nbsp;<img data-emoji="😊" alt="😊"></div><br><div '
    'class="gmail_quote '
    'gmail_quote_container"><div dir="ltr" class="gmail_attr">On Tue, Mia '
    "wrote:<br></div><blockquote>old</blockquote></div>",
    "outlook-web": '<style>p{color:red}</style><div>I am so happy 😊</div><div id="Signature"><p>Theo</p></div>'
    '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Mia<br></div><div>old</div>',
    "outlook": "<p class=MsoNormal>I am so happy 😊<o:p></o:p></p><div style='border-top:solid'><p "
    "class=MsoNormal><b>From:</b> "
    "Mia<br><b>Sent:</b> Tuesday<br><b>To:</b> Theo<br><b>Subject:</b> x</p></div><p>old</p>",
    "thunderbird": '<p>I am so happy 😊</p><div class="moz-cite-prefix">On 24.12.24 Mia wrote:<br></div><blockquote '
    'type="cite">old</blockquote><div class="moz-signature">-- <br>Theo</div>',
    "hidden": '<div style="display:none">preheader</div><table><tr><td>I am so happy 😊</td></tr></table>'
    "<script>x()</script>",
}


@pytest.mark.parametrize("name", HTML)
def test_the_words_of_html_are_read(name: str) -> None:
    fields = 'MIME-Version: 1.0\nContent-Type: text/html; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n'
    assert words(mail(fields=fields, body=f"<html><body>{HTML[name]}</body></html>")) == "I am so happy 😊"


def _parts(kind: str, *parts: str) -> str:
    inner = "".join(f"--xyz\n{part}\n" for part in parts)
    return mail(fields=f'MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="xyz"\n', body=f"{inner}--xyz--\n")


PLAIN = "Content-Type: text/plain; charset=utf-8\n\nso happy"
RICH = "Content-Type: text/html; charset=utf-8\n\n<p>so happy</p>"


@pytest.mark.parametrize(
    "written",
    [
        _parts("alternative", PLAIN, RICH.replace("happy", "rich")),
        _parts("alternative", RICH),
        _parts("alternative", "Content-Type: text/plain\n\nHTML!", RICH),
        _parts("mixed", PLAIN, "Content-Type: image/png\nContent-Disposition: attachment; filename=a.png\n\nAAAA"),
        _parts("mixed", PLAIN, "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nfile"),
        _parts("related", RICH, "Content-Type: image/png\n\nAAAA"),
        _parts("mixed", PLAIN, "Content-Type: message/rfc822\n\n" + mail()),
        mail(
            fields="Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=utf-8\n", body="c28gaGFwcHk="
        ),
        mail(fields="Content-Transfer-Encoding: quoted-printable\n", body="so ha=\nppy"),
        mail(fields="Content-Type: text/plain; format=flowed\n", body="so \nhappy\n-- \nTheo"),
        mail(fields="Content-Type: text/plain; charset=nonsense\n", body="so happy"),
    ],
)
def test_parts_and_encodings(written: str) -> None:
    assert words(written) == "so happy"


def test_letters_of_other_encodings() -> None:
    written = mail("=?iso-8859-1?Q?Zo=EB?= <zoe@example.org>", "Ich bin so müde", "=?utf-8?B?TcO8ZGU=?=")
    written = written.replace("\n\n", '\nContent-Type: text/plain; charset="iso-8859-1"\n\n', 1)
    turns, report = read(written.encode("latin-1"))
    assert turns == [("Müde", [("Zoë", "Ich bin so müde", 0.0)])]
    assert report.notes == []
    turns, report = read(mail("Zoë <zoe@example.org>", "So müde").encode("cp1252"))
    assert turns == [("The flat", [("Zoë", "So müde", 0.0)])]
    assert len(report.notes) == 1


@pytest.mark.parametrize(
    ("sender", "speaker"),
    [
        ("mia@example.org", "mia@example.org"),
        ("<mia@example.org>", "mia@example.org"),
        ('"mia@example.org" <mia@example.org>', "mia@example.org"),
        ("mia@example.org (Mia Kern)", "Mia Kern"),
        ("Kern, Mia <mia@example.org>", "Kern, Mia"),
        ('"Mia \\"Mimi\\" Kern" <mia@example.org>', 'Mia "Mimi" Kern'),
        ("Mia Kern via Talk <talk@example.org>\nList-Id: <talk.example.org>", "Mia Kern"),
        ("mia at example.org (Mia Kern)", "Mia Kern"),
        ("=?utf-8?q?Mia_Kern?=\n <mia@example.org>", "Mia Kern"),
        ("Mia", "Mia"),
    ],
)
def test_who_writes(sender: str, speaker: str) -> None:
    [(_, [(found, _, _)])], _ = read(mail(sender))
    assert found == speaker


def test_what_nobody_sent_is_left_out_and_counted() -> None:
    report_fields = 'Content-Type: multipart/report; boundary="x"\n'
    written = box(
        mail(fields="X-Mozilla-Status: 0009\n", number=1),
        mail(fields="X-Gmail-Labels: Drafts\n", number=2),
        mail(fields=report_fields, number=3),
        mail(body="> only a quote", number=4),
        mail(body="so", number=5),
    )
    turns, report = read(written)
    assert [len(talk) for _, talk in turns] == [1]
    assert sorted(report.notes) == [
        "<stream>: 1 deleted message(s): left out",
        "<stream>: 1 draft(s): left out",
        "<stream>: 1 message(s) without words of their own, such as forwarded ones: left out",
        "<stream>: 1 message(s): what they quote of others left out",
        "<stream>: 1 report(s) of programs, such as failed delivery: left out",
    ]


def test_apple_mails_files_have_a_length_above_and_properties_below() -> None:
    message = mail(body="so")
    turns, report = read(f'{len(message)}\n{message}<?xml version="1.0"?>\n<plist></plist>\n')
    assert turns == [("The flat", [("Mia Kern", "so", 0.0)])]
    assert report.format == "mail"


@pytest.mark.parametrize(
    "head",
    [
        "From: Mia Kern <mia@example.org>\nSent: Tuesday, December 24, 2024 9:05 PM\nTo: Theo\nSubject: RE: Flat",
        "Von: Mia Kern\nGesendet: Dienstag, 24. Dezember 2024 21:05\nAn: Theo Baum\nBetreff: AW: Flat",
        "De : Mia Kern <mia@example.org>\nEnvoyé : mardi 24 décembre 2024 21:05\nÀ : Theo\nObjet : Re: Flat",
    ],
)
def test_messages_that_were_copied_out_of_outlook(head: str) -> None:
    turns, _ = read(f"{head}\n\nI am so angry.\n\nVon: me\n")
    [(name, [(speaker, text, _)])] = turns
    assert (name, speaker, text) == ("Flat", "Mia Kern", "I am so angry.\n\nVon: me")


def test_what_begins_with_from_parts_no_messages() -> None:
    turns, _ = read(box(mail(body="So.\n\nFrom Tuesday 10:30 on, in 2024, yes.\n\nFrom me")))
    assert turns[0][1][0][1] == "So.\n\nFrom Tuesday 10:30 on, in 2024, yes.\n\nFrom me"


def test_a_folder_of_messages_has_threads(tmp_path: Path) -> None:
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "1.eml").write_text(mail(THEO, "No.", "Re: The flat", 9, 2, "1"))
    (tmp_path / "talks" / "2.eml").write_text(mail(MIA, "Please."))
    [talk] = read_conversations(tmp_path / "talks", report=ReadReport())
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Mia Kern", "Please."), ("Baum, Theo", "No.")]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_message_is_found_by_its_fields(ends: str) -> None:
    for written in (
        "Received: from x\n\tby y; Tue, 24 Dec 2024 21:05:00 +0100\n" + mail(),
        "From: Mia\nTo: Theo\nSubject: x\n\nHi\n",
        "\n" + mail().replace("Date: Tue, 24 Dec 2024 21:05:00 +0100\n", "Date: soon\n"),
    ):
        turns, report = read(written.replace("\n", ends))
        assert report.format == "mail"
        assert [turn[:2] for turn in turns[0][1]] in ([("Mia Kern", "Hi")], [("Mia", "Hi")])


@pytest.mark.parametrize(
    "text",
    ["From: Mia\nHi: you\n\nso\n", "Mia: From here\nTheo: Subject: x\nMia: Date: 5\n", "Date: 5\nTo: Theo\n\nHi\n"],
)
def test_what_is_no_message_is_none(text: str) -> None:
    report = ReadReport()
    try:
        list(read_conversations(io.StringIO(text), report=report))
    except InputError:
        report.format = None
    assert report.format != "mail"


def test_saved_web_pages_are_no_mail() -> None:
    page = "From: <Saved by Blink>\nSnapshot-Content-Location: https://x\nSubject: x\nMIME-Version: 1.0\n\n<p>hi</p>\n"
    with pytest.raises(InputError, match="is a saved web page"):
        read(page)


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Re: Re[2]: The flat", ("The flat", True)),
        ("AW: WG: [team] Re: The flat", ("The flat", True)),
        ("回复：The flat", ("The flat", True)),
        ("Regarding: it", ("Regarding: it", False)),
        ("Re:", ("Re:", True)),
        ("", ("", False)),
    ],
)
def test_subjects(subject: str, base: tuple[str, bool]) -> None:
    assert base_subject(subject) == base


def _nested(depth: int) -> str:
    fields = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return f"From: a@b.c\nDate: x\nMIME-Version: 1.0\n{fields}\nhi\n"


@pytest.mark.parametrize(
    "written",
    [
        _nested(80),
        _nested(3000),
        mail(fields="Content-Type: text/html\n", body="<div>" * 5000),
        mail(fields="Content-Type: text/html\n", body="<a " + "x" * (3 << 20)),
    ],
)
def test_hostile_messages_are_wrong_rows(written: str) -> None:
    with pytest.raises(InputError, match="a message that cannot be read") as caught:
        read(written)
    assert "\n" not in str(caught.value)
    turns, report = read(box(written, mail(body="so")), skip_bad=True)
    assert turns == [("The flat", [("Mia Kern", "so", 0.0)])]
    assert len(report.skipped) == 1


@pytest.mark.parametrize(
    "written",
    [
        mail(fields='Content-Type: multipart/mixed; boundary="x"\n', body="--x\n--x\n--x--"),
        mail(fields="Content-Transfer-Encoding: base64\n", body="!!!!"),
        mail(fields="Content-Type: text/plain; charset=\"=?x?\"; name*0*=x''%\n", body="\0"),
        mail(sender="=?utf-8?B?!!?=" + "<" * 1000, body="\udcff"),
        mail(subject="=?punycode?Q?" + "a-" * 1000 + "?="),
    ],
)
def test_damaged_messages_are_read_or_refused(written: str) -> None:
    try:
        turns, _ = read(written.encode("utf-8", "surrogatepass"))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert all(text for _, talk in turns for _, text, _ in talk)
