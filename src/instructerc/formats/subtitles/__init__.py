"""Subtitles with speakers and times: WebVTT, SubRip, ASS and YouTube's SBV."""

from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.subtitles import ass, sbv
from instructerc.formats.subtitles.reader import explains_srt, explains_vtt, read
from instructerc.formats.subtitles.writer import annotate_srt, annotate_vtt, write_srt, write_vtt

FORMATS = (
    Format(
        name="vtt",
        title="WebVTT",
        about="WebVTT: voice tags, or names before a colon; a line that begins with a dash is a separate turn",
        speakers="if given",
        times="yes",
        file=Text(Sureness.MARK, explains_vtt, read, annotate_vtt),
        extensions=(".vtt",),
        write=write_vtt,
    ),
    Format(
        name="srt",
        title="SRT",
        about="SubRip: names before a colon, or voice tags; a line that begins with a dash is a separate turn",
        speakers="if given",
        times="yes",
        file=Text(Sureness.MARK, explains_srt, read, annotate_srt),
        extensions=(".srt",),
        write=write_srt,
    ),
    Format(
        name="ass",
        title="ASS and SSA subtitles",
        about="Advanced SubStation Alpha: the speaker is the event's name, or a name in the text; comments, drawings "
        "and signs are left out",
        speakers="if given",
        times="yes",
        file=Text(Sureness.MARK, ass.explains, ass.read),
        extensions=(".ass", ".ssa"),
    ),
    Format(
        name="sbv",
        title="YouTube's captions",
        about="YouTube's `.sbv`: two times in a line, the words below; names as in other subtitles",
        speakers="if given",
        times="yes",
        file=Text(Sureness.MARK, sbv.explains, sbv.read),
        extensions=(".sbv",),
    ),
)
