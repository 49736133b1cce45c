"""Small invented files with the quirks that people really meet: how each is read, or what its error advises."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from instructerc.conversation import Conversation
from instructerc.formats import ReadOptions, ReadReport, read_conversations

CASES = Path(__file__).parent / "cases"

# File, options: the turns with speaker, words, start and end; times that are not said are not looked at.
JOB = "I got the job!"
FINE = "That is fantastic."
SCARED = "I am so scared though"
READ: dict[str, list[tuple[object, ...]]] = {
    "active-inference.txt": [
        ("Daniel Friedman", "Hello and welcome, everyone.", 6.0),
        ("Mia Kern", "I'm so excited.", 15.0),
    ],
    "assemblyai.json": [("A", JOB, 0.25, 2.0), ("B", FINE, 2.1, 4.0)],
    "blank-line-in-cue.srt": [
        ("Speaker", "I'm stuck at work,\nI'll be ten minutes late.", 1330.44),
        ("Speaker", "I hate this traffic.", 1335.96),
    ],
    "bracket-speakers-nocolon.txt": [("SPEAKER_00", JOB), ("SPEAKER_01", FINE)],
    "bracket-speakers.txt": [("SPEAKER_00", JOB), ("SPEAKER_01", FINE)],
    "cha-caret-bullet.cha": [("Mia", "wow.", 17.651, 20.428), ("Theo", "okay gotta put these back.", 20.428, 26.799)],
    "cha-codeswitch.cha": [("Mia", "pero I am so enojada.", 0.1, 2.5), ("Theo", "no way.")],
    "cha-fragments.cha": [
        ("Mia", "back home."),
        ("Theo", "yes."),
        ("Mia", "the dog the dog the dog bit me."),
        ("Theo", "really?"),
        ("Mia", "I hate you"),
    ],
    "cha-no-tab.cha": [("DOR", "ima.", 0.0, 2.443), ("Mia", "yes.")],
    "cha-shortening.cha": [("Mia", "I'm crying because he has gone."), ("Theo", "ice cream no wait.")],
    "chatgpt-export.json": [("user", "I am furious."), ("assistant", "I'm so sorry.")],
    "deepgram.json": [("0", JOB, 0.2, 2.0), ("1", FINE, 2.1, 4.0)],
    "discord.html": [("mia", "I got the job!!", 0.0)],
    "elan-emotion-name.eaf": [("Mia", "I got the job", 0.0, 1.0), ("Mia", SCARED, 1.5, 2.5)],
    "elan-independent-emotion.eaf": [("Mia", "I got the job", 0.0, 1.0), ("Mia", SCARED, 1.5, 2.5)],
    "elan-ref-tier.eaf": [("Mia", "I got the job", 0.0, 1.0), ("Mia", SCARED, 1.5, 2.5)],
    "email.eml": [("Mia Kern", "Hi Theo,\n\nI am really disappointed. You promised: no smoking.\n\nMia", 0.0)],
    "google-chat-messages.json": [("Mia Kern", "I got the job!!", 0.0), ("Theo", "That is fantastic", 60.0)],
    "hf-chunks.json": [("Speaker", JOB, 0.0, 2.0), ("Speaker", FINE, 2.0, 4.0)],
    "imessage-exporter.txt": [
        ("Mia", "I got the job!!", 0.0),
        ("Me", "That is fantastic", 30.0),
        ("Mia", SCARED, 78.0),
    ],
    "intercom.txt": [
        ("Support Bot", "Please leave a message for our support team."),
        ("Mia Kern", "My parcel is lost again!\nI am so angry."),
        ("Kim from Acme", "Hi Mia, I'm sorry"),
    ],
    "interview.TextGrid": [("Mia", "I got the job", 0.0, 1.2), ("Theo", "That is fantastic", 1.2, 2.5)],
    "irc-angle.txt": [("mia", "are you mad at me?"), ("theo", "no, just tired"), ("mia", "I am so sorry")],
    "irc-irssi.txt": [
        ("mia", "theo: are you mad at me?"),
        ("theo", "mia: no, just tired"),
        ("mia", "cries"),
        ("mia", "I am so sorry"),
    ],
    "italian.txt": [
        ("Mia", "Sono furioso con te!"),
        ("Theo", "Mio padre è morto!"),
        ("Mia", "Ho tanta paura!"),
        ("Theo", "Mi fai schifo!"),
    ],
    "kakao-pc.txt": [("지우", "오늘 정말 행복해요", 0.0), ("민호", "축하해요\n저도 기뻐요", 43380.0)],
    "line-columns-spaces.txt": [
        ("Mia", "I got the job!!", 0.0),
        ("Theo", "That is fantastic", 60.0),
        ("Mia", SCARED, 115200.0),
    ],
    "line-en.txt": [
        ("Theo", "I'm so tired of this", 0.0),
        ("Mia", "We won!\nCan you believe it", 43980.0),
        ("Mia", "Good morning", 90360.0),
    ],
    "markdown-bold-fr.md": [("Corinne", "J'étais tellement triste"), ("Mathilde", "Oh non !")],
    "markdown-bold.md": [
        ("Interviewer", "How did you feel?"),
        ("Mia", "I was so angry, I cried."),
        ("Interviewer", "I'm sorry."),
    ],
    "meet-ext-bold.txt": [("You", JOB), ("Mia Kern", FINE)],
    "messenger-message_1.json": [("Zoë", "Ich bin so müde 😠", 0.0), ("Theo", "Was ist los?", 60.0)],
    "name-tab-time.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 89.0)],
    "no-blank-between.srt": [
        ("MIA", JOB, 1.0, 2.5),
        ("THEO", FINE, 2.6, 4.0),
        ("MIA", f"{SCARED}.", 4.1, 6.0),
    ],
    "openai-model-first.json": [
        ("user", "My parcel is lost again!"),
        ("assistant", "I'm so sorry."),
        ("user", "I am furious."),
    ],
    "discord-embeds.csv": [("mia#1", "I hate this bot", 0.0)],
    "german-utf8.csv": [("Mia", "Ich bin müde", 1.5), ("Theo", "Schön", 2.75)],
    "rows-array.json": [("Mia", JOB), ("Theo", FINE)],
    "rows-nulltext.jsonl": [("Mia", JOB), ("Theo", "great")],
    "rows-iso-times.jsonl": [("Mia", JOB, 0.0), ("Theo", "great", 9.0)],
    "sentence-colon.srt": [
        ("Speaker", "On the question you raised: I'm furious.", 1.0),
        ("Speaker", "Step 1: breathe.", 2.6),
        ("Speaker", "And I told her one thing: run.", 4.1),
    ],
    "sentence-colon.txt": [
        ("Mia", "I'm furious with you\nOn the question you raised: I will not pay"),
        ("Theo", "Listen\nI want one thing: peace"),
    ],
    "sharegpt.json": [("human", "I am furious."), ("gpt", "I'm so sorry.")],
    "sharegpt.jsonl": [("human", "I am furious."), ("gpt", "I'm so sorry.")],
    "sep-line.csv": [("Mia", JOB), ("Theo", FINE)],
    "slack-grid": [("Mia", "@Theo Baum we won!", 0.0), ("Theo Baum", "no way", 1.0)],
    "slack-nousers": [("U1", "we won!", 0.0)],
    "starttime-datetime.csv": [("Mia", JOB, 0.0), ("Theo", "great", 60.0)],
    "slack-api-history.json": [("U2", "sorry!", 0.0), ("U1", "ugh, again", 1.0)],
    "slack-emoji.json": [
        ("Mia", "the deploy failed again 😡 😡"),
        ("Theo", "😂 😂"),
        ("Mia", "😭"),
        ("Theo", "❤️"),
    ],
    "signal-sigtop.txt": [("Mia", "I got the job!!", 0.0), ("You", "That is fantastic", 26.0)],
    "speaker-then-time.txt": [("Mia Kern", JOB, 480.0), ("Theo Baum", FINE, 493.0)],
    "subs.ass": [("Mia", JOB, 1.0, 2.5), ("Theo", "That is\nfantastic.", 2.6, 4.0)],
    "teams-json-meta.vtt": [("Mia Kern", JOB), ("Theo", FINE)],
    "teams-minutes.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", f"{SCARED}.", 62.0)],
    "teams-unattributed.vtt": [("Speaker", JOB, 3.12, 5.0), ("Speaker", FINE, 5.12, 6.0)],
    "telegram.html": [("Mia", "I got the job!!\nreally", 0.0), ("Mia", "I am so scared", 60.0)],
    "telegram-copied.txt": [("Mia Kern", "I got the job!!"), ("Theo", "That is fantastic"), ("Mia Kern", SCARED)],
    "transcribee.txt": [("Mia Kern", JOB, 0.68, 12.8), ("Theo Baum", FINE, 12.939, 25.94)],
    "two-digit-fraction.srt": [("MIA", JOB, 1767.46, 1769.83), ("THEO", FINE, 1770.0, 1771.5)],
    "wa-android-group-notices-with-author.txt": [
        ("Boris", "Endlich sind alle da, ich freu mich"),
        ("Ida", "Ich mich auch"),
    ],
    "wa-first-line-cut-iphone.txt": [
        ("Mia", "I got the job!!", 0.0),
        ("Theo", "That is fantastic", 39.0),
        ("Mia", SCARED, 39_267.0),
    ],
    "wa-greek2.txt": [("Πάνος", "Καλημέρα", 0.0), ("Μαρία", "Τέλεια", 12_480.0)],
    "wa-hindi-digits.txt": [("नेहा", "मैं बहुत खुश हूँ", 0.0), ("अमित", "बधाई हो", 37.0)],
    "wa-notice-no-lrm.txt": [("Theo", "Hey you 👋"), ("Mia", "I failed the exam, I want to cry")],
    "wa-old-iphone-colon-24h.txt": [
        ("Mia Kern", "I got the job!!", 0.0),
        ("Theo", "That is fantastic", 23.0),
        ("Mia Kern", SCARED, 316_972.0),
    ],
    "wa-old-iphone-colon.txt": [
        ("Mia", "I got the job!!", 0.0),
        ("Theo", "That is fantastic", 63.0),
        ("Mia", SCARED, 152.0),
    ],
    "wa-poll-iphone.txt": [("Mia", "Are you happy with the new office?"), ("Theo", "I love it")],
    "wa-turkish-os.txt": [("Elif", "çok mutluyum", 0.0), ("Can", "ben de", 37.0), ("Elif", "günaydın", 39_268.0)],
    "whisper.tsv": [("Speaker", JOB, 0.25, 2.0), ("Speaker", FINE, 2.1, 4.0)],
    "whispercpp-diarize.srt": [("0", JOB, 1.0, 2.5), ("1", FINE, 2.6, 4.0)],
    "whisperx-highlight.srt": [("SPEAKER_00", "So, are you happy?", 4.578, 5.4)],
    "whisperx-stdout.txt": [
        ("Speaker", "Hello and welcome.", 0.0, 3.44),
        ("Speaker", "Hey, thanks for having me.", 3.44, 4.84),
    ],
    "whisperx-words.json": [
        ("SPEAKER_00", JOB, 1.0, 1.8),
        ("SPEAKER_01", FINE, 2.2, 4.0),
        ("Speaker", "Unit 58", 5.0, 6.0),
    ],
    "whisperx.srt": [
        ("SPEAKER_00", JOB, 1.0, 2.5),
        ("SPEAKER_01", FINE, 2.6, 4.0),
        ("SPEAKER_00", f"{SCARED}.", 4.1, 6.0),
    ],
    "whisperx.vtt": [("SPEAKER_00", JOB, 1.0, 2.5), ("SPEAKER_01", FINE, 2.6, 4.0)],
    "youtube-auto-nospace.vtt": [("Speaker", "hi everyone I'm so happy", 0.24), ("Speaker", "to see you", 1.92, 4.0)],
    "youtube-auto.vtt": [("Speaker", "hi everyone I'm so happy", 0.24), ("Speaker", "to see you", 1.92, 4.0)],
}
# Read by the model's side of the project, which has its own tests; here it is only that each line is a turn.
OF_THE_MODEL = {
    "emoji-chat.txt": 10,
    "excl-control.jsonl": 15,
    "lab-de.txt": 4,
    "labels-turns.txt": 4,
    "sarcasm.txt": 4,
}
EMOTIONS = {"elan-emotion-name.eaf": ["joy", "fear"], "elan-independent-emotion.eaf": ["joy", "fear"]}


def _read(name: str, **options: object) -> list[Conversation]:
    return list(read_conversations(CASES / name, options=ReadOptions(**options), report=ReadReport()))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_people_mean_it(name: str) -> None:
    [talk] = _read(name)
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [turn[:2] for turn in READ[name]]
    for turn, expected in zip(talk.utterances, READ[name], strict=True):
        times = (turn.start, turn.end)[: len(expected) - 2]
        assert times == tuple(pytest.approx(time, abs=0.001) for time in expected[2:])
    if name in EMOTIONS:
        assert [turn.emotion for turn in talk.utterances] == EMOTIONS[name]


@pytest.mark.parametrize("name", OF_THE_MODEL)
def test_each_line_is_a_turn(name: str) -> None:
    assert sum(len(talk) for talk in _read(name)) == OF_THE_MODEL[name]


def test_a_line_for_each_conversation() -> None:
    talks = _read("openai-ft.jsonl")
    assert [len(talk) for talk in talks] == [3, 2]


def test_rows_that_stand_mixed_are_grouped() -> None:
    talks = _read("interleaved.csv")
    assert [(talk.id, [(turn.speaker, turn.text) for turn in talk.utterances]) for talk in talks] == [
        ("a", [("Mia", JOB), ("Theo", "great")]),
        ("b", [("Ida", "I hate it")]),
    ]


@pytest.mark.parametrize("name", sorted(name for name in READ if (CASES / name).is_file()))
def test_a_stream_is_judged_as_a_file_is(name: str) -> None:
    [talk] = _read(name)
    # A stream has no extension.
    [other] = read_conversations(io.BytesIO((CASES / name).read_bytes()), report=ReadReport())
    assert [(turn.speaker, turn.text, turn.start) for turn in other.utterances] == [
        (turn.speaker, turn.text, turn.start) for turn in talk.utterances
    ]


def test_every_case_is_looked_at() -> None:
    known = {*READ, *OF_THE_MODEL, "openai-ft.jsonl", "interleaved.csv", "labels-de.yaml"}
    assert {path.name for path in CASES.iterdir()} == known
