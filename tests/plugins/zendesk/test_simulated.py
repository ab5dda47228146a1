"""The plug-in against the simulator over loopback HTTP: set-up, deliveries, look-ups, write-back, export, OAuth."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from deskpulse.plugin_api import (
    AuthExpired,
    Change,
    Connection,
    EventKind,
    Outcome,
    ProvisionReport,
    ReceiptState,
    Result,
    SampleAgent,
    SampleCustomer,
    SampleGroup,
    SampleTicket,
    SampleWorld,
    TicketRef,
)
from deskpulse.testing.factories import Renewal
from deskpulse_zendesk import plugin
from deskpulse_zendesk.kind import KIND
from deskpulse_zendesk.simulator import ZendeskSimulator
from fixtures.plugins import Helpdesk, MakeConnection, opened

LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
RITA = "rita@example.com"
WORLD = SampleWorld(
    groups=[SampleGroup("Service Desk"), SampleGroup("Field")],
    agents=[
        SampleAgent("Anton", "anton@acme.example", ("Service Desk", "Field")),
        SampleAgent("Sus", "sus@acme.example", ("Field",), suspended=True),
    ],
    customers=[
        SampleCustomer("Rita", RITA, location="Berlin", function="Sales"),
        SampleCustomer("Phone Fred", None),
    ],
    tickets=[
        SampleTicket(
            "Printer", "rita@example.com", "anton@acme.example", "Service Desk", LONG_AGO, category="Hardware"
        ),
        SampleTicket("Mouse", RITA, None, None, LONG_AGO),
        SampleTicket("Call", "Phone Fred", "anton@acme.example", "Field", LONG_AGO),
    ],
)


class Desk(Helpdesk):
    """A Zendesk account with segments from a user field."""

    def connection(self, renewal: Renewal | None = None, **settings: str) -> Connection:
        return super().connection(renewal, **{"segment1_field": "user:location", **settings})

    def api(self, method: str, path: str, body: Any = None) -> Any:
        access = self.simulator.access()
        sign_in = (f"{access.settings['email']}/token", access.secrets["api_token"])
        return self.call(method, f"/api/v2{path}", body, auth=sign_in)


@pytest.fixture
def desk(connection: MakeConnection) -> Iterator[Desk]:
    with opened(Desk, plugin, ZendeskSimulator(), WORLD, connection) as found:
        yield found


def changes(report: ProvisionReport) -> set[Change]:
    return {step.change for step in report.steps}


def test_the_connection_can_be_checked(desk: Desk) -> None:
    report = plugin.deskpulse_check_connection(desk.connection())
    assert report.ok, report.lines
    assert not plugin.deskpulse_check_connection(desk.make(settings=desk.simulator.access().settings, secrets={})).ok
    wrong = desk.make(settings=desk.simulator.access().settings, secrets={"api_token": "wrong-token"})
    assert not plugin.deskpulse_check_connection(wrong).ok


def test_set_up_shown_done_repeated_repaired_and_undone(desk: Desk) -> None:
    shown = desk.provision(dry_run=True)
    assert changes(shown) == {Change.CREATE}
    assert desk.writes() == []
    assert shown.facts == shown.secrets == {}

    done = desk.provision()
    assert [step.what for step in done.steps] == [step.what for step in shown.steps]
    assert done.secrets["signing_secret"]
    assert done.manual_steps
    again = desk.provision()
    assert changes(again) == {Change.KEEP}
    assert (dict(again.secrets), again.manual_steps) == ({}, ())
    assert {**done.facts, **again.facts} == done.facts

    desk.facts.clear()
    assert changes(desk.provision()) == {Change.KEEP}, "a lost memory makes no second copy"

    desk.api("PATCH", f"/webhooks/{desk.facts['webhook_id']}", {"webhook": {"status": "inactive"}})
    desk.api("PUT", f"/triggers/{desk.facts['trigger_solved_id']}", {"trigger": {"active": False}})
    desk.api("DELETE", f"/triggers/{desk.facts['trigger_reopened_id']}")
    repaired = {step.what: step.change for step in desk.provision().steps}
    assert repaired["webhook"] is Change.REPAIR
    assert repaired["trigger 'DeskPulse: ticket solved'"] is Change.REPAIR
    assert repaired["trigger 'DeskPulse: ticket reopened'"] is Change.CREATE
    assert changes(desk.provision()) == {Change.KEEP}

    before = desk.secrets["signing_secret"]
    desk.api("POST", f"/webhooks/{desk.facts['webhook_id']}/signing_secret")
    rotated = desk.provision().secrets
    assert rotated["signing_secret_old"] == before != rotated["signing_secret"]

    assert changes(desk.provision(remove=True, dry_run=True)) == {Change.REMOVE}
    removed = desk.provision(remove=True)
    assert changes(removed) == {Change.REMOVE}
    assert len(removed.steps) == len(done.steps)
    assert set(removed.facts.values()) == set(removed.secrets.values()) == {""}
    desk.facts.clear()
    assert desk.provision(remove=True).steps == ()
    assert not [one for one in desk.api("GET", "/triggers")["triggers"] if "DeskPulse" in one["title"]]


def test_fields_that_were_there_before_are_used_and_never_removed(desk: Desk) -> None:
    own = {"key": "nps_last_score", "title": "Ours", "type": "text", "description": "made by hand"}
    desk.api("POST", "/user_fields", {"user_field": own})
    done = {step.what: step for step in desk.provision().steps}
    assert done["user field nps_last_score"].change is Change.KEEP
    assert "another type" in done["user field nps_last_score"].detail
    desk.provision(remove=True)
    assert "nps_last_score" in {one["key"] for one in desk.api("GET", "/user_fields")["user_fields"]}


def test_invitations_by_the_helpdesk_come_and_go(desk: Desk) -> None:
    def link(placeholders: Any) -> str:
        return "https://nps.example.com/?tc=ts&" + "&".join(f"{name}={value}" for name, value in placeholders.items())

    wish: dict[str, Any] = {"helpdesk_invites": True, "invite_link": link}
    desk.provision(**wish)
    assert desk.facts["trigger_invite_id"]
    assert changes(desk.provision(**wish)) == {Change.KEEP}
    key = desk.ticket("Printer")
    desk.program("POST", f"/tickets/{key}/solve")
    (mail,) = (one for one in desk.program("GET", "/mails") if "How did we do" in one["subject"])
    query = parse_qs(urlsplit(re.findall(r"https://\S+", mail["body"])[0]).query)
    found = desk.find(key)
    assert query["tid"] == [key]
    assert query["agid"] == ["anton@acme.example"]
    assert (query["rgid"], query["cid"]) == ([found.group.id], [found.customer.id])
    gone = {step.what: step.change for step in desk.provision().steps}
    assert gone["trigger 'DeskPulse: ask the requester'"] is Change.REMOVE
    assert desk.facts["trigger_invite_id"] == ""


def test_solving_and_reopening_reach_us_signed_and_the_key_counts(desk: Desk) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    keys = []
    for action in ("solve", "reopen", "solve"):
        desk.program("POST", f"/tickets/{key}/{action}")
        assert desk.simulator.wait_idle()
        found = desk.find(key)
        keys.append((found.resolution_key, found.past_resolution_keys))
    assert keys == [("0", ()), (None, ("0",)), ("1", ("0",))]

    events = []
    for delivery in desk.deliveries:
        assert KIND.scheme.verify(delivery, desk.connection().current_secrets("signing_secret")).delivery_id
        (event,) = plugin.deskpulse_read_delivery(delivery)
        events.append(event.kind)
        assert event.ticket == TicketRef(key, key)
    assert sorted(events) == [EventKind.CLOSED, EventKind.CLOSED, EventKind.REOPENED]
    test = desk.api("POST", f"/webhooks/test?webhook_id={desk.facts['webhook_id']}", {"request": {}})
    assert test["response"]["status_code"] == 202
    assert list(plugin.deskpulse_read_delivery(desk.deliveries[-1])) == []


def test_a_ticket_with_everything_and_one_with_nothing(desk: Desk) -> None:
    field_id = next(
        one["id"] for one in desk.api("GET", "/ticket_fields")["ticket_fields"] if one["title"] == "Category"
    )
    full = desk.find(desk.ticket("Printer"), category_field=str(field_id))
    assert (full.customer.email, full.segment1, full.category) == ("rita@example.com", "Berlin", "category_hardware")
    assert (full.agent.email, full.group.name, full.reassignments) == ("anton@acme.example", "Service Desk", 0)
    bare = desk.find(desk.ticket("Mouse"))
    assert (bare.agent, bare.group, bare.category, bare.resolution_key) == (None, None, None, None)
    assert desk.find(desk.ticket("Call")).customer.email is None
    assert desk.find("999999999") is None


def test_a_ticket_takes_one_call(desk: Desk) -> None:
    key = desk.ticket("Printer")
    desk.program("DELETE", "/requests")
    assert desk.find(key).reopens == 0
    assert len(desk.program("GET", "/requests")) == 1


def test_people(desk: Desk) -> None:
    found = desk.find(desk.ticket("Printer"))
    assert plugin.deskpulse_find_agent(desk.connection(), found.agent.id) == found.agent
    assert plugin.deskpulse_find_customer(desk.connection(), found.customer.id) == found.customer
    assert plugin.deskpulse_find_agent(desk.connection(), "999999999") is None


def test_an_answer_written_once_twice_changed_and_after_closing(desk: Desk, result: Callable[..., Result]) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    desk.program("POST", f"/tickets/{key}/solve")
    assert desk.simulator.wait_idle()
    delivered = len(desk.deliveries)
    customer = desk.find(key).customer.id

    def write(**more: Any) -> Any:
        answer = result(customer_id=customer, **more)
        return plugin.deskpulse_write_back(desk.connection(), TicketRef(key), answer)

    def stored() -> tuple[str | None, list[str], int, Any]:
        raw = desk.program("GET", f"/tickets/{key}")
        values = {str(one["id"]): one["value"] for one in raw["custom_fields"]}
        ours = [one for one in raw["comments"] if "[DeskPulse" in one["body"]]
        assert all(one["public"] is False for one in ours)
        tags = [tag for tag in raw["tags"] if tag.startswith("nps_")]
        return values[desk.facts["score_field_id"]], tags, len(ours), raw["requester"]["user_fields"]["nps_last_score"]

    assert write().state is ReceiptState.DONE
    assert stored() == ("9", ["nps_promoter"], 1, 9)
    writes = desk.writes()
    assert write().state is ReceiptState.ALREADY
    assert (stored(), desk.writes()) == (("9", ["nps_promoter"], 1, 9), writes)

    desk.program("POST", "/faults", status=409, method="PUT", path="/api/v2/tickets")
    assert write(score=3, revision=2).state is ReceiptState.DONE
    assert stored() == ("3", ["nps_detractor"], 2, 3)
    assert desk.program("GET", f"/tickets/{key}")["status"] == "solved"

    desk.program("POST", "/clock", advance=100 * 3600)
    assert desk.program("GET", f"/tickets/{key}")["status"] == "closed"
    late = write(score=8, revision=3)
    assert (late.state, "closed" in late.detail) == (ReceiptState.PARTLY, True)
    assert stored() == ("3", ["nps_detractor"], 2, 8)
    assert desk.simulator.wait_idle()
    assert len(desk.deliveries) == delivered, "our own writing calls nobody"


def test_the_same_answer_from_two_workers_leaves_one_note(desk: Desk, result: Callable[..., Result]) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    desk.program("POST", f"/tickets/{key}/solve")
    desk.program("POST", "/clock", advance=30)
    desk.program("POST", "/faults", delay=0.1, path="/api/v2/tickets", method="PUT")

    def write() -> None:
        plugin.deskpulse_write_back(desk.connection(), TicketRef(key), result(customer_id=None))

    workers = [threading.Thread(target=write) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    raw = desk.program("GET", f"/tickets/{key}")
    assert sum("[DeskPulse r7.1]" in one["body"] for one in raw["comments"]) == 1


def test_groups_with_many_members_take_pages_not_groups(desk: Desk) -> None:
    desk.program("POST", "/populate", groups=120, agents=230)
    field_group = next(one for one in desk.api("GET", "/groups")["groups"] if one["name"] == "Field")
    desk.api("DELETE", f"/groups/{field_group['id']}")
    desk.program("DELETE", "/requests")
    found = {group.name: group for group in plugin.deskpulse_sync_groups(desk.connection())}
    asked = [one["path"] for one in desk.program("GET", "/requests")]
    assert len(found) >= 122
    assert not found["Field"].active
    assert [agent.email for agent in found["Service Desk"].members] == ["anton@acme.example"]
    assert len({agent.id for group in found.values() for agent in group.members}) >= 230
    assert len(asked) <= 10, asked


def test_what_webhooks_missed_is_found(desk: Desk) -> None:
    desk.provision()
    desk.program("POST", "/faults", lose_webhooks=99)
    printer, mouse, call = (desk.ticket(name) for name in ("Printer", "Mouse", "Call"))
    for action in ("solve", "reopen", "solve"):
        desk.program("POST", f"/tickets/{printer}/{action}")
    gone = str(desk.api("POST", "/tickets", {"ticket": {"subject": "Spam", "comment": {"body": "x"}}})["ticket"]["id"])
    desk.api("DELETE", f"/tickets/{gone}")
    body = {"ids": [int(mouse)], "target_comment": "one", "source_comment": "two"}
    desk.api("POST", f"/tickets/{call}/merge", body)
    desk.program("POST", f"/tickets/{call}/solve")
    desk.program("POST", f"/tickets/{call}/reopen")
    desk.program("POST", "/clock", advance=120)
    assert desk.simulator.wait_idle()
    assert desk.deliveries == []

    pages = list(plugin.deskpulse_closed_since(desk.connection(), (LONG_AGO - timedelta(days=1)).isoformat()))
    found = {event.ticket.id: event for events, _ in pages for event in events}
    assert (found[printer].kind, found[printer].resolution_key) == (EventKind.CLOSED, "1")
    assert (found[mouse].kind, found[mouse].resolution_key) == (EventKind.CLOSED, "0")
    assert found[gone].kind is EventKind.CLOSED
    assert found[call].kind is EventKind.REOPENED
    assert desk.find(printer).resolution_key == "1"
    assert desk.find(mouse).outcome is Outcome.MERGED
    assert desk.find(gone) is None

    cursor = pages[-1][1]
    assert [list(events) for events, _ in plugin.deskpulse_closed_since(desk.connection(), cursor)] == [[]]
    broken = f"{cursor.partition('|')[0]}|not-a-cursor"
    again = {
        event.ticket.id for events, _ in plugin.deskpulse_closed_since(desk.connection(), broken) for event in events
    }
    assert printer in again


def grant(desk: Desk) -> Renewal:
    """Consent in the browser, as an administrator does; gives the renewal with the tokens in it."""
    assert KIND.oauth is not None
    client = desk.simulator.oauth_client()
    callback = "https://nps.example.com/oauth/k1/callback"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B
    settings = {**desk.simulator.access().settings, "client_id": client.identifier}
    page = requests.get(KIND.oauth.authorize_url(settings, callback, "state-1", challenge), timeout=10).text
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    answer = requests.post(
        f"{desk.url}/oauth/authorizations", data={**fields, "decision": "allow"}, allow_redirects=False, timeout=10
    )
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["state-1"]
    safe = Renewal({"client_secret": client.secret})
    asking = desk.make(settings=settings, renewal=safe)
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    safe.secrets.update(KIND.oauth.exchange(asking, query["code"][0], verifier, callback))
    return safe


def test_oauth_from_consent_to_rotation(desk: Desk) -> None:
    safe = grant(desk)
    settings = {"auth": "oauth", "client_id": desk.simulator.oauth_client().identifier}
    assert plugin.deskpulse_check_connection(desk.connection(safe, **settings)).ok
    assert safe.times == 0

    first = dict(safe.secrets)
    desk.program("POST", "/oauth/expire")
    held = desk.connection(safe, **settings)
    key = desk.ticket("Printer")
    found = desk.find_twice_at_once(held, key)
    assert [one.ref.id for one in found] == [key, key]
    assert safe.times == 1
    assert safe.secrets["refresh_token"] != first["refresh_token"]

    desk.program("POST", "/oauth/expire")
    safe.secrets["refresh_token"] = first["refresh_token"]
    with pytest.raises(AuthExpired, match="refused"):
        plugin.deskpulse_find_ticket(desk.connection(safe, **settings), key)


def test_client_credentials(desk: Desk) -> None:
    client = desk.simulator.oauth_client()
    safe = Renewal({"client_secret": client.secret})
    settings = {"auth": "client_credentials", "client_id": client.identifier}
    assert plugin.deskpulse_check_connection(desk.connection(safe, **settings)).ok
    desk.program("POST", "/oauth/expire")
    assert plugin.deskpulse_check_connection(desk.connection(safe, **settings)).ok
    assert safe.times == 2


def test_the_ticket_on_the_agents_screen(desk: Desk) -> None:
    key = desk.ticket("Printer")
    url = plugin.deskpulse_ticket_url(desk.connection(), TicketRef(key))
    assert url == f"{desk.url}/agent/tickets/{key}"
    assert requests.get(url, timeout=10).ok
