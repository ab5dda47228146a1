"""``/_sim``: what programs use to watch an account and to make it behave. Never counted, never faulted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from flask import Blueprint, Response, jsonify, request

from deskpulse_simulation.clock import stamp
from deskpulse_simulation.parts import Parts
from deskpulse_simulation.records import BadInput, Json
from deskpulse_simulation.settings import assign

SOLVING = {"agent_email": str, "group": str, "comment": str, "public": bool}
AGAIN = "It is happening again."
"""What a customer writes who is not told what to write."""


class Desk(Protocol):
    """What the vendor's account does for programs, each while its lock is held.

    What cannot be done is a BadInput, or an error of the vendor's own for which its application has an error handler.
    """

    def tickets(self) -> list[Json]:
        """Every ticket as ``{id, number, subject, status, open, requester}``, oldest first.

        ``requester`` is an e-mail address, or a name where there is none.
        """
        ...

    def ticket(self, key: str) -> Json:
        """A whole ticket by its id: its fields, comments and notes as the vendor stores them."""
        ...

    def solve(self, key: str, given: Json) -> None:
        """Solve a ticket as a person would: ``agent_email``, ``group``, ``comment`` and ``public`` may be given.

        Without an agent it is the assignee, or the first of the group or of all. Further keys are the vendor's own.
        """
        ...

    def reopen(self, key: str, comment: str) -> None:
        """Reopen a solved ticket as its customer would, by answering."""
        ...

    def advance(self, seconds: float) -> datetime:
        """Step the clock, doing what is due on the way; the new moment."""
        ...

    def populate(self, groups: int, agents: int) -> Json:
        """Add so many groups and agents, and say how many there are now as ``{groups, agents}``."""
        ...


class Control:
    """The endpoints that all simulators have. A vendor ``add``s its own, then registers ``pages``."""

    def __init__(self, parts: Parts, desk: Desk) -> None:
        self.pages = Blueprint("control", __name__, url_prefix="/_sim")
        self.pages.register_error_handler(BadInput, _refused)
        self._parts = parts
        self._desk = desk
        self.add("GET", "/tickets", desk.tickets)
        self.add("GET", "/tickets/<key>", desk.ticket)
        self.add("POST", "/tickets/<key>/solve", self._solve)
        self.add("POST", "/tickets/<key>/reopen", self._reopen)
        self.add("GET", "/requests", parts.log.listing)
        self.add("DELETE", "/requests", self._forget_requests)
        self.add("GET", "/deliveries", self._deliveries)
        self.add("GET", "/mails", parts.mailer.listing)
        self.add("POST", "/smtp", self._smtp)
        self.add("GET", "/faults", parts.faults.listing)
        self.add("POST", "/faults", self._add_fault)
        self.add("DELETE", "/faults", self._clear_faults)
        self.add("POST", "/switches", lambda: assign(parts.switches, given()))
        self.add("POST", "/limits", self._limits)
        self.add("POST", "/delivery", lambda: assign(parts.dispatcher.timings, given()))
        self.add("POST", "/clock", self._clock)
        self.add("POST", "/populate", self._populate)

    def add(self, method: str, rule: str, view: Callable[..., Any]) -> None:
        """Serve what ``view`` returns as JSON below ``/_sim``; it is called while the account's lock is held."""

        def endpoint(**values: Any) -> Response:
            with self._parts.lock:
                return jsonify(view(**values))

        self.pages.add_url_rule(rule, f"{method} {rule}".replace(".", " "), endpoint, methods=[method])

    def _solve(self, key: str) -> Json:
        wanted = given()
        known = {name: value for name, value in wanted.items() if name in SOLVING and value is not None}
        wrong = [name for name, value in known.items() if not isinstance(value, SOLVING[name])]
        if wrong:
            raise BadInput(f"{', '.join(wrong)}: of the wrong type")
        self._desk.solve(key, wanted)
        return self._desk.ticket(key)

    def _reopen(self, key: str) -> Json:
        self._desk.reopen(key, str(given().get("comment") or AGAIN))
        return self._desk.ticket(key)

    def _forget_requests(self) -> Json:
        self._parts.log.clear()
        return {"cleared": True}

    def _deliveries(self) -> list[Json]:
        """What receivers answered to each attempt, oldest delivery first; ``?target=`` narrows it to one webhook."""
        target, dispatcher = request.args.get("target"), self._parts.dispatcher
        rows = dispatcher.log() if target is None else dispatcher.log_of(target)[::-1]
        return [delivery.as_json() for delivery in rows]

    def _smtp(self) -> Json:
        """Where mails really go: ``{"url": "smtp://127.0.0.1:2525"}``, or null for nowhere."""
        url = given().get("url")
        if url is not None and not (isinstance(url, str) and url.startswith("smtp://")):
            raise BadInput("url must be smtp://host:port, or null")
        self._parts.mailer.smtp_url = url
        return {"url": url}

    def _add_fault(self) -> Json:
        self._parts.faults.add(given())
        return self._parts.faults.listing()

    def _clear_faults(self) -> Json:
        """Everything works again; deliveries held back go out."""
        self._parts.faults.clear()
        self._parts.dispatcher.release()
        return self._parts.faults.listing()

    def _limits(self) -> Json:
        """Change how much is allowed; what was counted is forgotten."""
        self._parts.windows.clear()
        return assign(self._parts.rates, given())

    def _clock(self) -> Json:
        return {"now": stamp(self._desk.advance(number("advance", 0.0)))}

    def _populate(self) -> Json:
        return self._desk.populate(int(number("groups", 0)), int(number("agents", 0)))


def given() -> Json:
    """The JSON object that a program sent; empty without a body."""
    found = request.get_json(silent=True, force=True) if request.get_data() else {}
    if not isinstance(found, dict):
        raise BadInput("send a JSON object")
    return found


def number(name: str, otherwise: float) -> float:
    """A number of at least 0 from the object sent."""
    value = given().get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BadInput(f"{name} must be a number of at least 0")
    return value


def _refused(error: BadInput) -> tuple[Response, int]:
    return jsonify({"error": "BadInput", "description": str(error)}), error.status
