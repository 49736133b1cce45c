"""E-mail: single messages, mailboxes and folders of messages, a conversation per thread."""

from instructerc.formats.format import Folder, Format, Sureness, Text
from instructerc.formats.mail.head import explains
from instructerc.formats.mail.reader import is_folder, read, read_folder

FORMATS = (
    Format(
        name="mail",
        title="e-mail",
        about="messages (`.eml`, `.emlx`), mailboxes (`.mbox`) and folders of them: a conversation per thread; quoted "
        "text and signatures are cut; of HTML, only the words are read",
        times="from the first message",
        file=Text(Sureness.MARK, explains, read),
        extensions=(".eml", ".mbox", ".emlx", ".mbx"),
        folder=Folder("e-mails (.eml, or a Maildir)", is_folder, read_folder),
    ),
)
