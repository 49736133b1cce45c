"""Plain chats and transcripts: a line that names its speaker begins a turn."""

from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.plain.reader import explains, read

FORMATS = (
    Format(
        name="plain",
        title="'Speaker: text' lines",
        about="`Speaker: text` lines, also `**Speaker:**`, `[Speaker]`, `<Speaker>`, with a time before or after the "
        "speaker; a colon within a sentence does not count",
        times="if given",
        file=Text(Sureness.TEXT, explains, read),
        extensions=(".txt", ".md", ".log"),
    ),
)
