"""An invitation as a public reply, in accounts where that reopens a ticket and in accounts where it does not.

Whatever happens between the calls, whoever reads the ticket because of a webhook must find the same resolution.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deskpulse.plugin_api import HttpClient, Invitation, Receipt, ReceiptState, Ticket, Unreachable
from deskpulse_freshdesk import notes, plugin
from deskpulse_freshdesk.resolutions import FIELD

Invite = Callable[..., Invitation]
REPLY = "/reply"


class Watched(HttpClient):
    """Lets somebody act, or look, after each call that changes something."""

    def __init__(self, inner: HttpClient, after: Callable[[str, str], None]) -> None:
        super().__init__()
        self._inner, self._after = inner, after

    def request(self, method: str, url: str, **options: Any) -> Any:
        answer = self._inner.request(method, url, **options)
        if method != "GET":
            self._after(method, url)
        return answer


@pytest.fixture(params=[True, False], ids=["replies reopen", "replies do not reopen"])
def reopens(request: pytest.FixtureRequest, desk: Any) -> bool:
    desk.program("POST", "/switches", agent_reply_reopens=request.param)
    return bool(request.param)


@pytest.fixture
def invitation(desk: Any, invitation: Invite) -> Invite:
    """An invitation to the ticket's own requester."""

    def make(ticket: str, **more: Any) -> Invitation:
        found = desk.find(ticket)
        return invitation(ticket, **{"customer_id": found.customer.id if found else "613"} | more)

    return make


@pytest.fixture
def solved(desk: Any) -> str:
    """A ticket solved after the set-up."""
    desk.provision()
    key = str(desk.ticket("Printer"))
    desk.solve(key)
    desk.program("POST", "/clock", advance=5)
    return key


def send(desk: Any, invitation: Invitation, after: Callable[[str, str], None] | None = None) -> Receipt | None:
    connection = desk.connection()
    if after is not None:
        values = {name: getattr(connection, name) for name in connection.__slots__}
        connection = type(connection)(**values | {"http": Watched(connection.http, after)})
    receipt: Receipt | None = plugin.deskpulse_send_invite(connection, invitation)
    return receipt


def standing(ticket: Ticket | None) -> tuple[str | None, tuple[str, ...]]:
    assert ticket is not None
    return ticket.resolution_key, ticket.past_resolution_keys


def asked(desk: Any, key: str) -> list[str]:
    return [entry["body"] for entry in desk.raw(key)["conversations"] if "/s/token" in entry["body"]]


@pytest.mark.parametrize("status", [4, 5])
def test_one_reply_and_the_same_resolution_at_every_moment(
    desk: Any, solved: str, invitation: Invite, reopens: bool, status: int
) -> None:
    desk.api("PUT", f"/tickets/{solved}", {"status": status})
    desk.program("POST", "/clock", advance=5)
    seen: list[Any] = []
    receipt = send(desk, invitation(solved), lambda _method, _url: seen.append(standing(desk.find(solved))))
    assert receipt is not None
    assert receipt.state is ReceiptState.DONE
    assert receipt.reference
    assert set(seen) == {("0", ())}
    assert len(seen) == 3
    assert desk.raw(solved)["status"] == status
    assert ("set back" in receipt.detail) == reopens
    (said,) = asked(desk, solved)
    assert "/s/token/opt-out" in said
    (mail,) = (mail for mail in desk.program("GET", "/mails") if "/s/token" in mail["body"])
    assert mail["to"] == "rita@example.com"


def test_webhooks_of_our_own_doing_lead_to_the_resolution_that_is_known(
    desk: Any, solved: str, invitation: Invite, reopens: bool
) -> None:
    send(desk, invitation(solved))
    told = desk.events()
    assert told.count(("reopened", solved)) == (1 if reopens else 0)
    assert told.count(("closed", solved)) == (2 if reopens else 1)
    assert standing(desk.find(solved)) == ("0", ())
    pages = plugin.deskpulse_closed_since(desk.connection(), "2020-01-01T00:00:00Z")
    keys = [event.resolution_key for events, _ in pages for event in events if event.ticket.id == solved]
    assert keys == ["0"]


