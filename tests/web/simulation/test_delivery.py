"""Deliveries: tried again by the vendor's rule, lost, doubled and out of order on demand, and told to programs."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from werkzeug import Response

from deskpulse_simulation.attempts import Call
from fixtures.processes import wait_until


@pytest.fixture
def sending(helpdesk: Any, receiver: Any) -> Any:
    """The helpdesk, its deliveries going to the receiver."""
    helpdesk.courier.url = receiver.url
    return helpdesk


def bodies(received: Any) -> list[str]:
    return [one.body.decode() for one in received]


def finished(helpdesk: Any, count: int) -> list[Any]:
    """All deliveries, once so many of them are done."""

    def done() -> list[Any]:
        return [one for one in helpdesk.control("GET", "/deliveries") if one["status"] != "pending"]

    wait_until(lambda: len(done()) >= count, "deliveries being finished", 8, 0.02)
    assert helpdesk.parts.dispatcher.wait_idle(8)
    listed: list[Any] = helpdesk.control("GET", "/deliveries")
    return listed


def test_what_receivers_answered_is_told(sending: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response(status=503, headers={"Retry-After": "30"}) if number == 1 else Response()
    sending.send("d1", "one")
    receiver.wait(1)
    finished(sending, 1)
    sending.send("d2", "other")
    receiver.wait(2)
    failed, taken = finished(sending, 2)
    attempt = {"status_code": 503, "timed_out": False, "retry_after": 30.0, "problem": None}
    assert failed == {"id": "d1", "target": "one", "status": "failed", "attempts": [attempt]}
    assert (taken["id"], taken["status"]) == ("d2", "success")
    assert sending.control("GET", "/deliveries?target=other") == [taken]


def test_a_wait_passes_when_the_clock_is_stepped(sending: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response(status=500)
    sending.send("d1")
    for tries in (1, 2, 3):
        assert receiver.wait(tries)[-1].headers["X-Tries"] == str(tries - 1)
        finished(sending, 1)
        sending.control("POST", "/clock", {"advance": 60})
    finished(sending, 1)
    assert len(receiver.got) == 3
    with sending.parts.lock:
        assert sending.parts.dispatcher.age(sending.parts.dispatcher.log()[0]) >= 180


def test_waits_can_be_shortened_to_scale(sending: Any, receiver: Any) -> None:
    assert sending.control("POST", "/delivery", {"scale": 0.0001}) == {
        "timeout": 10.0,
        "scale": 0.0001,
        "retry_wait": 60.0,
    }
    receiver.answer = lambda number: Response(status=500)
    sending.send("d1")
    assert [one.headers["X-Tries"] for one in receiver.wait(3)] == ["0", "1", "2"]


def test_a_receiver_that_takes_too_long_or_is_gone(sending: Any, receiver: Any) -> None:
    given_up = threading.Event()

    def slow(number: int) -> Response:
        given_up.wait(8)
        return Response()

    receiver.answer = slow
    sending.control("POST", "/delivery", {"timeout": 0.05})
    sending.send("slow")
    finished(sending, 1)
    given_up.set()
    sending.courier.url = "http://127.0.0.1:9/"
    sending.send("gone")
    slow_one, gone = finished(sending, 2)
    assert (slow_one["attempts"][0]["timed_out"], slow_one["attempts"][0]["status_code"]) == (True, None)
    assert gone["attempts"][0]["problem"] == "ConnectionError"


def test_a_vendor_may_send_nothing_at_all(helpdesk: Any) -> None:
    helpdesk.send("d1")
    assert finished(helpdesk, 1) == [{"id": "d1", "target": "hook", "status": "nowhere to go", "attempts": []}]


def test_lost_deliveries_never_come(sending: Any, receiver: Any) -> None:
    sending.control("POST", "/faults", {"lose_webhooks": 2})
    for key in ("d1", "d2", "d3"):
        sending.send(key)
    assert bodies(receiver.wait(1)) == ["d3"]
    assert [one["status"] for one in finished(sending, 3)] == ["failed", "failed", "success"]
    assert bodies(receiver.got) == ["d3"]


def test_every_delivery_is_doubled_until_cleared(sending: Any, receiver: Any) -> None:
    sending.control("POST", "/faults", {"duplicate_webhooks": 1})
    sending.send("d1")
    assert bodies(receiver.wait(2)) == ["d1", "d1"]
    sending.control("DELETE", "/faults")
    sending.send("d2")
    assert bodies(receiver.wait(3)) == ["d1", "d1", "d2"]


def test_deliveries_are_held_and_come_in_another_order(sending: Any, receiver: Any) -> None:
    sending.control("POST", "/faults", {"reorder_webhooks": 3})
    keys = ["d1", "d2", "d3"]
    for key in keys:
        assert receiver.got == []
        sending.send(key)
    came = bodies(receiver.wait(3))
    assert sorted(came) == keys
    assert came != keys


def test_what_is_held_goes_out_when_faults_are_cleared(sending: Any, receiver: Any) -> None:
    sending.control("POST", "/faults", {"reorder_webhooks": 3})
    sending.send("d1")
    sending.control("DELETE", "/faults")
    assert bodies(receiver.wait(1)) == ["d1"]


def test_one_request_outside_the_log(sending: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response("hello", 201)
    attempt = sending.parts.dispatcher.try_once(Call("PUT", receiver.url, {}, b"try"))
    assert (attempt.status_code, attempt.answer_body, attempt.taken) == (201, "hello", True)
    assert (receiver.got[0].method, receiver.got[0].body) == ("PUT", b"try")
    assert sending.control("GET", "/deliveries") == []


def test_nothing_is_sent_after_the_end(sending: Any, receiver: Any) -> None:
    sending.parts.close()
    sending.send("d1")
    assert receiver.got == []
    assert sending.control("GET", "/deliveries")[0]["attempts"] == []
