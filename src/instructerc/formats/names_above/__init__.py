"""Transcripts with the name on a line of its own and the words below it, as people write interviews.

`### Interviewer`, `**P3**`, `[P3]`, an underlined name or a bare one; names come again, which titles do not.
"""

from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.names_above.reader import explains, read

FORMATS = (
    Format(
        name="names-above",
        title="transcripts with the name on a line above the words",
        about="`### Interviewer`, `**P3**`, `[P3]`, an underlined name or a bare one on a line of its own, with the "
        "words below it, or `**P3** words` and `P3 – words` without a colon; names must come again; titles and "
        "headings of sections are left out",
        times="if given",
        file=Text(Sureness.SYNTAX, explains, read),
    ),
)
