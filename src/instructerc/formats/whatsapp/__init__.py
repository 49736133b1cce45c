"""WhatsApp's exported chats."""

from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.whatsapp.reader import explains, read

FORMATS = (
    Format(
        name="whatsapp",
        title="WhatsApp's chats",
        about="WhatsApp's exported chat from Android or iPhone; the order of day and month is found from the whole "
        "file, or a note says which was assumed",
        times="from the first message",
        file=Text(Sureness.FIRST_LINE, explains, read),
    ),
)
