"""The agent screen: a list and a form like those of Core UI, and the same fields as a workspace shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from deskpulse_servicenow.simulator import agent_view
from deskpulse_servicenow.simulator.desk import Desk
from deskpulse_servicenow.simulator.parts import InstanceParts
from deskpulse_servicenow.simulator.store import Row
from deskpulse_servicenow.simulator.writing import Aborted
from deskpulse_simulation.records import BadInput, Json
from deskpulse_simulation.screen import CHOICES, Brand, Screen, refreshed

STATIC = Path(__file__).parent / "static"
SHOWN = 100
MOST_AGENTS = 200


@dataclass(frozen=True)
class Agent:
    """Somebody who works at the screen; ``id`` is their sys_id."""

    id: str
    name: str


class Staff:
    """Agents, for the chooser."""

    def __init__(self, parts: InstanceParts, desk: Desk) -> None:
        self._parts = parts
        self._desk = desk

    def people(self) -> Sequence[Agent]:
        """Agents by name; the first couple of hundred."""
        with self._parts.instance.lock:
            agents = [Agent(row["sys_id"], row.get("name", "")) for row in self._desk.agents(MOST_AGENTS)]
        return sorted(agents, key=lambda agent: agent.name)

    def chosen(self, key: str) -> Agent:
        """The person of this sys_id, else the first agent."""
        row = self.row(key)
        return Agent(row["sys_id"], row.get("name", ""))

    def row(self, key: str) -> Row:
        """The same, as a record."""
        with self._parts.instance.lock:
            return self._parts.instance.store.get("sys_user", key) or self._desk.agents(1)[0]


def blueprint(parts: InstanceParts, desk: Desk) -> Blueprint:
    """The pages and their forms."""
    staff = Staff(parts, desk)
    brand = Brand(parts.instance.title, "ServiceNow simulator")
    views = Views(parts, desk, staff, Screen(brand, staff, lambda: parts.instance.base_url))
    for rule, view, methods in (
        ("/agent/", views.index, ["GET"]),
        ("/agent/tickets/new", views.new_ticket, ["GET"]),
        ("/agent/tickets", views.create_ticket, ["POST"]),
        ("/agent/tickets/<key>", views.ticket, ["GET"]),
        ("/agent/tickets/<key>/parts", views.ticket_parts, ["GET"]),
        ("/agent/tickets/<key>/<action>", views.act, ["POST"]),
        ("/agent/users/<key>", views.user, ["GET"]),
        ("/agent/users/<key>/parts", views.user_parts, ["GET"]),
    ):
        views.screen.pages.add_url_rule(rule, view.__name__, view, methods=methods)
    return views.screen.pages


class Views:
    """The views. None holds the instance's lock while a macro's script runs, as that may call out."""

    def __init__(self, parts: InstanceParts, desk: Desk, staff: Staff, screen: Screen) -> None:
        self._parts = parts
        self._desk = desk
        self._staff = staff
        self.screen = screen

    def index(self) -> str:
        """Tickets, newest first; open ones unless asked otherwise."""
        chosen, query = request.args.get("status", "open"), request.args.get("q", "").strip()
        with self._parts.instance.lock:
            rows, total = agent_view.listed(self._parts.instance, self._desk, chosen, query, SHOWN)
        return self.screen.page(
            "simulation/list.html",
            rows=rows,
            total=total,
            query=query,
            chosen=chosen,
            choices=CHOICES,
            placeholder="Number, subject or person",
        )

    def _agent(self) -> Row:
        return self._staff.row(self.screen.agent_key() or "")

    def _view(self, key: str) -> Json:
        try:
            return agent_view.ticket_view(self._parts, self._desk, key, self._agent())
        except BadInput:
            abort(404)

    def ticket(self, key: str, problem: str | None = None) -> str:
        """One ticket: its form with the macro's row, the fields as a workspace shows them, and its journal."""
        view = self._view(key)
        return self.screen.page("ticket.html", view=view, parts="ticket_parts.html", problem=problem, frame=None)

    def ticket_parts(self, key: str) -> Response:
        """What may have changed of a ticket; 204 when nothing did."""
        view = self._view(key)
        return refreshed("ticket_parts.html", view["revision"], view=view)

    def act(self, key: str, action: str) -> WerkzeugResponse | tuple[str, int]:
        """Solve, reopen or answer, by plain form."""
        text, public = request.form.get("body", "").strip(), request.form.get("kind") != "note"
        try:
            self._do(key, action, text, public=public)
        except BadInput as error:
            if error.status == 404:
                abort(404)
            return self.ticket(key, str(error)), error.status
        except Aborted as error:
            return self.ticket(key, str(error)), 403
        return redirect(url_for("agent.ticket", key=key))

    def _do(self, key: str, action: str, text: str, *, public: bool) -> None:
        agent = self._agent()
        if action == "reply" and text:
            self._desk.reply(key, text, agent, public=public)
        elif action == "solve":
            self._desk.solve(key, {"comment": text, "public": public}, agent)
        elif action == "reopen":
            self._desk.reopen(key, text or "It is happening again.")
        elif action != "reply":
            abort(404)

    def user(self, key: str) -> str:
        """A person's record and tickets."""
        view = self._person(key)
        return self.screen.page("person.html", view=view, parts="person_parts.html", frame=None)

    def user_parts(self, key: str) -> Response:
        """What may have changed of a person's record; 204 when nothing did."""
        view = self._person(key)
        return refreshed("person_parts.html", view["revision"], view=view)

    def _person(self, key: str) -> Json:
        with self._parts.instance.lock:
            row = self._parts.instance.store.get("sys_user", key)
            if row is None:
                abort(404)
            return agent_view.person_view(self._parts, row)

    def new_ticket(self) -> str:
        """A ticket not written yet."""
        store = self._parts.instance.store
        with self._parts.instance.lock:
            users = list(store.rows("sys_user").values())[:SHOWN]
            people = [(row["email"], row.get("name", "")) for row in users if row.get("email")]
            groups = [
                (row["sys_id"], row.get("name", "")) for row in list(store.rows("sys_user_group").values())[:SHOWN]
            ]
        return self.screen.page(
            "simulation/new.html", action="/agent/tickets", people=people, groups=groups, frame=None
        )

    def create_ticket(self) -> WerkzeugResponse:
        """Write it."""
        form = request.form
        values = {
            "short_description": form.get("subject", "").strip() or "No subject",
            "description": form.get("body", "").strip(),
            "assignment_group": form.get("group", ""),
        }
        row = self._desk.create(values, form.get("requester", "").strip(), self._agent())
        return redirect(url_for("agent.ticket", key=row["sys_id"]))
