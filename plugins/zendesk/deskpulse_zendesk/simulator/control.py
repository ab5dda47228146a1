"""``/_sim``: what programs use to watch the account and to make it behave. Never counted, never faulted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from deskpulse_zendesk.simulator import automations, editing
from deskpulse_zendesk.simulator.api import error_response
from deskpulse_zendesk.simulator.clock import stamp
from deskpulse_zendesk.simulator.errors import ApiError, bad_request
from deskpulse_zendesk.simulator.loading import populate
from deskpulse_zendesk.simulator.records import OPEN_STATUSES, Json, Ticket, User
from deskpulse_zendesk.simulator.rendering import comment_json, metrics_json, ticket_json, user_json

if TYPE_CHECKING:
    from deskpulse_zendesk.simulator.parts import Parts


def blueprint(parts: Parts) -> Blueprint:
    """The endpoints, each holding the account's lock while it works."""
    room = Control(parts)
    pages = Blueprint("control", __name__, url_prefix="/_sim")

    def add(method: str, rule: str, view: Callable[..., Any]) -> None:
        def endpoint(**values: Any) -> Response:
            try:
                with parts.account.lock:
                    return jsonify(view(**values))
            except ApiError as error:
                return error_response(error)

        pages.add_url_rule(rule, f"{method} {rule}".replace(".", " "), endpoint, methods=[method])

    add("GET", "/tickets", room.tickets)
    add("GET", "/tickets/<int:number>", room.ticket)
    add("POST", "/tickets/<int:number>/solve", room.solve)
    add("POST", "/tickets/<int:number>/reopen", room.reopen)
    add("GET", "/requests", parts.log.listing)
    add("DELETE", "/requests", room.forget_requests)
    add("GET", "/mails", parts.mailer.listing)
    add("POST", "/smtp", room.smtp)
    add("GET", "/faults", parts.faults.listing)
    add("POST", "/faults", room.add_fault)
    add("DELETE", "/faults", room.clear_faults)
    add("POST", "/switches", room.switches)
    add("POST", "/limits", room.limits)
    add("POST", "/delivery", room.delivery)
    add("POST", "/clock", room.clock)
    add("POST", "/populate", room.populate)
    add("POST", "/oauth/expire", room.expire)
    return pages


def _given() -> Json:
    given = request.get_json(silent=True, force=True) if request.get_data() else {}
    if not isinstance(given, dict):
        raise bad_request("InvalidValue", "send a JSON object")
    return given


