"""The recorded visits again, over real HTTP: what the pages and the database make of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from deskpulse.desk import Desk
from deskpulse.surveys import review
from deskpulse.surveys.models import Response
from deskpulse.testing.serving import serve

TRACES = sorted((Path(__file__).parents[2] / "core" / "surveys" / "traces").glob("*.json"))


class Visitor:
    """Something that speaks HTTP and keeps cookies, or does not."""

    def __init__(self, url: str, form: Any, *, cookies: bool) -> None:
        self.url, self.form, self.cookies = url, form, cookies
        self.session = requests.Session()
        self.nonce = self.opened = ""

    def act(self, step: dict[str, Any], others: dict[str, Visitor]) -> None:
        if not self.cookies:
            self.session.cookies.clear()
        score = f"?score={step['score']}" if "score" in step else ""
        match step["does"]:
            case "opens":
                headers = {"Sec-Purpose": "prefetch"} if step.get("prefetch") else {}
                page = self.session.get(self.url + score, headers=headers)
                self.opened = self._read(page)
            case "asks":
                page = self.session.head(self.url + score)
            case "follows the hidden link":
                page = self.session.get(f"{self.url}/all")
            case _:
                nonce = others[step["form_of"]].opened if "form_of" in step else self.nonce
                marks = {name: "1" for name, key in MARKS.items() if step[key]}
                fields = {"nonce": nonce, "score": step["score"], **marks}
                page = self.session.post(self.url, data=fields, allow_redirects=False)
                self._read(page)
        assert page.status_code in (200, 303)

    def _read(self, page: requests.Response) -> str:
        self.nonce = self.form(page.text) or self.nonce
        return self.nonce


MARKS = {"scripted": "scripted", "activated": "gesture"}


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_trace_over_http(path: Path, desk: Desk, clock: Any, app: Any, ask: Any, nonce_in: Any) -> None:
    trace = json.loads(path.read_text(encoding="utf-8"))
    token, start = ask(), clock.at
    with serve(app) as url:
        visitors: dict[str, Visitor] = {}
        for step in trace["steps"]:
            clock.at = start
            clock.advance(seconds=step["at"])
            who = step["visitor"]
            cookies = who not in trace["without_cookies"]
            visitor = visitors.setdefault(who, Visitor(f"{url}/s/{token}", nonce_in, cookies=cookies))
            visitor.act(step, visitors)
    with desk.db.read() as session:
        counted = session.scalars(select(Response).where(Response.current)).all()
        held = review.quarantined(session, 1)
        provisional = [one.score for one in review.provisional(session, 1)]
    assert [one.score for one in counted] == [trace["confirmed"]] * (trace["confirmed"] is not None)
    assert {one.reason.name for one in held} == set(trace["quarantined"])
    assert all(one.evidence["agent"].startswith("python-requests") for one in held)
    assert provisional == [trace["provisional"]] * (trace["provisional"] is not None)
