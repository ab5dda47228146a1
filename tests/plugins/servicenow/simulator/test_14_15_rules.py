"""Contract 14 and 15: rules fire on our own writes too, and what calls out of an asynchronous rule are worth."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug import Response

from deskpulse.simulation import SampleTicket, SampleWorld

SECRET = "nps-demo-secret"


def install(account: Any, maker: Any, receiver: Any) -> None:
    account.sim.install_app(maker.package(), {"address": receiver.url, "secret": SECRET})


@pytest.fixture
def telling(account: Any, outbox: Any, receiver: Any) -> Any:
    """The account with the outbox set; the scheduled script runs only when it is asked to."""
    account.control("/delivery", {"scheduler": 3600.0, "timeout": 1.0})
    install(account, outbox, receiver)
    return account


def bodies(receiver: Any, count: int) -> list[Any]:
    return [json.loads(one.body) for one in receiver.wait(count)]


def test_14_our_own_patch_fires_the_rule_again(account: Any, maker: Any, receiver: Any) -> None:
    maker.property("nps.address")
    maker.rule(
        """var call = new sn_ws.RESTMessageV2();
        call.setEndpoint(gs.getProperty('nps.address'));
        call.setHttpMethod('post');
        call.setRequestBody(JSON.stringify({by: String(current.sys_updated_by), user: gs.getUserName()}));
        call.execute();""",
        filter_condition="",
    )
    account.sim.install_app(maker.package(), {"address": receiver.url})
    key = account.id("Open")
    account.control(f"/tickets/{key}/solve", {})
    assert bodies(receiver, 1)[0] == {"by": "sam", "user": "sam"}
    account.patch("incident", key, {"priority": "1"})
    assert bodies(receiver, 2)[1] == {"by": "deskpulse.integration", "user": "deskpulse.integration"}


def test_15_a_call_is_signed_over_time_and_body(telling: Any, receiver: Any) -> None:
    key = telling.id("Open")
    telling.control(f"/tickets/{key}/solve", {})
    (call,) = receiver.wait(1)
    stamp = call.headers["X-Nps-Timestamp"]
    mac = hmac.new(SECRET.encode(), f"{stamp}.".encode() + call.body, hashlib.sha256).digest()
    assert call.headers["X-Nps-Signature"] == f"v1={base64.b64encode(mac).decode()}"
    assert call.headers["X-Nps-Event-Id"] == f"{key}:6:0"


def test_15_resolving_and_closing_are_two_calls(telling: Any, receiver: Any) -> None:
    key = telling.id("Open")
    telling.control(f"/tickets/{key}/solve", {})
    assert telling.sim.wait_idle()
    telling.control("/clock", {"advance": 8 * 86_400})
    assert telling.sim.wait_idle()
    first, second = (one for one in bodies(receiver, 3) if one["sys_id"] == key)
    assert (first["event_id"], first["sys_updated_by"]) == (f"{key}:6:0", "sam")
    assert (second["event_id"], second["sys_updated_by"]) == (f"{key}:7:0", "admin")
    assert telling.one("incident", key, fields="state,active") == {"state": "7", "active": "false"}


def test_15_a_reopened_and_resolved_incident_is_another_turn(telling: Any, receiver: Any) -> None:
    key = telling.id("Open")
    for action in ("solve", "reopen", "solve"):
        telling.control(f"/tickets/{key}/{action}", {})
        assert telling.sim.wait_idle()
    assert [one["event_id"] for one in bodies(receiver, 2)] == [f"{key}:6:0", f"{key}:6:1"]


def test_15_asynchronous_rules_may_swap_places(telling: Any, receiver: Any) -> None:
    telling.control("/faults", {"reorder_webhooks": 2})
    first, second = telling.id("Open"), telling.id("More 0")
    for key in (first, second):
        telling.control(f"/tickets/{key}/solve", {})
    assert [one["sys_id"] for one in bodies(receiver, 2)] == [second, first]


def test_15_clearing_faults_lets_go_what_is_held_back(telling: Any, receiver: Any) -> None:
    telling.control("/faults", {"reorder_webhooks": 3})
    telling.control(f"/tickets/{telling.id('Open')}/solve", {})
    assert telling.sim.wait_idle()
    assert not receiver.got
    telling.control("/faults", method="DELETE")
    assert bodies(receiver, 1)[0]["sys_id"] == telling.id("Open")


def test_15_a_call_may_come_after_the_reopening(telling: Any, receiver: Any) -> None:
    telling.control("/switches", {"async_reordered": True})
    key = telling.id("Open")
    telling.control(f"/tickets/{key}/solve", {})
    telling.control(f"/tickets/{key}/reopen", {})
    assert not receiver.got
    telling.control(f"/tickets/{telling.id('More 0')}/solve", {})
    late = next(one for one in bodies(receiver, 2) if one["sys_id"] == key)
    assert late["state"] == "2"


def test_15_the_condition_can_be_tested_again(telling: Any, receiver: Any) -> None:
    telling.control("/properties", {"glide.businessrule.async_condition_check": "true"})
    telling.control("/switches", {"async_reordered": True})
    key, other = telling.id("Open"), telling.id("More 0")
    telling.control(f"/tickets/{key}/solve", {})
    telling.control(f"/tickets/{key}/reopen", {})
    telling.control(f"/tickets/{other}/solve", {})
    assert [one["sys_id"] for one in bodies(receiver, 1)] == [other]
    assert telling.sim.wait_idle()
    assert len(receiver.got) == 1


def test_15_what_fails_is_sent_again_by_the_scheduled_script(telling: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response(status=503 if number < 3 else 202)
    key = telling.id("Open")
    telling.control(f"/tickets/{key}/solve", {})
    receiver.wait(1)
    assert telling.sim.wait_idle()
    assert telling.admin.rows("u_nps_outbox")[0]["u_state"] == "waiting"
    telling.control("/clock", {"advance": 60})
    telling.control("/clock", {"advance": 60})
    assert [one["event_id"] for one in bodies(receiver, 3)] == [f"{key}:6:0"] * 3
    assert telling.admin.rows("u_nps_outbox")[0]["u_state"] == "sent"
    told = telling.control("/deliveries", method="GET")
    assert [one["attempts"][0]["status_code"] for one in told] == [503, 503, 202]


def test_15_a_time_out_is_sent_again(telling: Any, receiver: Any) -> None:
    telling.control("/delivery", {"timeout": 0.2})
    gate = threading.Event()
    receiver.answer = lambda number: (gate.wait(5) and None) or Response(status=202)
    key = telling.id("Open")
    telling.control(f"/tickets/{key}/solve", {})
    assert telling.sim.wait_idle()
    assert telling.admin.rows("u_nps_outbox")[0]["u_state"] == "waiting"
    gate.set()
    telling.control("/scheduled")
    assert telling.admin.rows("u_nps_outbox")[0]["u_state"] == "sent"
    assert len(bodies(receiver, 2)) == 2


def test_15_the_scheduled_script_runs_by_itself_every_few_seconds(account: Any, outbox: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response(status=503 if number < 2 else 202)
    install(account, outbox, receiver)
    account.control(f"/tickets/{account.id('Open')}/solve", {})
    first, second = bodies(receiver, 2)[:2]
    assert first == second


def test_15_lost_and_doubled_calls(telling: Any, receiver: Any) -> None:
    telling.control("/faults", {"lose_webhooks": 1})
    telling.control(f"/tickets/{telling.id('Open')}/solve", {})
    assert telling.sim.wait_idle()
    assert telling.admin.rows("u_nps_outbox")[0]["u_state"] == "sent"
    telling.control("/faults", {"duplicate_webhooks": 1})
    key = telling.id("More 0")
    telling.control(f"/tickets/{key}/solve", {})
    assert [one["sys_id"] for one in bodies(receiver, 2)] == [key, key]


def test_15_with_plain_execute_async_a_failed_call_is_lost(account: Any, maker: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response(status=503)
    maker.property("nps.address")
    maker.rule(
        """var call = new sn_ws.RESTMessageV2();
        call.setEndpoint(gs.getProperty('nps.address'));
        call.setHttpMethod('post');
        call.setRequestBody('{}');
        call.executeAsync();""",
        when="after",
    )
    account.sim.install_app(maker.package(), {"address": receiver.url})
    account.control(f"/tickets/{account.id('Open')}/solve", {})
    receiver.wait(1)
    account.control("/clock", {"advance": 3600})
    account.control("/scheduled")
    assert account.sim.wait_idle()
    assert len(receiver.got) == 1


def test_15_nothing_is_sent_while_the_sample_is_loaded_or_after_closing(telling: Any, receiver: Any) -> None:
    moment = datetime.now(UTC)
    telling.sim.load(SampleWorld(tickets=(SampleTicket("Done", "ann@customer.example", None, None, moment, moment),)))
    telling.sim.close()
    telling.control(f"/tickets/{telling.id('Open')}/solve", {})
    telling.sim.wait_idle(0.2)
    assert not receiver.got