class Control:
    """What the endpoints do."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._account = parts.account

    def tickets(self) -> list[Json]:
        """Every ticket in one line, oldest first."""
        return [self._line(ticket) for ticket in self._account.tickets]

    def _line(self, ticket: Ticket) -> Json:
        requester = self._account.users.get(ticket.requester_id)
        return {
            "id": ticket.id,
            "number": str(ticket.id),
            "subject": ticket.subject,
            "status": ticket.status,
            "open": ticket.status in OPEN_STATUSES,
            "requester": (requester.email or requester.name) if requester else None,
        }

    def ticket(self, number: int) -> Json:
        """The whole ticket: fields, tags, comments and notes, metrics and the requester's record."""
        account, ticket = self._account, editing.find(self._account, number)
        numbers = {"requester": ticket.requester_id, "assignee": ticket.assignee_id}
        people = {name: account.users.get(user_id) for name, user_id in numbers.items()}
        return (
            ticket_json(account, ticket)
            | {"number": str(ticket.id), "open": ticket.status in OPEN_STATUSES}
            | {"comments": [comment_json(comment) for comment in ticket.comments]}
            | {"metric_set": metrics_json(account, ticket)}
            | {name: None if user is None else user_json(account, user) for name, user in people.items()}
        )

    def solve(self, number: int) -> Json:
        """Solve a ticket as a person would: the named agent, the assignee, or the first of the group or of all."""
        given, ticket = _given(), editing.find(self._account, number)
        solve(self._parts, ticket, self._agent(given, ticket), given)
        return self.ticket(number)

    def _agent(self, given: Json, ticket: Ticket) -> User:
        if given.get("agent_email"):
            named = self._account.user_by_email(str(given["agent_email"]))
            if named is None or not named.staff:
                raise bad_request("InvalidValue", f"no agent has the address {given['agent_email']}")
            return named
        assignee = self._account.users.get(ticket.assignee_id)
        group = next((group for group in self._account.groups if group.name == given.get("group")), None)
        if group is None or (assignee and self._account.is_member(assignee.id, group.id)):
            return assignee or self._parts.first_agent()
        members = [self._account.users[member.user_id] for member in self._account.members_of(group.id)]
        return next((member for member in members if not member.suspended), self._parts.first_agent())

    def reopen(self, number: int) -> Json:
        """Reopen a solved ticket as its customer would, by answering; a closed one refuses."""
        ticket = editing.find(self._account, number)
        reopen(self._parts, ticket, str(_given().get("comment") or "It is happening again."))
        return self.ticket(number)

    def forget_requests(self) -> Json:
        """Start the request log anew."""
        self._parts.log.clear()
        return {"cleared": True}

    def smtp(self) -> Json:
        """Where rules' mails really go: ``{"url": "smtp://127.0.0.1:2525"}``, or null for nowhere."""
        self._parts.mailer.smtp_url = _given().get("url")
        return {"url": self._parts.mailer.smtp_url}

    def add_fault(self) -> Json:
        """Put a fault in force."""
        problem = self._parts.faults.add(_given())
        if problem:
            raise bad_request("InvalidValue", problem)
        return self._parts.faults.listing()

    def clear_faults(self) -> Json:
        """Everything works again; deliveries held back go out."""
        self._parts.faults.clear()
        self._parts.dispatcher.release()
        return self._parts.faults.listing()

    def switches(self) -> Json:
        """Turn account behaviours on and off; says how they all stand."""
        return _assign(self._account.switches, _given())

    def limits(self) -> Json:
        """Change how much is allowed; what was counted is forgotten."""
        self._parts.limits.clear()
        return _assign(self._parts.limits.rates, _given())

    def delivery(self) -> Json:
        """Change delivery timings, ``timeout`` and ``retry_wait`` among them, in seconds."""
        return _assign(self._parts.dispatcher.timings, _given())

    def clock(self) -> Json:
        """Step the account's time forward by ``advance`` seconds, automations running on the way."""
        seconds = float(_given().get("advance") or 0)
        moment = automations.advance(self._account, seconds)
        return {"now": stamp(moment)}

    def populate(self) -> Json:
        """Add groups and agents by the number."""
        given = _given()
        populate(self._account, int(given.get("groups") or 0), int(given.get("agents") or 0))
        return {"groups": len(self._account.groups), "agents": len(self._account.staff)}

    def expire(self) -> Json:
        """Make all OAuth access tokens out of date."""
        return {"expired": self._parts.oauth.expire()}


def _assign(target: Any, given: Json) -> Json:
    unknown = given.keys() - {field.name for field in dataclasses.fields(target)}
    if unknown:
        raise bad_request("InvalidValue", f"unknown: {', '.join(sorted(unknown))}")
    for key, value in given.items():
        setattr(target, key, value)
    return dataclasses.asdict(target)


def solve(parts: Parts, ticket: Ticket, agent: User, given: Json) -> None:
    """Set a ticket to solved as an agent does in the agent screen, taking it on if nobody had."""
    raw: Json = {"status": "solved"}
    if given.get("group"):
        group = next((group for group in parts.account.groups if group.name == given["group"]), None)
        if group is None:
            raise bad_request("InvalidValue", f"no group is called {given['group']}")
        raw["group_id"] = group.id
    if ticket.assignee_id != agent.id:
        raw["assignee_id"] = agent.id
    if given.get("comment"):
        raw["comment"] = {"body": str(given["comment"]), "public": given.get("public", True)}
    editing.update(parts.account, ticket, raw, agent, "web")


def reopen(parts: Parts, ticket: Ticket, text: str) -> None:
    """Answer as the customer, which reopens a solved ticket."""
    requester = parts.account.users.get(ticket.requester_id)
    if requester is None:
        raise bad_request("InvalidValue", "the customer has been deleted")
    editing.update(parts.account, ticket, {"status": "open", "comment": {"body": text}}, requester, "email")