def test_asked_twice_replies_once(desk: Any, solved: str, invitation: Invite, reopens: bool) -> None:
    first, second = send(desk, invitation(solved)), send(desk, invitation(solved))
    assert first is not None
    assert second is not None
    assert (second.state, second.reference) == (ReceiptState.ALREADY, first.reference)
    assert len(asked(desk, solved)) == 1
    assert send(desk, invitation(solved, key="invite-1")) is not None, "invite-12 is not invite-1"
    assert len(asked(desk, solved)) == 2
    assert standing(desk.find(solved)) == ("0", ())


def test_a_second_invitation_later_keeps_what_the_first_has_noted(desk: Any, solved: str, invitation: Invite) -> None:
    """The first reply reopened the ticket; by the second one, the account's settings are others."""

    def later(_method: str, url: str) -> None:
        if url.endswith(REPLY):
            desk.program("POST", "/clock", advance=3)

    send(desk, invitation(solved), later)
    desk.program("POST", "/switches", agent_reply_reopens=False)
    desk.program("POST", "/clock", advance=60)
    seen: list[Any] = []
    send(desk, invitation(solved, key="invite-13"), lambda _method, _url: seen.append(standing(desk.find(solved))))
    assert set(seen) == {("0", ())}


def test_a_customers_reopening_afterwards_counts(desk: Any, solved: str, invitation: Invite, reopens: bool) -> None:
    send(desk, invitation(solved))
    desk.reopen(solved)
    assert standing(desk.find(solved)) == (None, ("0",))
    desk.solve(solved)
    again, past = standing(desk.find(solved))
    assert again not in (None, "0")
    assert past == ("0",)
    send(desk, invitation(solved, key="invite-13"))
    assert standing(desk.find(solved)) == (again, past)
    desk.reopen(solved)
    found, past = standing(desk.find(solved))
    assert (found, past[0]) == (None, "0")


def test_a_customer_who_answers_at_once_keeps_the_ticket_open(
    desk: Any, solved: str, invitation: Invite, reopens: bool
) -> None:
    def answer(_method: str, url: str) -> None:
        if url.endswith(REPLY):
            desk.reopen(solved)

    receipt = send(desk, invitation(solved), answer)
    assert receipt is not None
    assert receipt.state is ReceiptState.DONE
    assert desk.raw(solved)["status"] == 2
    assert standing(desk.find(solved)) == (None, ("0",))


@pytest.mark.parametrize("lost", ["POST", "PUT"])
def test_a_worker_that_dies_in_between_changes_nothing(
    desk: Any, solved: str, invitation: Invite, reopens: bool, lost: str
) -> None:
    """The answer to the reply, or to what follows it, is lost; whoever reads the ticket then is not misled."""

    def die(method: str, url: str) -> None:
        if (method == "POST") == (lost == "POST") and asked(desk, solved):
            raise Unreachable("killed")

    with pytest.raises(Unreachable):
        send(desk, invitation(solved), die)
    assert standing(desk.find(solved)) == ("0", ())
    assert (desk.raw(solved)["status"] == 2) == (reopens and lost == "POST")
    receipt = send(desk, invitation(solved))
    assert receipt is not None
    assert receipt.state is ReceiptState.ALREADY
    assert len(asked(desk, solved)) == 1
    assert (desk.raw(solved)["status"], standing(desk.find(solved))) == (4, ("0", ()))
    desk.reopen(solved)
    assert standing(desk.find(solved)) == (None, ("0",))


def test_clocks_may_differ_by_hours(desk: Any, solved: str, invitation: Invite, reopens: bool) -> None:
    desk.program("POST", "/clock", advance=7 * 3600)
    seen: list[Any] = []
    send(desk, invitation(solved), lambda _method, _url: seen.append(standing(desk.find(solved))))
    assert set(seen) == {("0", ())}


def test_a_status_that_cannot_be_set_back_is_reported_and_the_resolution_stands(
    desk: Any, solved: str, invitation: Invite
) -> None:
    def require(_method: str, url: str) -> None:
        if url.endswith(REPLY):
            cause = {
                "label": "Cause",
                "label_for_customers": "Cause",
                "type": "custom_text",
                "required_for_closure": True,
            }
            desk.api("POST", "/admin/ticket_fields", cause)

    receipt = send(desk, invitation(solved), require)
    assert receipt is not None
    assert receipt.state is ReceiptState.DONE
    assert "refused to set its status back" in receipt.detail
    assert "cf_cause" in receipt.detail
    assert desk.raw(solved)["status"] == 2
    assert standing(desk.find(solved)) == ("0", ()), "our own reply is no reason to ask again"


