"""The invitation as mail: what it says, what it must never hold, and how it travels."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.demo.mailbox import Mailbox
from deskpulse.desk import Desk
from deskpulse.errors import Refused, Unreachable
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound import headers, mail_page
from deskpulse.outbound.invitation_mail import HIGHEST, LOWEST, QUESTION, Sender, compose, send
from deskpulse.outbound.verp import envelope_sender, invite_of_bounce
from deskpulse.records import Invitation, ReceiptState, TicketRef
from deskpulse.testing.factories import MOMENT, make_invitation

HOST = "https://feedback.a-rather-long-customer-name.example.com"
LINK = f"{HOST}/s/abcdefghijklmnopqrstuv"
SCORES = [f"{LINK}?score={score}" for score in range(11)]
SENDER = Sender("Northwind IT", "Northwind IT", "feedback@northwind.example", "#1f5fbf", "Europe/Berlin")


class Page(HTMLParser):
    """What matters of a page: its tags, links, and the words that people see."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(re.sub(r"<!--.*?-->|<style.*?</style>", "", source, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def links(self) -> list[str | None]:
        return [attributes.get("href") for tag, attributes in self.tags if tag == "a"]


def an_invitation(**fields: object) -> Invitation:
    return make_invitation(**{"link": LINK, "opt_out_link": f"{LINK}/opt-out", **fields})


def mail_of(invitation: Invitation, recipient: str = "c-1@northwind.example") -> EmailMessage:
    """The message as it arrives: written to bytes and read again."""
    raw = compose(invitation, SENDER, recipient, MOMENT).as_bytes()
    message = message_from_bytes(raw, policy=default)
    assert not message.defects
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_both_parts_ask_the_question_and_have_eleven_links() -> None:
    message = mail_of(an_invitation(subject="Printer on fire", ticket=TicketRef("1", "INC0042")))
    page, text = Page(part(message, "html")), part(message, "plain")
    assert page.links == [*SCORES, f"{LINK}/opt-out"]
    assert re.findall(r"https://\S+\?score=\d+", text) == SCORES
    assert f"{LINK}/opt-out" in text
    for words in (" ".join(page.words), text):
        for expected in ("INC0042", "Printer on fire", QUESTION, f"0 = {LOWEST}", f"10 = {HIGHEST}", "2 March 2026"):
            assert expected in words
    assert message["Subject"] == 'How did we do with "Printer on fire" (INC0042)?'


def test_the_page_is_plain_small_and_loads_nothing() -> None:
    html = part(mail_of(an_invitation()), "html")
    page = Page(html)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "link", "iframe", "form", "object", "svg", "video"}
    assert not [tag for tag in tags if tag.startswith("mj-")], "a tag that MJML does not know"
    outside = set(re.findall(r"https?://[^\s\"'<>)]+", html)) - {*SCORES, f"{LINK}/opt-out"}
    assert outside == {"http://www.w3.org/1999/xhtml"}
    assert not re.search(r"@import|url\(|javascript:|\son\w+=", html)
    assert len(html) < 30_000
    assert "${" not in html
    assert dict(page.tags)["html"]["lang"] == "en"
    assert {"name": "color-scheme", "content": "light dark"} in [
        attributes for tag, attributes in page.tags if tag == "meta"
    ]


def test_the_scale_suggests_nothing() -> None:
    page = Page(part(mail_of(an_invitation()), "html"))
    looks = {
        attributes.get("style")
        for tag, attributes in page.tags
        if tag == "a" and "score=" in (attributes["href"] or "")
    }
    cells = {attributes.get("bgcolor") for tag, attributes in page.tags if tag == "td" and "bgcolor" in attributes}
    assert len(looks) == 1
    assert cells == {"#f3f5f8"}


def test_header_fields() -> None:
    message = mail_of(an_invitation(message_id="<same-each-time@deskpulse.example>"))
    assert dict(message.items()) | {"Content-Type": ""} == {
        "From": "Northwind IT <feedback@northwind.example>",
        "To": "Cy Customer <c-1@northwind.example>",
        "Reply-To": "Northwind IT <feedback@northwind.example>",
        "Subject": 'How did we do with "Printer on fire" (Not-1)?',
        "Date": "Mon, 02 Mar 2026 09:00:00 +0000",
        "Message-ID": "<same-each-time@deskpulse.example>",
        "List-Unsubscribe": f"<{LINK}/opt-out>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "MIME-Version": "1.0",
        "Content-Type": "",
    }


