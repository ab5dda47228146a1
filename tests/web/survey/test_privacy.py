"""Links are secrets: they are in no log and no Referer, and no cache or search engine keeps what they lead to."""

from __future__ import annotations

import io
import logging
import sys
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from deskpulse.desk import Desk
from deskpulse.surveys.models import Invite
from deskpulse_web import main

KEPT_NOWHERE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": None,
}


def assert_private(answer: Any) -> None:
    for name, value in KEPT_NOWHERE.items():
        assert answer.headers.get(name) == value, (answer.request.path, name)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_every_page_behind_a_link_is_private(desk: Desk, ask: Any, browser: Any, clock: Any) -> None:
    token = ask("4711")
    person = browser()
    for path in ("", "?score=9", "/opt-out", "/all", "/thanks"):
        assert_private(person.open(f"/s/{token}{path}"))
    assert_private(person.open(f"/s/{token}x"))
    assert_private(person.open("/?tc=ts&cpc=northwind&tid=1&rgid=SD"))
    assert_private(person.open("/?tc=ts&cpc=nobody"))
    assert_private(person.open(f"/s/{token}", "POST", data={"score": "x"}))
    assert_private(person.open(f"/s/{token}", "POST", data={"comment": "x" * 80_000}))
    person = browser()
    person.open(f"/s/{token}")
    sent = person.send(9)
    assert_private(sent)
    assert_private(person.open(sent.location))
    assert_private(browser().open(f"/s/{token}"))
    for values in ({"state": "withdrawn", "ended_at": clock.at}, {"expires_at": clock.at}):
        late = ask(str(values))
        with desk.db.write() as session:
            session.execute(update(Invite).where(Invite.state == "sent").values(**values))
        assert_private(browser().open(f"/s/{late}"))


@pytest.mark.parametrize("error", [OperationalError("SELECT", {}, Exception("gone")), RuntimeError("a bug")])
def test_no_log_names_a_token(
    app: Flask, desk: Desk, ask: Any, browser: Any, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    caplog.set_level(logging.DEBUG)
    main._log_from(logging.DEBUG)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    token = ask("4711")

    def fail(*_: object, **__: object) -> None:
        raise error

    try:
        for way in ("write_core", "read_core", "read", "write"):
            monkeypatch.setattr(type(desk.db), way, fail)
        for path, method in (("", "GET"), ("", "POST"), ("/thanks", "GET"), ("/opt-out", "POST")):
            answer = browser().open(f"/s/{token}{path}", method, data={"score": "9"} if method == "POST" else None)
            assert answer.status_code >= 500
            assert_private(answer)
            assert token not in answer.text
    finally:
        structlog.reset_defaults()
    said = stream.getvalue() + caplog.text
    assert "/s/<token>" in said
    assert token not in said


def test_the_thank_you_page_links_nowhere_else(ask: Any, browser: Any) -> None:
    person = browser()
    person.open(f"/s/{ask('4711')}")
    person.send(9)
    assert person.page is not None
    page = person.open(person.page.location).text
    assert "http://" not in page
    assert "https://" not in page