def test_a_ticket_that_cannot_be_changed_is_not_asked_about(desk: Any, solved: str, invitation: Invite) -> None:
    cause = {"label": "Cause", "label_for_customers": "Cause", "type": "custom_text", "required_for_closure": True}
    desk.api("POST", "/admin/ticket_fields", cause)
    receipt = send(desk, invitation(solved))
    assert receipt is not None
    assert (receipt.state, "cf_cause" in receipt.detail) == (ReceiptState.REFUSED, True)
    assert asked(desk, solved) == []


def test_a_reply_that_is_refused_leaves_no_announcement(desk: Any, solved: str, invitation: Invite) -> None:
    desk.program("POST", "/faults", status=403, times=1, method="POST", path=f"/api/v2/tickets/{solved}/reply")
    receipt = send(desk, invitation(solved))
    assert receipt is not None
    assert receipt.state is ReceiptState.REFUSED
    assert desk.raw(solved)["custom_fields"][FIELD] is None


@pytest.mark.parametrize("how", ["open", "reopened", "deleted", "archived", "unknown", "no id"])
def test_only_a_resolved_ticket_is_asked_about(desk: Any, solved: str, invitation: Invite, how: str) -> None:
    key = {"open": desk.ticket("Mouse"), "unknown": "999999999", "no id": "../1"}.get(how, solved)
    if how == "reopened":
        desk.reopen(key)
    elif how == "deleted":
        desk.api("DELETE", f"/tickets/{key}")
    elif how == "archived":
        desk.program("POST", f"/tickets/{key}/archive")
    about = invitation(key)
    desk.program("DELETE", "/requests")
    receipt = send(desk, about)
    assert receipt is not None
    assert receipt.state is ReceiptState.REFUSED
    assert desk.writes() == []


def test_another_requester_is_not_asked_in_the_customers_place(desk: Any, solved: str, invitation: Invite) -> None:
    """The link is one person's, and the reply would go to another."""
    asked_of_rita = invitation(solved)
    desk.api("PUT", f"/tickets/{solved}", {"requester_id": int(desk.find(desk.ticket("Laptop")).customer.id)})
    receipt = send(desk, asked_of_rita)
    assert receipt is not None
    assert (receipt.state, "another requester" in receipt.detail) == (ReceiptState.REFUSED, True)
    assert asked(desk, solved) == []


def test_what_goes_by_mail_is_left_to_core(desk: Any, solved: str, invitation: Invite) -> None:
    by_mail = invitation(solved, channel="email")
    desk.program("DELETE", "/requests")
    assert send(desk, by_mail) is None
    assert desk.program("GET", "/requests") == []


def test_before_the_set_up_nobody_is_asked(desk: Any, solved: str, invitation: Invite) -> None:
    desk.facts.clear()
    receipt = send(desk, invitation(solved))
    assert receipt is not None
    assert (receipt.state, "set-up" in receipt.detail) == (ReceiptState.REFUSED, True)


def test_a_customer_without_an_address_is_asked_too(desk: Any, invitation: Invite, reopens: bool) -> None:
    desk.provision()
    key = desk.ticket("Call")
    desk.solve(key)
    receipt = send(desk, invitation(key, recipient_email=None))
    assert receipt is not None
    assert receipt.state is ReceiptState.DONE
    assert len(asked(desk, key)) == 1


def test_names_and_subjects_stay_words(desk: Any, invitation: Invite) -> None:
    attack = '<img src=x onerror="alert(1)">'
    written = notes.invitation(
        invitation(desk.ticket("Printer"), subject=attack, recipient_name=attack, organisation_name=attack)
    )
    assert "<img" not in written
    assert written.count("&lt;img") == 3
    assert notes.ends_with({"body": written}, "[DeskPulse invite-12]")
    assert not notes.ends_with({"body": written}, "[DeskPulse invite-1]")