def test_a_long_link_travels_as_a_link() -> None:
    raw = compose(an_invitation(opt_out_link=f"{LINK}{'x' * 200}"), SENDER, "a@example.org", MOMENT).as_bytes()
    assert f"\r\nList-Unsubscribe: <{LINK}{'x' * 200}>\r\n".encode() in raw


@pytest.mark.parametrize(
    ("subject", "seen"),
    [
        ("Drucker brännt 🔥", '"Drucker brännt 🔥"'),
        ("אש בחדר", '"\u2068אש בחדר\u2069"'),
        ("tidy\u202egnp.exe", '"tidygnp.exe"'),
        ("a\r\nBcc: thief@example.org", '"a Bcc: thief@example.org"'),
        ("half \ud83d of a pair", '"half of a pair"'),
        ("  \t\n", "our ticket Not-1"),
        ("x" * 500, f'"{"x" * 119}…"'),
        ("e" * 118 + "👩\u200d👩\u200d👧 tail", f'"{"e" * 118}…"'),
    ],
)
def test_subjects_of_all_kinds(subject: str, seen: str) -> None:
    message = mail_of(an_invitation(subject=subject))
    assert seen in message["Subject"]
    assert message["Bcc"] is None
    assert seen.strip('"') in part(message, "plain")


def test_a_long_subject_beyond_ascii_travels_in_lines_that_every_server_takes() -> None:
    raw = compose(an_invitation(subject="東" * 120), SENDER, "a@example.org", MOMENT).as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert "東" * 120 in " ".join(Page(part(message_from_bytes(raw, policy=default), "html")).words)


any_text = st.text(st.characters(), max_size=300)


@given(subject=any_text, number=any_text, name=any_text)
def test_nothing_breaks_out_of_its_place(subject: str, number: str, name: str) -> None:
    invitation = an_invitation(subject=subject, ticket=TicketRef("1", number), recipient_name=name)
    raw = compose(invitation, SENDER, "a@example.org", MOMENT).as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) < 998
    message = message_from_bytes(raw, policy=default)
    expected = compose(an_invitation(), SENDER, "a@example.org", MOMENT)
    assert message.keys() == expected.keys()
    assert message["To"].addresses[0].addr_spec == "a@example.org"
    html = part(message, "html")
    assert [tag for tag, _ in Page(html).tags] == [tag for tag, _ in Page(part(expected, "html")).tags]
    assert Page(html).links == [*SCORES, f"{LINK}/opt-out"]


@given(text=any_text, longest=st.integers(2, 150))
def test_cleaned_text_is_one_short_line(text: str, longest: int) -> None:
    cleaned = headers.clean(text, longest)
    assert len(cleaned) <= longest
    assert cleaned.splitlines() in ([], [cleaned])
    assert headers.clean(cleaned, longest) == cleaned
    cleaned.encode()


def test_one_mail_takes_about_a_millisecond() -> None:
    invitation = an_invitation()
    compose(invitation, SENDER, "a@example.org", MOMENT)
    started = time.process_time()
    for _ in range(200):
        compose(invitation, SENDER, "a@example.org", MOMENT)
    assert (time.process_time() - started) / 200 < 0.005, "several times what it takes on an idle machine"


def test_sending(mail_desk: Desk, mail_server: Mailbox, organisation: Organisation) -> None:
    receipt = send(mail_desk, an_invitation(key="invite-77"), organisation.code)
    assert (receipt.state, receipt.reference) == (ReceiptState.DONE, "<invite-1@feedback.example.com>")
    [message] = mail_server.messages()
    assert message["to"] == "c-1@northwind.example"
    assert message["from"] == "Northwind IT <feedback@northwind.example>"
    bounce_address = message["headers"]["Return-Path"].strip("<>")
    assert bounce_address.endswith("@bounces.example")
    assert invite_of_bounce(mail_desk, bounce_address) == 77
    assert len(Page(message["html"]).links) == 12


