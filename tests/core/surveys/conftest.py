"""Recorded visits, as the ledger sees them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskpulse.surveys.ledger import Answer, HitKind, HitRecord

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KINDS = {
    "opens": HitKind.VIEW,
    "asks": HitKind.HEAD,
    "follows the hidden link": HitKind.TRAP,
    "sends": HitKind.ANSWER,
}


@dataclass
class Recording:
    """Turns the steps of a trace into hits: who has cookies keeps one visit, who has none gets a new one each time."""

    without_cookies: list[str]
    hits: list[HitRecord] = field(default_factory=list)
    shown: dict[str, HitRecord] = field(default_factory=dict)
    opened: dict[str, HitRecord] = field(default_factory=dict)

    def add(self, step: dict[str, Any]) -> None:
        who, kind, number = step["visitor"], KINDS[step["does"]], len(self.hits) + 1
        cookies = who not in self.without_cookies
        page = None
        if kind is HitKind.ANSWER:
            page = self.opened[step["form_of"]] if "form_of" in step else self.shown.get(who)
        used = page is not None and any(hit.uses == page.nonce for hit in self.hits)
        visit = page.visit if page else who if cookies else f"{who} {number}"
        hit = HitRecord(
            id=number,
            kind=kind,
            at=START + timedelta(seconds=step["at"]),
            visit=visit,
            nonce=f"nonce {number}",
            uses=page.nonce if page and not used else None,
            score=step.get("score"),
            answer=Answer(step["score"]) if kind is HitKind.ANSWER else None,
            cookie=cookies and visit == who,
            scripted=step.get("scripted", False),
            activated=step.get("gesture", False),
            prefetch=step.get("prefetch", False),
        )
        self.hits.append(hit)
        if kind in (HitKind.VIEW, HitKind.ANSWER):
            self.shown[who] = hit
        if kind is HitKind.VIEW:
            self.opened[who] = hit


TRACES = sorted((Path(__file__).parent / "traces").glob("*.json"))


@pytest.fixture(params=TRACES, ids=lambda path: path.stem)
def trace(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    recording = Recording(found["without_cookies"])
    for step in found["steps"]:
        recording.add(step)
    return found | {"hits": recording.hits}
