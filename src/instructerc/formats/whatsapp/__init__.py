"""WhatsApp's exported chats."""

from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.whatsapp.reader import matches, read

FORMATS = (
    Format(
        name="whatsapp",
        title="WhatsApp's chats",
        about="WhatsApp's exported chat of Android or iPhone; day and month are told apart by the whole file, or a "
        "note says what was taken",
        times="from the first message",
        file=Text(Sureness.FIRST_LINE, matches, read),
    ),
)
