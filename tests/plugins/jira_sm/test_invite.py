"""The helpdesk's own message: one public comment for one invitation, and no issue that it leaves reopened."""

from __future__ import annotations

from typing import Any

import pytest

from deskpulse.plugin_api import EventKind, ReceiptState, Unreachable
from deskpulse_jira_sm import plugin


@pytest.fixture
def solved(site: Any) -> str:
    site.provision()
    key: str = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/solve")
    assert site.simulator.wait_idle()
    return key


def send(site: Any, invitation: Any) -> Any:
    return plugin.deskpulse_send_invite(site.connection(), invitation)


def asked(site: Any, key: str) -> list[Any]:
    return [one for one in site.raw(key)["comments"] if "/s/token" in one["body"]]


def test_one_public_comment_that_jira_mails(site: Any, solved: str, invitation: Any) -> None:
    receipt = send(site, invitation(solved))
    (comment,) = asked(site, solved)
    assert (receipt.state, receipt.reference, comment["public"]) == (ReceiptState.DONE, comment["id"], True)
    assert "/s/token/opt-out" in comment["body"]
    assert any("/s/token" in mail["body"] for mail in site.program("GET", "/mails"))
    known = site.raw(solved)["properties"]["nps.invite"]
    assert (known["key"], known["state"], known["comment"]) == ("invite-7", "sent", comment["id"])
    again = send(site, invitation(solved))
    assert (again.state, again.reference) == (ReceiptState.ALREADY, receipt.reference)
    assert len(asked(site, solved)) == 1


def test_somebody_without_an_address_is_asked_all_the_same(site: Any, invitation: Any) -> None:
    site.provision()
    key = site.ticket("Call")
    site.program("POST", f"/tickets/{key}/solve")
    assert site.find(key).customer.email is None
    assert send(site, invitation(key)).state is ReceiptState.DONE


def test_what_goes_by_mail_is_left_to_core(site: Any, solved: str, invitation: Any) -> None:
    site.program("DELETE", "/requests")
    assert send(site, invitation(solved, channel="email")) is None
    assert site.asked() == []


def test_another_invitation_is_another_comment(site: Any, solved: str, invitation: Any) -> None:
    for key in ("invite-1", "invite-11"):
        assert send(site, invitation(solved, key=key)).state is ReceiptState.DONE
    assert len(asked(site, solved)) == 2


def test_a_lost_answer_sends_no_second_comment(site: Any, solved: str, invitation: Any) -> None:
    path = f"/rest/servicedeskapi/request/{solved}/comment"
    site.program("POST", "/faults", status=500, method="POST", path=path, after=True)
    with pytest.raises(Unreachable):
        send(site, invitation(solved))
    assert site.raw(solved)["properties"]["nps.invite"]["state"] == "sending"
    assert send(site, invitation(solved)).state is ReceiptState.DONE
    assert len(asked(site, solved)) == 1


def test_a_comment_that_reopens_is_guarded(site: Any, solved: str, invitation: Any) -> None:
    """A rule of the site reopens issues on any comment: ours is taken back, and nobody is asked anew."""
    site.program("POST", "/switches", reopen_on_agent_comment=True)
    before = site.find(solved)
    receipt = send(site, invitation(solved))
    assert receipt.state is ReceiptState.DONE
    assert "moved back" in receipt.detail
    after = site.find(solved)
    assert (after.resolution_key, after.past_resolution_keys) == (before.resolution_key, ())
    assert site.raw(solved)["status"] in ("Resolved", "Done")
    told = [event.kind for event in site.events()]
    assert told.count(EventKind.CLOSED) == 1, "our own step back tells nobody"
    assert send(site, invitation(solved)).state is ReceiptState.ALREADY


def test_without_such_a_rule_nothing_moves(site: Any, solved: str, invitation: Any) -> None:
    changed = len(site.events())
    send(site, invitation(solved))
    assert len(site.events()) == changed
    assert not [one for one in site.writes() if one.endswith("/transitions")]


def test_a_crash_between_comment_and_guard_is_made_up_for(site: Any, solved: str, invitation: Any) -> None:
    site.program("POST", "/switches", reopen_on_agent_comment=True)
    before = site.find(solved).resolution_key
    site.program("POST", "/faults", status=500, method="GET", path=f"/rest/api/3/issue/{solved}/transitions", times=5)
    with pytest.raises(Unreachable):
        send(site, invitation(solved))
    assert site.find(solved).resolution_key is None
    site.program("DELETE", "/faults")
    assert "moved back" in send(site, invitation(solved)).detail
    assert site.find(solved).resolution_key == before
    assert len(asked(site, solved)) == 1


def test_a_reopen_that_a_customers_words_caused_is_theirs(site: Any, solved: str, invitation: Any) -> None:
    """Between our comment and the look after it, the customer answers, and the site's rule reopens the issue."""
    path = f"/rest/servicedeskapi/request/{solved}/comment"
    site.program("POST", "/faults", status=500, method="POST", path=path, after=True)
    with pytest.raises(Unreachable):
        send(site, invitation(solved))
    site.program("POST", f"/tickets/{solved}/comment", text="It is broken again", customer=True)
    assert site.find(solved).resolution_key is None
    receipt = send(site, invitation(solved))
    assert (receipt.state, "left to them" in receipt.detail) == (ReceiptState.DONE, True)
    assert site.find(solved).resolution_key is None
    assert len(asked(site, solved)) == 1


def test_a_reopen_by_an_agent_is_theirs(site: Any, solved: str, invitation: Any) -> None:
    path = f"/rest/servicedeskapi/request/{solved}/comment"
    site.program("POST", "/faults", status=500, method="POST", path=path, after=True)
    with pytest.raises(Unreachable):
        send(site, invitation(solved))
    site.program("POST", f"/tickets/{solved}/transition", name="Reopen")
    assert "left to them" in send(site, invitation(solved)).detail
    assert site.find(solved).resolution_key is None


def test_a_real_reopen_afterwards_is_a_reopen(site: Any, solved: str, invitation: Any) -> None:
    first = site.find(solved).resolution_key
    send(site, invitation(solved))
    site.program("POST", f"/tickets/{solved}/reopen")
    assert site.find(solved).past_resolution_keys == (first,)
    site.program("POST", f"/tickets/{solved}/solve")
    assert site.find(solved).resolution_key not in (None, first)


def test_an_issue_that_is_no_request_asks_nobody(site: Any, solved: str, invitation: Any) -> None:
    body = {"fields": {"project": {"key": "SD"}, "summary": "Made inside Jira", "issuetype": {"id": "10010"}}}
    made = site.api("POST", "/rest/api/3/issue", body)
    receipt = send(site, invitation(made["id"]))
    assert receipt.state is ReceiptState.REFUSED
    assert "no customer request" in receipt.detail


def test_an_issue_that_is_gone_asks_nobody(site: Any, solved: str, invitation: Any) -> None:
    site.program("POST", f"/tickets/{solved}/delete")
    assert send(site, invitation(solved)).state is ReceiptState.REFUSED
