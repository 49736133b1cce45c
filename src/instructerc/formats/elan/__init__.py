"""ELAN annotation files: tiers of time-aligned annotations in XML."""

from instructerc.formats.elan.reader import explains, read
from instructerc.formats.elan.writer import annotate, write_elan
from instructerc.formats.format import Format, Sureness, Text

FORMATS = (
    Format(
        name="elan",
        title="ELAN",
        about="ELAN (`.eaf`): tiers with speech are speakers, found by content or named with `--tier`; tiers such as "
        "`emotion@Ann` and `Ann-emotion` are gold labels",
        times="yes",
        file=Text(Sureness.MARK, explains, read, annotate),
        extensions=(".eaf",),
        write=write_elan,
    ),
)