def test_the_organisation_names_the_sender(mail_desk: Desk, mail_server: Mailbox, organisation: Organisation) -> None:
    with mail_desk.db.write() as session:
        changes = {"sender_name": "Kundendienst Köln", "brand_colour": "#7a1f5f"}
        organisations.change_preferences(mail_desk, session, session.merge(organisation), changes, "test")
    send(mail_desk, an_invitation(), organisation.code)
    [message] = mail_server.messages()
    assert message["from"] == "Kundendienst Köln <feedback@northwind.example>"
    assert "#7a1f5f" in message["html"]


def test_two_hundred_mails_are_quick(mail_desk: Desk, mail_server: Mailbox, organisation: Organisation) -> None:
    started = time.monotonic()
    for number in range(1, 201):
        send(mail_desk, an_invitation(key=f"invite-{number}"), organisation.code)
    assert time.monotonic() - started < 20
    assert [invite_of_bounce(mail_desk, m["headers"]["Return-Path"]) for m in mail_server.messages()] == list(
        range(1, 201)
    )


def test_refused_for_good(mail_desk: Desk, mail_server: Mailbox, organisation: Organisation) -> None:
    mail_server.refuse("c-1@northwind.example", 550)
    receipt = send(mail_desk, an_invitation(), organisation.code)
    assert (receipt.state, receipt.detail) == (ReceiptState.REFUSED, "550 5.1.1 No such mailbox here")


def test_refused_for_now(mail_desk: Desk, mail_server: Mailbox, organisation: Organisation) -> None:
    mail_server.refuse("c-1@northwind.example", 451)
    with pytest.raises(Unreachable, match="451"):
        send(mail_desk, an_invitation(), organisation.code)
    mail_server.refuse("c-1@northwind.example", 250)
    assert send(mail_desk, an_invitation(), organisation.code).state is ReceiptState.DONE


@pytest.mark.parametrize("address", [None, "", "no address", "two@@example.org", "a@b.example\r\nBcc: x@y.example"])
def test_without_a_usable_address(
    mail_desk: Desk, mail_server: Mailbox, organisation: Organisation, address: str | None
) -> None:
    receipt = send(mail_desk, an_invitation(recipient_email=address), organisation.code)
    assert receipt.state is ReceiptState.REFUSED
    assert "address" in receipt.detail
    assert not mail_server.messages()


def test_addresses_beyond_ascii(mail_desk: Desk, mail_server: Mailbox, organisation: Organisation) -> None:
    for address in ("ana@bücher.example", "señor@bücher.example"):
        assert send(mail_desk, an_invitation(recipient_email=address), organisation.code).state is ReceiptState.DONE
    assert [m["to"] for m in mail_server.messages()] == ["ana@xn--bcher-kva.example", "señor@xn--bcher-kva.example"]


def test_an_unknown_organisation_and_a_foreign_key(mail_desk: Desk) -> None:
    with pytest.raises(Refused, match="nobody"):
        send(mail_desk, an_invitation(), "nobody")
    with pytest.raises(ValueError, match="not the key"):
        send(mail_desk, an_invitation(key="response-1"), "northwind")


def test_envelope_senders_cannot_be_made_up(mail_desk: Desk) -> None:
    address = envelope_sender(mail_desk, 12)
    assert invite_of_bounce(mail_desk, address) == 12
    assert invite_of_bounce(mail_desk, f"<{address.upper()}>") == 12
    assert invite_of_bounce(mail_desk, address.replace("+12-", "+13-")) is None
    assert invite_of_bounce(mail_desk, address.replace("bounces.example", "elsewhere.example")) is None
    assert invite_of_bounce(mail_desk, "bounce+12@bounces.example") is None
    assert len(envelope_sender(mail_desk, 10**17).partition("@")[0]) <= 64


def test_without_a_bounce_domain_the_plain_sender(mail_desk: Desk) -> None:
    address = envelope_sender(mail_desk, 12)
    mail_desk.settings = replace(mail_desk.settings, bounce_domain="")
    assert envelope_sender(mail_desk, 12) == "feedback@northwind.example"
    assert invite_of_bounce(mail_desk, address) is None


def test_the_template_is_compiled_once() -> None:
    compose(an_invitation(), SENDER, "a@example.org", MOMENT)
    before = mail_page.template.cache_info().misses
    compose(an_invitation(), replace(SENDER, brand_colour="#333333"), "a@example.org", MOMENT)
    assert mail_page.template.cache_info().misses == before
