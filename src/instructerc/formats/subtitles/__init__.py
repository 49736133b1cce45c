"""Subtitles with speakers and times: WebVTT and SubRip."""

from instructerc.formats.format import Format, Sureness, Text
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
)
