"""ELAN annotation files: tiers of time-aligned annotations in XML."""

from instructerc.formats.elan.reader import explains, read
from instructerc.formats.elan.writer import annotate, write_elan
from instructerc.formats.format import Format, Sureness, Text

FORMATS = (
    Format(
        name="elan",
        title="ELAN",
        about="ELAN (`.eaf`): tiers are speakers; a dependent tier `emotion` or `emotion@…` is the gold label",
        times="yes",
        file=Text(Sureness.MARK, explains, read, annotate),
        extensions=(".eaf",),
        write=write_elan,
    ),
)
