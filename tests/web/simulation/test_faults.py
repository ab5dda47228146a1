"""What goes wrong on demand with API calls, and what is noted of them."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests


def statuses(helpdesk: Any, count: int) -> list[int]:
    return [helpdesk.api().status_code for _ in range(count)]


def test_a_fault_lasts_as_often_as_asked(helpdesk: Any) -> None:
    helpdesk.control("POST", "/faults", {"status": 503, "times": 2})
    assert statuses(helpdesk, 3) == [503, 503, 200]
    assert helpdesk.control("GET", "/faults")["requests"] == []


def test_a_fault_is_answered_in_the_vendors_words(helpdesk: Any) -> None:
    helpdesk.control("POST", "/faults", {"status": 429, "reason": "burst"})
    assert helpdesk.api().text == "429 burst"


def test_a_fault_may_be_meant_for_one_method_and_path(helpdesk: Any) -> None:
    helpdesk.control("POST", "/faults", {"status": 500, "path": "/api/tickets", "method": "post"})
    assert helpdesk.api("/api/tickets/1").status_code == 200
    assert helpdesk.api("/api/other", "POST").status_code == 200
    assert helpdesk.api("/api/tickets/1", "POST").status_code == 500


def test_a_delay_lasts_until_cleared(helpdesk: Any) -> None:
    helpdesk.control("POST", "/faults", {"delay": 0.05})
    for _ in range(2):
        began = time.monotonic()
        assert helpdesk.api().status_code == 200
        assert time.monotonic() - began >= 0.05
    helpdesk.control("DELETE", "/faults")
    assert helpdesk.control("GET", "/faults")["requests"] == []


def test_a_connection_is_cut(helpdesk: Any) -> None:
    helpdesk.control("POST", "/faults", {"drop": True})
    with pytest.raises(requests.ConnectionError):
        helpdesk.api()
    assert helpdesk.done == []
    assert [row["status"] for row in helpdesk.control("GET", "/requests")] == [None]


@pytest.mark.parametrize("fault", [{"status": 502}, {"drop": True}], ids=["answered", "cut"])
def test_a_request_may_be_done_although_its_answer_is_lost(helpdesk: Any, fault: Any) -> None:
    helpdesk.control("POST", "/faults", fault | {"after": True})
    try:
        assert helpdesk.api("/api/notes", "POST").status_code == 502
    except requests.ConnectionError:
        assert "drop" in fault
    assert helpdesk.done == ["POST notes"]


def test_requests_are_noted_with_who_asked_but_not_what_control_asks(helpdesk: Any) -> None:
    helpdesk.api("/api/ping?page=2")
    helpdesk.control("GET", "/tickets")
    (row,) = helpdesk.control("GET", "/requests")
    assert (row["method"], row["path"], row["query"], row["status"]) == ("GET", "/api/ping", {"page": "2"}, 200)
    assert row["user"] == "ada@little.example"
    helpdesk.control("DELETE", "/requests")
    assert helpdesk.control("GET", "/requests") == []


def test_faults_spare_the_screen_and_control(helpdesk: Any) -> None:
    helpdesk.control("POST", "/faults", {"status": 500, "times": 9})
    assert helpdesk.api("/agent/").status_code == 200
    assert helpdesk.control("GET", "/tickets")


@pytest.mark.parametrize(
    "wanted",
    [
        {"status": 418},
        {"status": "503"},
        {"explode": True},
        {"times": 2},
        {"delay": "long"},
        {"status": 500, "times": 1.5},
        {"drop": 1},
        {"lose_webhooks": -1},
        {"duplicate_webhooks": "twice"},
        ["status"],
    ],
    ids=str,
)
def test_a_fault_that_makes_no_sense_is_refused_and_changes_nothing(helpdesk: Any, wanted: Any) -> None:
    before = helpdesk.control("GET", "/faults")
    answer = helpdesk.order("POST", "/faults", wanted)
    assert answer.status_code == 400
    assert answer.json()["description"]
    assert helpdesk.control("GET", "/faults") == before
