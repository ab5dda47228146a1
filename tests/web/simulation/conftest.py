"""A little helpdesk put together from the kit alone, served on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from flask import Blueprint, Flask, Response, jsonify, request
from jinja2 import DictLoader

from deskpulse_simulation.attempts import Attempt, Call, Delivery, Outcome
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.control import Control
from deskpulse_simulation.delivery import Dispatcher, Timings
from deskpulse_simulation.faults import Faults, RequestFault
from deskpulse_simulation.front import Front, RequestLog
from deskpulse_simulation.limits import Windows
from deskpulse_simulation.mailer import Mailer
from deskpulse_simulation.parts import Parts
from deskpulse_simulation.records import BadInput, Json, Mail
from deskpulse_simulation.screen import CHOICES, Brand, Line, Screen, refreshed, static_files
from fixtures.receiver import served

PARTS = """{% from "simulation/macros.html" import entry, fact, status, values %}
<section class="card" data-revision="r1"><h2>Conversation</h2>
{{ entry("Ada", begin, "psst <b>", true) }}
<dl>{{ fact("Status", status("open", "Open")) }}</dl>
{{ values([("Colour", ""), ("Size", "9")], "None.") }}</section>"""
"""What a vendor keeps in a template of its own."""
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Switches:
    """Behaviours of the little helpdesk."""

    polite: bool = True
    colour: str | None = None
    waits: tuple[float, ...] = ()


@dataclass
class Rates:
    """What it allows."""

    per_minute: int = 100


@dataclass
class Waits(Timings):
    """Its rule: three tries, a minute apart."""

    retry_wait: float = 60.0


class Courier:
    """Sends ``{"id": ...}``, with the number of earlier tries in a header."""

    def __init__(self, timings: Waits) -> None:
        self._timings = timings
        self.url = ""

    def call(self, delivery: Delivery) -> Call | Outcome:
        if not self.url:
            return Outcome("nowhere to go")
        return Call("POST", self.url, {"X-Tries": str(len(delivery.attempts))}, delivery.id.encode())

    def judge(self, delivery: Delivery, attempt: Attempt) -> Outcome:
        if attempt.taken:
            return Outcome("success")
        return Outcome("failed", self._timings.retry_wait if len(delivery.attempts) < 2 else None)


@dataclass
class Tickets:
    """Two tickets, and what the control endpoints do with them."""

    clock: Clock
    states: dict[str, str] = field(default_factory=lambda: {"1": "open", "2": "solved"})
    said: list[str] = field(default_factory=list)

    def tickets(self) -> list[Json]:
        return [self.ticket(key) for key in self.states]

    def ticket(self, key: str) -> Json:
        if key not in self.states:
            raise BadInput(f"there is no ticket {key}", 404)
        return {"id": key, "number": key, "status": self.states[key], "open": self.states[key] == "open"}

    def solve(self, key: str, given: Json) -> None:
        self.ticket(key)
        self.states[key] = "solved"

    def reopen(self, key: str, comment: str) -> None:
        self.ticket(key)
        self.states[key] = "open"
        self.said.append(comment)

    def advance(self, seconds: float) -> datetime:
        return self.clock.advance(seconds)

    def populate(self, groups: int, agents: int) -> Json:
        return {"groups": groups, "agents": agents}


@dataclass(frozen=True)
class Agent:
    """Someone at the screen."""

    id: str
    name: str


class Staff:
    """Two agents."""

    _people = (Agent("ada", "Ada"), Agent("bob", "Bob"))

    def people(self) -> list[Agent]:
        return list(self._people)

    def chosen(self, key: str) -> Agent:
        return next((one for one in self._people if one.id == key), self._people[0])


@dataclass
class LittleHelpdesk:
    """All of it, with its address."""

    parts: Parts
    courier: Courier
    app: Front
    url: str = ""
    done: list[str] = field(default_factory=list)
    """API paths that were really served."""

    def api(self, path: str = "/api/ping", method: str = "GET") -> requests.Response:
        return requests.request(method, self.url + path, timeout=10)

    def order(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, f"{self.url}/_sim{path}", json=body, timeout=10)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.order(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, key: str, target: str = "hook") -> None:
        with self.parts.lock:
            self.parts.dispatcher.send(Delivery(key, target))


def fault_answer(fault: RequestFault) -> Response:
    return Response(f"{fault.status} {fault.reason or ''}".strip(), fault.status)


def make() -> LittleHelpdesk:
    lock, clock, faults, timings = threading.RLock(), Clock(), Faults(("jammed_webhooks",)), Waits()
    courier, log = Courier(timings), RequestLog(clock)
    parts = Parts(
        lock=lock,
        clock=clock,
        faults=faults,
        log=log,
        windows=Windows(clock),
        dispatcher=Dispatcher(courier, clock, lock, faults, seed=3, timings=timings),
        mailer=Mailer(None, "Little <support@little.example>", _headers),
        switches=Switches(),
        rates=Rates(),
    )
    flask = Flask("little", static_folder=None)
    flask.jinja_loader = DictLoader({"parts.html": PARTS})
    desk = LittleHelpdesk(parts, courier, Front(flask, faults, log, prefixes=("/api/",), answer=fault_answer))

    @flask.route("/api/<path:name>", methods=["GET", "POST"])
    def api(name: str) -> Response:
        log.asked_by("ada@little.example")
        desk.done.append(f"{request.method} {name}")
        return jsonify({"pong": name})

    flask.register_blueprint(Control(parts, Tickets(clock)).pages)
    flask.register_blueprint(static_files())
    flask.register_blueprint(_pages(desk))
    return desk


def _headers(mail: Mail) -> dict[str, str]:
    return {"X-Ticket": str(mail.ticket_id)}


def _pages(desk: LittleHelpdesk) -> Blueprint:
    screen = Screen(Brand("Little", "Little simulator"), Staff(), lambda: desk.url, lambda: ["http://127.0.0.1:9"])
    line = Line("#1", "Printer", "/agent/tickets/1", "open", "Open", BEGIN, "Ann", "/agent/people/1", "Ada", "Desk")
    ticket = {"number": "#1", "subject": "Printer", "address": "/agent/tickets/1", "open": True, "closed": False}
    person = {"name": "Ann", "address": "/agent/people/1"}

    def add(rule: str, name: str, **values: Any) -> None:
        def page() -> str:
            return screen.page(f"simulation/{name}.html", parts="parts.html", begin=BEGIN, **values)

        screen.pages.add_url_rule(rule, name, page)

    add("/agent/", "list", rows=[line], total=1, query="", chosen="open", choices=CHOICES, placeholder="Subject")
    add("/agent/tickets/new", "new", action="/agent/tickets", people=[("a@b.example", "Ann")], groups=[(1, "A")])
    add("/agent/tickets/1", "ticket", view=ticket)
    add("/agent/people/1", "person", view=person)
    screen.pages.add_url_rule("/agent/tickets/1/parts", "parts", lambda: refreshed("parts.html", "r1", begin=BEGIN))
    screen.pages.add_url_rule("/agent/tickets/1/reply", "reply", lambda: "", methods=["POST"])
    return screen.pages


@pytest.fixture
def helpdesk() -> Iterator[LittleHelpdesk]:
    """The little helpdesk, served; deliveries wait until ``parts.start()``."""
    made = make()
    with served(made.app) as url:
        made.url = url
        made.parts.start()
        yield made
        made.parts.close()
