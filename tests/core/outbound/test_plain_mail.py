"""Plain mail: how text, HTML, pictures and files lie in one message."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from deskpulse.demo.mailbox import Mailbox
from deskpulse.desk import Desk
from deskpulse.outbound import plain_mail
from deskpulse.outbound.plain_mail import Attachment
from deskpulse.outbound.smtp import Handover

TO = "cio@corp.example"
PICTURES = [Attachment("one.png", "image/png", b"\x89PNG one"), Attachment("two.png", "image/png", b"\x89PNG two")]
FILE = Attachment("report.pdf", "application/pdf", b"%PDF")
PAGE = "<p>Hello</p>\n" + "".join(f'<img src="cid:{one.content_id}" alt="">\n' for one in PICTURES)


@pytest.fixture
def written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Messages as they travel."""
    messages: list[bytes] = []

    def take(message: EmailMessage, *, sender: str, recipient: str) -> Handover:
        assert (sender.count("@"), recipient) == (1, TO)
        messages.append(message.as_bytes())
        return Handover(True, "250")

    monkeypatch.setattr(desk.mailer, "send", take)
    return messages


def shape(message: EmailMessage) -> object:
    """The kinds of a message's parts, nested as they are."""
    if not message.is_multipart():
        return message.get_content_type()
    return {message.get_content_type(): [shape(part) for part in message.iter_parts()]}


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert not [part for part in message.walk() if part.defects]
    return message


def test_pictures_lie_with_the_page_that_shows_them_and_files_beside_both(desk: Desk, written: list[bytes]) -> None:
    plain_mail.send(desk, TO, "Hello", "Hello\n", html=PAGE, pictures=PICTURES, attachments=[FILE])
    message = read(written[0])
    assert shape(message) == {
        "multipart/mixed": [
            {"multipart/alternative": ["text/plain", {"multipart/related": ["text/html", "image/png", "image/png"]}]},
            "application/pdf",
        ]
    }
    [with_pictures] = [part for part in message.walk() if part.get_content_subtype() == "related"]
    assert with_pictures.get_param("type") == "text/html", "as RFC 2387 demands"
    pictures = [part for part in message.walk() if part.get_content_maintype() == "image"]
    assert [part["Content-ID"] for part in pictures] == [f"<{one.content_id}>" for one in PICTURES]
    assert [part.get_content_disposition() for part in pictures] == ["inline", "inline"]
    assert [part.get_content() for part in pictures] == [one.content for one in PICTURES]
    assert [part.get_filename() for part in message.iter_attachments()] == ["report.pdf"]
    page = message.get_body(("html",))
    assert page is not None
    assert page.get_content().splitlines() == PAGE.splitlines()
    assert max(map(len, written[0].splitlines())) < 200


@pytest.mark.parametrize(
    ("html", "files", "expected"),
    [
        ("", [], "text/plain"),
        ("", [FILE], {"multipart/mixed": ["text/plain", "application/pdf"]}),
        ("<p>Hello</p>\n", [], {"multipart/alternative": ["text/plain", "text/html"]}),
    ],
)
def test_what_is_not_there_leaves_no_part(
    desk: Desk, written: list[bytes], html: str, files: list[Attachment], expected: object
) -> None:
    plain_mail.send(desk, TO, "Hello", "Hello\n", html=html, attachments=files)
    assert shape(read(written[0])) == expected


def test_names_of_pictures_tell_them_apart() -> None:
    first, second = PICTURES
    assert first.content_id != second.content_id
    assert first.content_id == Attachment("other.png", "image/png", first.content).content_id


def test_it_arrives(mail_desk: Desk, mail_server: Mailbox) -> None:
    assert plain_mail.send(mail_desk, TO, "Hello", "Grüße\n", name="once", html=PAGE, pictures=PICTURES).taken
    [message] = mail_server.messages()
    assert (message["text"], message["html"]) == ("Grüße\n", PAGE)
    assert message["headers"]["Message-ID"] == "<once@northwind.example>"
    assert set(mail_server.pictures(1)) == {one.content_id for one in PICTURES}
