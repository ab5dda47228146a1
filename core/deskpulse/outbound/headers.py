"""Header fields of outgoing mail: cleaned of what could break out of them, encoded and folded once; and its words.

The standard library's own folding turns a long link in ``List-Unsubscribe`` into encoded words, which no mail client
reads as a link; and it parses every field on the way in. So fields are written here exactly as they shall travel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formataddr

from email_validator import EmailNotValidError, validate_email

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff]")
"""Marks that turn the reading direction or show nothing, and halves of characters. Joiners stay: emoji need them."""
_JOINED = re.compile("[\u200d\ufe0e\ufe0f\u0300-\u036f\U0001f3fb-\U0001f3ff]")
"""What belongs to the character before it."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_LONGEST_READ = 2_000
_LONGEST_LINE = 998
"""That a mail server must take (RFC 5321, 4.5.3.1.6)."""


class _AsWritten(EmailPolicy):
    """Writes every field as it was set; reading a field decodes it as usual."""

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        return name, value


_POLICY = _AsWritten(linesep="\r\n", refold_source="none")


def clean(text: str, longest: int) -> str:
    """Make text fit for one line: no line breaks, no controls, no marks that reorder it, not too long."""
    text = " ".join(_INVISIBLE.sub("", _BREAKS.sub(" ", text[:_LONGEST_READ])).split())
    if len(text) <= longest:
        return text
    cut = longest - 1
    while cut and (_JOINED.match(text[cut]) or text[cut - 1] == "\u200d"):
        cut -= 1
    return text[:cut].rstrip() + "…"


def isolated(text: str) -> str:
    """Wrap text so that right-to-left words do not reorder what stands around them."""
    return f"{_ISOLATE}{text}{_END_ISOLATE}" if _RIGHT_TO_LEFT.search(text) else text


def unstructured(name: str, text: str) -> str:
    """Encode the value of a field of free text such as ``Subject``."""
    return text if text.isascii() else Header(text, "utf-8", header_name=name).encode()


def mailbox(name: str, address: str) -> str:
    """Write the value of a field that names one mailbox; a non-ASCII address stays as it is, for SMTPUTF8."""
    if name.isascii():
        return formataddr((name, "x")).removesuffix("<x>") + f"<{address}>" if name else address
    return f"{Header(name, 'utf-8', header_name='From').encode()} <{address}>"


def address(text: str) -> str:
    """Make an address fit to hand over: the domain in ASCII, the part before it as it is. Raises ValueError."""
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(f"{clean(text, 80)!r} is no e-mail address: {error}") from None
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def new_message(fields: Mapping[str, str]) -> EmailMessage:
    """Start a message with these fields. Raises ValueError where a value would start another field."""
    message = EmailMessage(policy=_POLICY)
    for name, value in fields.items():
        if re.search(r"[\r\n](?![ \t])", value):
            raise ValueError(f"{name} holds a line break")
        message[name] = value
    return message


def add_text(message: EmailMessage, text: str) -> None:
    """Set the plain text of a message, or its first alternative."""
    message.set_content(text, cte="7bit" if text.isascii() else "quoted-printable")


def add_html(message: EmailMessage, page: str) -> None:
    """Add a page, in ASCII, as another way to read a message that has its text."""
    is_short = all(len(line) <= _LONGEST_LINE for line in page.splitlines())
    message.add_alternative(page, subtype="html", cte="7bit" if is_short else "quoted-printable")
