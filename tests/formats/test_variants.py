"""Files as in `cases`, in more languages, layouts and versions of programs: how each is read, or that it is not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

VARIANTS = Path(__file__).parent / "variants"

JOB = "I got the job!"
FINE = "That is fantastic."
SCARED = "I am so scared though."
# File: the turns with speaker, words, start and end, as far as the file has times.
READ: dict[str, list[tuple[object, ...]]] = {
    "a-bullets.cha": [("Mia", JOB, 0.25, 2.0), ("Theo", "that is great. and fun.", 2.1, 4.0)],
    "a-ca.cha": [("Mia", "it was so quiet fast words high."), ("Theo", "yeah haha okay"), ("Mia", "no way, happy.")],
    "a-emo.cha": [("Mia", "I cry."), ("Theo", "why?")],
    "a-forms.cha": [
        ("Mia", "bingbing is a doggy."),
        ("Theo", "uh huh, I love a b."),
        ("Mia", "mama oh dear, good night!"),
        ("Theo", "ich liebe you."),
        ("Mia", "the New York City bus no."),
    ],
    "a-langmark.cha": [("Mia", "estoy muy triste."), ("Theo", "no lo sé."), ("Mia", "I miss mi casa.")],
    "a-oldhead.cha": [("MIA", "I cry."), ("MOT", "don't cry sweetie [laughs].")],
    "a-pauses.cha": [
        ("Mia", "well I am sad"),
        ("Theo", "you are"),
        ("Mia", "really sad"),
        ("Theo", "oh no"),
        ("Mia", "yes"),
    ],
    "a-replace.cha": [("Mia", "I wanna go home to bed."), ("Theo", "what is that thing?"), ("Mia", "gonna cry.")],
    "a-sign.cha": [("Mia", "I want I want it now."), ("Theo", "I know, I know."), ("Mia", "so right?")],
    "a-window.cha": [("Mia", "I cry."), ("Theo", "why?")],
    "a-xxx.cha": [("Mia", "I hate this."), ("Mia", "he there?")],
    "c-discord-compact.txt": [("mia", JOB, 0.0), ("theo", FINE, 60.0), ("mia", SCARED, 180.0)],
    "c-discord-date.txt": [("mia", JOB, 0.0), ("theo", FINE, 60.0), ("mia", SCARED, 180.0)],
    "c-discord-de.txt": [("mia", JOB, 0.0), ("theo", FINE, 60.0), ("mia", SCARED, 180.0)],
    "c-discord-today.txt": [("mia", JOB, 0.0), ("theo", FINE, 60.0), ("mia", SCARED, 180.0)],
    "c-iso-angle.txt": [("mia", JOB, 0.0), ("theo", FINE, 60.0), ("mia", SCARED, 180.0)],
    "c-iso-bracket.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-iso.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-linkedin.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0)],
    "c-livechat.txt": [
        ("Mia Kern", "My parcel is lost again!", 0.0),
        ("Kim", "I'm sorry", 50.0),
        ("Mia Kern", "I am so angry.", 80.0),
    ],
    "c-livechat2.txt": [
        ("Kim", "Hello, how can I help?", 3.0),
        ("Mia", "My parcel is lost again!", 12.0),
        ("Kim", "I'm sorry", 62.0),
        ("Mia", "I am so angry.", 90.0),
    ],
    "c-meet-below.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-skype-copied.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-skype.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-slack-below.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-slack-bracket.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-slack-copied.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-slack-one-space.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-teams-below.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-teams-bracket-us.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-teams-bracket.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-teams-yesterday.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-telegram-at.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-telegram-dec.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-telegram-fwd.txt": [("Mia Kern", JOB, 0.0), ("Theo", FINE, 120.0)],
    "c-telegram-us.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-zoom-de-a.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-zoom-from-min.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-zoom-from-to-new.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-zoom-to-paren.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-zoom-to.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "c-zoom-von.txt": [("Mia Kern", JOB, 0.0), ("Theo Baum", FINE, 60.0), ("Mia Kern", SCARED, 180.0)],
    "e-plain.txt": [
        ("Mia", "so tired 😩 😭"),
        ("Theo", "👍 nice"),
        ("Mia", "at 12:30:15 :party_parrot:"),
        ("Theo", "🙄"),
        ("Mia", "😍😍"),
    ],
    "j-aai-list.json": [("A", JOB, 0.25, 2.0), ("B", FINE, 2.1, 4.0)],
    "j-aai-order.json": [("A", JOB, 0.25, 2.0), ("B", FINE, 2.1, 4.0)],
    "j-aai-paragraphs.json": [("Speaker", JOB, 0.25, 2.0), ("Speaker", FINE, 2.1, 4.0)],
    "j-aai-short.json": [("A", "Yes.", 0.25, 0.7), ("B", "No.", 0.9, 1.3)],
    "j-anthropic.json": [("user", JOB), ("assistant", FINE)],
    "j-deepgram-words.json": [("0", "Hi.", 0.2, 0.4), ("1", "Hello.", 0.5, 0.9)],
    "j-discord-minimal.json": [("Mia", JOB, 0.0), ("theo", FINE, 60.0)],
    "j-gemini.json": [("user", JOB), ("model", FINE)],
    "j-hf-null-end.json": [("Speaker", JOB, 0.25, 2.0), ("Speaker", FINE, 2.1)],
    "j-insanely-fast.json": [("SPEAKER_00", JOB, 0.25, 2.0), ("SPEAKER_01", FINE, 2.1, 4.0)],
    "j-openai-diarized.json": [("A", JOB, 0.25, 2.0), ("B", FINE, 2.1, 4.0)],
    "j-openai-parts.json": [("user", JOB), ("assistant", FINE)],
    "j-openai-verbose.json": [("Speaker", JOB, 0.25, 2.0), ("Speaker", FINE, 2.1, 4.0)],
    "j-rows-author.json": [("Mia", JOB), ("Theo", FINE)],
    "j-rows-camel.json": [("Mia", JOB, 0.25, 2.0), ("Theo", FINE, 2.1, 4.0)],
    "j-rows-messages.json": [("Mia", JOB), ("Theo", FINE)],
    "j-rows-ms.json": [("SPEAKER_00", JOB, 0.25, 2.0), ("SPEAKER_01", FINE, 2.1, 4.0)],
    "j-rows-pretty.json": [("Mia", JOB), ("Theo", FINE)],
    "j-rows-transcript.json": [("Mia", JOB), ("Theo", FINE)],
    "j-seconds.tsv": [("Speaker", JOB, 0.25, 2.0), ("Speaker", FINE, 2.1, 4.0)],
    "j-sharegpt-items.json": [("human", JOB), ("gpt", FINE)],
    "j-sharegpt-sys.json": [("human", JOB), ("gpt", FINE)],
    "j-slack-skin.json": [("U1", "nice 👍 @U2", 0.0), ("U2", "🤦\u200d♂️ <3 link", 1.0)],
    "j-telegram-order.json": [("Mia", "I got the job! really", 0.0), ("user2", FINE, 60.0)],
    "j-whisper-array.json": [("SPEAKER_00", JOB, 0.25, 2.0), ("SPEAKER_01", FINE, 2.1, 4.0)],
    "j-whisper-bom.json": [("SPEAKER_00", JOB, 0.25, 2.0), ("SPEAKER_01", FINE, 2.1, 4.0)],
    "j-whisper-ms.json": [("Speaker", JOB, 0.25, 2.0), ("Speaker", FINE, 2.1, 4.0)],
    "j-whisper-nested.json": [("SPEAKER_00", JOB, 0.25, 2.0), ("SPEAKER_01", FINE, 2.1, 4.0)],
    "j-whisper-order.json": [("Speaker", JOB, 0.25, 2.0), ("Speaker", FINE, 2.1, 4.0)],
    "j-whisper-result.json": [("SPEAKER_00", JOB, 0.25, 2.0), ("SPEAKER_01", FINE, 2.1, 4.0)],
    "j-whisper-speaker.tsv": [("SPEAKER_00", JOB, 0.25, 2.0), ("SPEAKER_01", FINE, 2.1, 4.0)],
    "j-whisper-utf16.json": [("SPEAKER_00", JOB, 0.25, 2.0), ("SPEAKER_01", FINE, 2.1, 4.0)],
    "j-whisper.tsv": [("Speaker", JOB, 0.0, 1.5), ("Speaker", FINE, 1.5, 2.9)],
    "j-whispercpp-diar.json": [("0", JOB, 0.25, 2.0), ("1", FINE, 2.1, 4.0)],
    "l-de-names.eaf": [("Mia", "Ich hab die Stelle", 0.0, 1.0), ("Theo", "Toll", 1.5, 2.5)],
    "l-emotion-participant.eaf": [("Mia", "I got the job", 0.0, 1.0), ("Mia", "I am so scared though", 1.5, 2.5)],
    "l-empty-values.eaf": [("Mia", "I got the job", 0.0, 1.0), ("Mia", "I am so scared though", 1.5, 2.5)],
    "l-gesture-content.eaf": [("Mia", "I got the job", 0.0, 1.0), ("Mia", "I am so scared though", 1.5, 2.5)],
    "l-noise.eaf": [("SPK1", "I got the job", 0.0, 1.0), ("SPK2", "That is fantastic", 1.5, 2.5)],
    "l-participant.eaf": [("Mia", "I got the job", 0.0, 1.0), ("Mia", "I am so scared though", 1.5, 2.5)],
    "l-ref-txt.eaf": [("MIA", "I got the job", 0.0, 1.0), ("MIA", "I am so scared though", 1.5, 2.5)],
    "l-translation-only-types.eaf": [("Mia", "I got the job", 0.0, 1.0), ("Mia", "I am so scared though", 1.5, 2.5)],
    "l-two.eaf": [("Mia", "I got the job", 0.0, 1.0), ("Theo", "That is fantastic", 1.5, 2.5)],
    "l-unaligned.eaf": [("Mia", "I got", 0.0), ("Mia", "the job"), ("Mia", "I am so scared though", 1.5, 2.5)],
    "l-words-tier.eaf": [("Mia", "I got the job", 0.0, 1.0), ("Mia", "I am so scared though", 1.5, 2.5)],
    "p-arabic-marks.txt": [("منى", "أنا سعيدة"), ("علي", "رائع"), ("منى", "أنا خائفة")],
    "p-at.txt": [("@mia", "are you mad at me?"), ("@theo", "no, just tired"), ("@mia", "I am so sorry")],
    "p-bold-time.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", SCARED, 62.0)],
    "p-bracket-time-name.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", SCARED, 62.0)],
    "p-court.txt": [
        ("THE COURT", "You may proceed."),
        ("MR. SMITH", "Thank you, Your Honor."),
        ("THE WITNESS", "I was afraid: he had a knife."),
        ("MR. SMITH", "No further questions."),
    ],
    "p-fullwidth.txt": [("小美", "我得到了工作！"), ("阿德", "太好了。"), ("小美", "我很害怕。")],
    "p-he-said.txt": [
        ("Mia", "I saw him\nHe said: go away"),
        ("Theo", "what?\nShe replied: never"),
        ("Mia", "and then: silence"),
        ("Theo", "oh"),
    ],
    "p-heading-names.md": [
        ("User", "My parcel is lost again!"),
        ("Assistant", "I'm so sorry."),
        ("User", "I am furious."),
    ],
    "p-ir.txt": [
        ("I", "Wie ging es Ihnen?"),
        ("B", "Ich war so traurig."),
        ("I", "Und dann?"),
        ("B", "Dann habe ich geweint."),
    ],
    "p-italic.md": [("Mia Kern", JOB), ("Theo Baum", FINE), ("Mia Kern", SCARED)],
    "p-msday.txt": [
        ("Mia Kern", "meet at 12:30: bring cake"),
        ("Theo Baum", "the ratio is 3:1\nhttps://example.org:8080/x: look\nJohn 3:16 says it: love"),
        ("Mia Kern", "PS: I hate Mondays\nNote: nobody came"),
        ("Theo Baum", "ok"),
    ],
    "p-name-brack-time.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", SCARED, 62.0)],
    "p-name-paren-time.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", SCARED, 62.0)],
    "p-nbsp-colon.txt": [("Mia", "Je suis triste"), ("Théo", "Oh non"), ("Mia", "Si")],
    "p-numbered-pad.txt": [("Mia Kern", JOB), ("Theo Baum", FINE), ("Mia Kern", SCARED)],
    "p-numbered.txt": [("Mia Kern", JOB), ("Theo Baum", FINE), ("Mia Kern", SCARED)],
    "p-paren-name-below.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", SCARED, 62.0)],
    "p-pipes.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", SCARED, 62.0)],
    "p-pyannote.txt": [
        ("SPEAKER_00", JOB, 0.0, 2.34),
        ("SPEAKER_01", FINE, 2.34, 5.1),
        ("SPEAKER_00", SCARED, 5.1, 7.8),
    ],
    "p-qa-dots.txt": [("Q", "How did you feel?"), ("A", "I was so angry."), ("Q", "And then?"), ("A", "I cried.")],
    "p-qa.txt": [("Q", "How did you feel?"), ("A", "I was so angry."), ("Q", "And then?"), ("A", "I cried.")],
    "p-quote-bold.md": [("Mia Kern", JOB), ("Theo Baum", FINE), ("Mia Kern", SCARED)],
    "p-quoted-text.txt": [("Mia", '"I got the job!"'), ("Theo", "“That is: fantastic.”"), ("Mia", SCARED)],
    "p-range-name.txt": [("Mia Kern", JOB, 0.0, 2.0), ("Theo Baum", FINE, 3.0, 4.0), ("Mia Kern", SCARED, 5.0, 6.0)],
    "p-tab-name-text.txt": [("Mia Kern", JOB), ("Theo Baum", FINE), ("Mia Kern", SCARED)],
    "p-tab-name-time-text.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", SCARED, 62.0)],
    "p-tab-time-name-text.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", SCARED, 62.0)],
    "p-time-dash-name.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", SCARED, 62.0)],
    "p-time-endash.txt": [("Mia Kern", JOB, 3.0), ("Theo Baum", FINE, 15.0), ("Mia Kern", SCARED, 62.0)],
    "p-timed-brack-speaker.txt": [
        ("SPEAKER_01", JOB, 0.0, 3.44),
        ("SPEAKER_02", FINE, 3.44, 4.84),
        ("SPEAKER_03", SCARED, 5.0, 6.0),
    ],
    "p-you-said.txt": [
        ("You", "My parcel is lost again!"),
        ("ChatGPT", "I'm so sorry."),
        ("You", "I am furious."),
        ("ChatGPT", "I understand."),
    ],
    "s-arrows-escaped.vtt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0), ("MIA", SCARED, 3.0, 4.0)],
    "s-arrows-names.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0), ("MIA", SCARED, 3.0, 4.0)],
    "s-arrows-only.srt": [("Speaker", JOB, 1.0, 2.0), ("Speaker", FINE, 2.0, 3.0), ("Speaker", SCARED, 3.0, 4.0)],
    "s-blanks-in-times.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0)],
    "s-bold-name.srt": [("Mia", JOB, 1.0, 2.0), ("Theo", FINE, 2.0, 3.0), ("Mia", SCARED, 3.0, 4.0)],
    "s-brackets-name-line.srt": [("Mia", JOB, 1.0, 2.0), ("Theo", FINE, 2.0, 3.0), ("Mia", SCARED, 3.0, 4.0)],
    "s-brackets-name.srt": [("Mia", JOB, 1.0, 2.0), ("Theo", FINE, 2.0, 3.0), ("Mia", SCARED, 3.0, 4.0)],
    "s-colon-fraction.srt": [("MIA", JOB, 1.5, 2.0), ("THEO", FINE, 2.5, 3.0)],
    "s-color-font.srt": [("Speaker", JOB, 1.0, 2.0), ("Speaker", FINE, 2.0, 3.0), ("Speaker", SCARED, 3.0, 4.0)],
    "s-coords.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0)],
    "s-crcrlf.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0)],
    "s-dash-two.srt": [("Speaker", JOB, 1.0, 2.0), ("Speaker", FINE, 1.0, 2.0), ("Speaker", SCARED, 2.0, 3.0)],
    "s-empty-cues.srt": [("MIA", JOB, 2.0, 3.0), ("THEO", FINE, 4.0, 5.0)],
    "s-fraction6.srt": [("MIA", JOB, 1.0, 2.5), ("THEO", FINE, 3.0, 4.0)],
    "s-growing.vtt": [("Speaker", "so are you happy", 1.0, 2.6), ("Speaker", "yes I am", 3.6, 4.6)],
    "s-highlight-color.srt": [("Speaker", "so are you happy", 1.0, 5.0)],
    "s-json-order.vtt": [("Mia Kern", JOB, 1.0, 2.0), ("Theo", FINE, 2.0, 3.0)],
    "s-leading-junk.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0)],
    "s-name-cjk.srt": [
        ("小美", "我得到了工作！", 1.0, 2.0),
        ("阿德", "太好了。", 2.0, 3.0),
        ("小美", "我很害怕。", 3.0, 4.0),
    ],
    "s-name-upper-line.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0), ("MIA", SCARED, 3.0, 4.0)],
    "s-names-lower-paren.srt": [
        ("MIA (V.O.)", JOB, 1.0, 2.0),
        ("THEO (on phone)", FINE, 2.0, 3.0),
        ("MIA (V.O.)", SCARED, 3.0, 4.0),
    ],
    "s-noblank-nonumber.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0), ("MIA", SCARED, 3.0, 4.0)],
    "s-noblank-numbertext.srt": [
        ("Speaker", "How old are you?", 1.0, 2.0),
        ("Speaker", "42", 2.0, 3.0),
        ("Speaker", "Me too", 3.0, 4.0),
    ],
    "s-nofraction.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 3.0, 4.0)],
    "s-nospace-arrow.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0)],
    "s-paren-cjk.srt": [
        ("小美", "我得到了工作！", 1.0, 2.0),
        ("阿德", "太好了。", 2.0, 3.0),
        ("小美", "我很害怕。", 3.0, 4.0),
    ],
    "s-paren-upper.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0), ("MIA", SCARED, 3.0, 4.0)],
    "s-real-repeat.srt": [
        ("Speaker", "No!", 1.0, 2.0),
        ("Speaker", "No!", 2.0, 3.0),
        ("Speaker", "No!", 3.0, 4.0),
        ("Speaker", "Stop it.", 4.0, 5.0),
    ],
    "s-sentence-colons.srt": [
        ("Speaker", "He looked at me and said: get out.", 1.0, 2.0),
        ("Speaker", "Two options: fight or run.", 2.0, 3.0),
        ("Speaker", "The score was 3:1 at 12:30.", 3.0, 4.0),
        ("Speaker", "See: http://example.org", 4.0, 5.0),
    ],
    "s-single-arrow.srt": [("MIA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0)],
    "s-sounds.srt": [
        ("Speaker", "[door slams] I got the job!", 1.0, 2.0),
        ("Speaker", "(laughs) That is fantastic.", 2.0, 3.0),
        ("Speaker", "[music playing]", 3.0, 4.0),
        ("Speaker", "♪ la la ♪", 4.0, 5.0),
    ],
    "s-speaker-bracket-n.vtt": [
        ("Speaker 1", JOB, 1.0, 2.0),
        ("Speaker 2", FINE, 2.0, 3.0),
        ("Speaker 1", SCARED, 3.0, 4.0),
    ],
    "s-speaker-n.srt": [("Speaker 1", JOB, 1.0, 2.0), ("Speaker 2", FINE, 2.0, 3.0), ("Speaker 1", SCARED, 3.0, 4.0)],
    "s-teams-ids.vtt": [("Mia Kern", JOB, 3.12, 5.0), ("Theo Baum", "That is fantastic.\nand more", 5.12, 6.0)],
    "s-three-line-roll.srt": [
        ("Speaker", "one is the first", 1.0, 2.0),
        ("Speaker", "two is the second", 2.0, 3.0),
        ("Speaker", "three is the third", 3.0, 4.0),
        ("Speaker", "four is the last", 4.0, 5.0),
    ],
    "s-utf16.srt": [("MÍA", JOB, 1.0, 2.0), ("THEO", FINE, 2.0, 3.0)],
    "s-voice-in-srt.srt": [("Mia", JOB, 1.0, 2.0), ("Theo", FINE, 2.0, 3.0), ("Mia", SCARED, 3.0, 4.0)],
    "s-voice-multi.vtt": [("Mia", JOB, 1.0, 2.0), ("Theo", FINE, 1.0, 2.0), ("Mia Kern", SCARED, 2.0, 3.0)],
    "s-vtt-hls.vtt": [("Mia", JOB, 1.0, 2.0), ("Theo", FINE, 2.0, 3.0)],
    "s-vtt-nohead-comma.vtt": [("Mia", JOB, 1.0, 2.0), ("Theo", FINE, 2.0, 3.0)],
    "s-yt-arrows.vtt": [
        ("Speaker", "hi everyone I'm so happy", 0.24, 1.92),
        ("Speaker", "to see you", 1.92, 6.0),
        ("Speaker", "me too", 4.0, 6.01),
    ],
    "s-yt-overlap.srt": [
        ("Speaker", "hi everyone I'm so happy", 0.24, 3.99),
        ("Speaker", "to see you", 1.92, 6.0),
        ("Speaker", "it was hard", 3.99, 8.0),
    ],
    "s-yt-srt.srt": [
        ("Speaker", "hi everyone I'm so happy", 0.24, 1.92),
        ("Speaker", "to see you", 1.92, 4.0),
        ("Speaker", "it was hard", 4.0, 6.0),
    ],
    "s-zoom.vtt": [
        ("Mia Kern (she/her)", JOB, 1.0, 2.0),
        ("Theo B.", FINE, 2.0, 3.0),
        ("Mia Kern (she/her)", SCARED, 3.0, 4.0),
    ],
    "t-csv-as.txt": [("Mia", JOB), ("Theo", "That is: fantastic."), ("Mia", SCARED)],
    "t-tsv.dat": [("Mia", JOB), ("Theo", FINE)],
    "wa-ar-iphone.txt": [
        ("منى", JOB, 0.0),
        ("علي", "That is fantastic", 39.0),
        ("منى", "I am so scared though", 39267.0),
    ],
    "wa-ar.txt": [("منى", JOB, 0.0), ("علي", "That is fantastic", 60.0), ("منى", "I am so scared though", 39300.0)],
    "wa-bg-v.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-bg.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-bn.txt": [("মিতা", JOB, 0.0), ("রানা", "That is fantastic", 60.0), ("মিতা", "I am so scared though", 39300.0)],
    "wa-crlf-bom.txt": [
        ("Mia", JOB, 0.0),
        ("Theo", "That is fantastic", 39.0),
        ("Mia", "I am so scared though", 39267.0),
    ],
    "wa-es-iphone-pm.txt": [
        ("Mia", JOB, 0.0),
        ("Theo", "That is fantastic", 39.0),
        ("Mia", "I am so scared though", 39267.0),
    ],
    "wa-es-pm-nbsp.txt": [
        ("Mia", JOB, 0.0),
        ("Theo", "That is fantastic", 60.0),
        ("Mia", "I am so scared though", 39300.0),
    ],
    "wa-fa.txt": [("مینا", JOB, 0.0), ("رضا", "That is fantastic", 60.0), ("مینا", "I am so scared though", 39300.0)],
    "wa-fi.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 39.0), ("Mia", "I am so scared though", 39267.0)],
    "wa-fr-a.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-frca-iphone.txt": [
        ("Mia", JOB, 0.0),
        ("Theo", "That is fantastic", 39.0),
        ("Mia", "I am so scared though", 39267.0),
    ],
    "wa-frca.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-he-iphone.txt": [
        ("מיה", JOB, 0.0),
        ("תיאו", "That is fantastic", 39.0),
        ("מיה", "I am so scared though", 39267.0),
    ],
    "wa-he.txt": [("מיה", JOB, 0.0), ("תיאו", "That is fantastic", 60.0), ("מיה", "I am so scared though", 39300.0)],
    "wa-hr-u.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-hr.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-hu.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-id.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-ko-android-nyeon.txt": [
        ("지우", JOB, 0.0),
        ("민호", "That is fantastic", 60.0),
        ("지우", "I am so scared though", 39300.0),
    ],
    "wa-ko-android.txt": [
        ("지우", JOB, 0.0),
        ("민호", "That is fantastic", 60.0),
        ("지우", "I am so scared though", 39300.0),
    ],
    "wa-ko-iphone.txt": [
        ("지우", JOB, 0.0),
        ("민호", "That is fantastic", 39.0),
        ("지우", "I am so scared though", 39267.0),
    ],
    "wa-month-names-de.txt": [
        ("Mia", JOB, 0.0),
        ("Theo", "That is fantastic", 60.0),
        ("Mia", "I am so scared though", 39300.0),
    ],
    "wa-month-names-year.txt": [
        ("Mia", JOB, 0.0),
        ("Theo", "That is fantastic", 60.0),
        ("Mia", "I am so scared though", 39300.0),
    ],
    "wa-month-names.txt": [
        ("Mia", JOB, 0.0),
        ("Theo", "That is fantastic", 60.0),
        ("Mia", "I am so scared though", 39300.0),
    ],
    "wa-mr.txt": [("नेहा", JOB, 0.0), ("अमित", "That is fantastic", 60.0), ("नेहा", "I am so scared though", 39300.0)],
    "wa-pt-as.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-quoted-names.txt": [
        ("Mia (Work)", JOB, 0.0),
        ("~ Theo 🌊", "That is fantastic", 60.0),
        ("+1 (555) 010-0000", "see http://x.example/a:b at 10:30", 120.0),
        ("Mia (Work)", "Theo said: I am so scared though", 180.0),
    ],
    "wa-sk.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-sq.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-sw.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-ta.txt": [("மீனா", JOB, 0.0), ("ரவி", "That is fantastic", 60.0), ("மீனா", "I am so scared though", 39300.0)],
    "wa-th-n.txt": [("มานี", JOB, 0.0), ("มานะ", "That is fantastic", 60.0), ("มานี", "I am so scared though", 39300.0)],
    "wa-th.txt": [("มานี", JOB, 0.0), ("มานะ", "That is fantastic", 60.0), ("มานี", "I am so scared though", 39300.0)],
    "wa-vi-luc.txt": [
        ("Mia", JOB, 0.0),
        ("Theo", "That is fantastic", 60.0),
        ("Mia", "I am so scared though", 39300.0),
    ],
    "wa-vi.txt": [("Mia", JOB, 0.0), ("Theo", "That is fantastic", 60.0), ("Mia", "I am so scared though", 39300.0)],
    "wa-web-copied-pm.txt": [
        ("Mia", JOB, 0.0),
        ("Theo", "That is fantastic", 60.0),
        ("Mia", "I am so scared though", 39300.0),
    ],
    "wa-web-copied.txt": [
        ("Mia", JOB, 0.0),
        ("+49 170 1234567", "That is fantastic", 60.0),
        ("Mia", "I am so scared though", 39300.0),
    ],
    "wa-zh-cn.txt": [
        ("小美", JOB, 0.0),
        ("阿德", "That is fantastic", 60.0),
        ("小美", "I am so scared though", 39300.0),
    ],
    "wa-zh-noon.txt": [
        ("小美", JOB, 0.0),
        ("阿德", "That is fantastic", 3600.0),
        ("小美", "I am so scared though", 43200.0),
    ],
    "wa-zh-tw.txt": [
        ("小美", JOB, 0.0),
        ("阿德", "That is fantastic", 60.0),
        ("小美", "I am so scared though", 39300.0),
    ],
    "wan-de.txt": [("Mia", "Hallo", 0.0), ("Theo", "Ich bin so müde", 120.0), ("Theo", "Bis morgen", 480.0)],
    "wan-en-many.txt": [("Mia", "hello", 0.0), ("Mia", "I hate this", 720.0)],
    "wan-es.txt": [("Mía", "Hola", 0.0), ("Teo", "Estoy triste", 360.0), ("Mía", "Te entiendo", 600.0)],
    "wan-fr.txt": [("Mia", "Salut", 0.0), ("Mia", "Je suis triste", 360.0), ("Théo", "Oh non", 420.0)],
    "wan-group-notices-langs.txt": [("Mía", "¡Qué bien!", 0.0), ("Teo", "no me gusta", 60.0)],
    "wan-hangul-ja-deleted.txt": [("美咲", "こんにちは", 0.0), ("지우", "안녕", 360.0)],
    "wan-it-nl-ru.txt": [("Mia", "Ciao", 0.0), ("Мия", "Привет", 540.0)],
    "wan-poll-de.txt": [("Mia", "Wohin fahren wir?", 0.0), ("Theo", "Rom!", 60.0)],
    "wan-poll-es.txt": [("Mía", "¿Adónde vamos?", 0.0), ("Teo", "¡Roma!", 60.0)],
    "wan-poll-fr.txt": [("Mia", "Où allons-nous ?", 0.0), ("Théo", "Rome", 60.0)],
    "wan-poll-ja.txt": [("美咲", "どこへ行く？", 0.0), ("健", "ローマ", 60.0)],
    "wan-pt.txt": [("Mia", "Oi", 0.0), ("Mia", "Estou com medo", 420.0), ("Téo", "Calma", 480.0)],
}
# Several conversations in one file.
MANY: dict[str, list[list[tuple[str, str]]]] = {
    "j-openai-batch.jsonl": [[("user", JOB), ("assistant", FINE)], [("user", JOB), ("assistant", FINE)]],
}
# No conversation, or one that nobody could tell from other texts: refused, and nothing is made up.
REFUSED = (
    "c-messenger-copied.txt",
    "j-alpaca.json",
    "j-jsonl-pretty.jsonl",
    "j-openai-response.json",
    "j-rows-nul.jsonl",
    "j-rows-nulbytes.txt",
    "j-sentry-ndjson.jsonl",
    "j-settings.json",
    "p-gtprompt.txt",
    "p-screenplay.txt",
    "r-bible.txt",
    "r-contacts.vcf",
    "r-css.txt",
    "r-diff.txt",
    "r-form.txt",
    "r-git-log.txt",
    "r-glossary.txt",
    "r-headers.txt",
    "r-html.txt",
    "r-ini.txt",
    "r-js.js",
    "r-k8s.yaml",
    "r-log.txt",
    "r-lyrics.lrc",
    "r-minecraft.log",
    "r-nginx.log",
    "r-poem.txt",
    "r-prose.txt",
    "r-pylog.log",
    "r-python.txt",
    "r-readme.md",
    "r-recipe.txt",
    "r-sql.sql",
    "r-syslog.log",
    "r-trace.txt",
    "r-yaml.yml",
)


def _read(name: str) -> list[Conversation]:
    return list(read_conversations(VARIANTS / name, report=ReadReport()))


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_people_mean_it(name: str) -> None:
    [talk] = _read(name)
    found = [(turn.speaker, turn.text, turn.start, turn.end) for turn in talk.utterances]
    assert [turn[:2] for turn in found] == [turn[:2] for turn in READ[name]]
    for turn, expected in zip(found, READ[name], strict=True):
        assert turn[2 : len(expected)] == tuple(pytest.approx(time, abs=0.001) for time in expected[2:])
    # A stream has no name to go by.
    [other] = read_conversations(io.BytesIO((VARIANTS / name).read_bytes()), report=ReadReport())
    assert other.utterances == talk.utterances


@pytest.mark.parametrize("name", MANY)
def test_each_conversation_is_one(name: str) -> None:
    assert [[(turn.speaker, turn.text) for turn in talk.utterances] for talk in _read(name)] == MANY[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_nobody_can_tell_is_refused_in_a_line(name: str) -> None:
    with pytest.raises(InputError) as refused:
        _read(name)
    assert "\n" not in str(refused.value)


def test_every_file_is_looked_at() -> None:
    assert {path.name for path in VARIANTS.iterdir()} == {*READ, *MANY, *REFUSED}
