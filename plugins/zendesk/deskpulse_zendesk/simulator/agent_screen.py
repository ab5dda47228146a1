"""The agent screen: what a person at the helpdesk sees and does, with the installed app in its sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from deskpulse_simulation import screen
from deskpulse_simulation.control import AGAIN
from deskpulse_simulation.records import BadInput, Json
from deskpulse_zendesk.simulator import control, editing
from deskpulse_zendesk.simulator.agent_view import host_data, listed, ticket_view, user_view
from deskpulse_zendesk.simulator.errors import ApiError
from deskpulse_zendesk.simulator.people import create_user
from deskpulse_zendesk.simulator.placeholders import STATUS_LABELS
from deskpulse_zendesk.simulator.records import Ticket, User

if TYPE_CHECKING:
    from deskpulse_zendesk.simulator.parts import Parts

SHOWN = 100


PLACEHOLDER = "Number, subject, person or tag"
PLACES = ("ticket_sidebar", "new_ticket_sidebar", "user_sidebar")


def blueprint(parts: Parts) -> Blueprint:
    """The pages and their forms."""
    views = Views(parts)
    for rule, view, methods in (
        ("/agent/", views.index, ["GET"]),
        ("/agent/tickets/new", views.new_ticket, ["GET"]),
        ("/agent/tickets", views.create_ticket, ["POST"]),
        ("/agent/tickets/<int:number>", views.ticket, ["GET"]),
        ("/agent/tickets/<int:number>/parts", views.ticket_parts, ["GET"]),
        ("/agent/tickets/<int:number>/<action>", views.act, ["POST"]),
        ("/agent/users/<int:number>", views.user, ["GET"]),
        ("/agent/users/<int:number>/parts", views.user_parts, ["GET"]),
        ("/agent/host-data", views.host_data, ["GET"]),
    ):
        views.screen.pages.add_url_rule(rule, view.__name__, view, methods=methods)
    return views.screen.pages


class Views:
    """The views. Each takes the account's lock for as long as it reads or writes."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._account = parts.account
        brand = screen.Brand(self._account.name, "Zendesk simulator", scripts=("/_sim/static/host.js",))
        self.screen = screen.Screen(brand, parts.gate, lambda: self._account.base_url, self._origins)

    def _origins(self) -> set[str]:
        """Where the app's own pages are."""
        origins = set()
        app = self._parts.apps.installed
        for location in PLACES:
            address = app.frame_address(location, self._account.base_url) if app else None
            if address:
                origins.add("{0.scheme}://{0.netloc}".format(urlsplit(address)))
        return origins

    def index(self) -> str:
        """Tickets, newest first; open ones unless asked otherwise."""
        status, query = request.args.get("status", "open"), request.args.get("q", "").strip()
        with self._account.lock:
            rows, total = listed(self._account, status, query, SHOWN)
            return self.screen.page(
                "simulation/list.html",
                rows=rows,
                total=total,
                query=query,
                chosen=status,
                choices=screen.CHOICES,
                placeholder=PLACEHOLDER,
            )

    def _found(self, number: int) -> Ticket:
        ticket = self._account.tickets.get(number)
        return ticket if ticket is not None else abort(404)

    def ticket(self, number: int) -> str:
        """One ticket with its conversation, its fields and the app beside it."""
        with self._account.lock:
            return self._ticket(self._found(number))

    def _ticket(self, ticket: Ticket, problem: str | None = None) -> str:
        return self.screen.page(
            "simulation/ticket.html",
            view=ticket_view(self._account, ticket),
            parts="ticket_parts.html",
            problem=problem,
            frame=self._frame("ticket_sidebar", ticket.id),
        )

    def ticket_parts(self, number: int) -> Response:
        """What may have changed of a ticket."""
        with self._account.lock:
            view = ticket_view(self._account, self._found(number))
            return screen.refreshed("ticket_parts.html", view["revision"], view=view)

    def act(self, number: int, action: str) -> WerkzeugResponse | tuple[str, int]:
        """Solve, reopen or answer, by plain form."""
        agent = self._parts.gate.agent(request)
        with self._account.lock:
            ticket = self._found(number)
            try:
                self._do(action, ticket, agent)
            except (ApiError, BadInput) as error:
                return self._ticket(ticket, _words(error)), error.status
        return redirect(url_for("agent.ticket", number=number))

    def _do(self, action: str, ticket: Ticket, agent: User) -> None:
        text, public = request.form.get("body", "").strip(), request.form.get("kind") != "note"
        if action == "reply" and text:
            raw: Json = {"comment": {"body": text, "public": public}}
            editing.update(self._account, ticket, raw, agent, "web")
        elif action == "solve":
            assignee = self._account.users.get(ticket.assignee_id) or agent
            control.solve(self._parts, ticket, assignee, {"comment": text, "public": public})
        elif action == "reopen":
            control.reopen(self._parts, ticket, AGAIN)
        elif action != "reply":
            abort(404)

    def _frame(self, location: str, number: int | None = None) -> Json | None:
        app = self._parts.apps.installed
        address = app.frame_address(location, request.host_url.rstrip("/")) if app else None
        if app is None or address is None:
            return None
        return {
            "address": address,
            "name": app.manifest.get("name") or "App",
            "own": address.startswith(request.host_url),
            "location": location,
            "number": number,
            "context": {
                "app_guid": app.guid,
                "app_id": app.app_id,
                "installation_id": app.installation_id,
                "version": app.manifest.get("version", ""),
                "settings": app.public_settings(),
                "subdomain": self._account.subdomain,
            },
        }

    def user(self, number: int) -> str:
        """A person's record and tickets, with the app beside it."""
        with self._account.lock:
            view = user_view(self._account, self._account.users.get(number) or abort(404))
            frame = self._frame("user_sidebar", number)
            return self.screen.page(
                "simulation/person.html", view=view, parts="user_parts.html", labels=STATUS_LABELS, frame=frame
            )

    def user_parts(self, number: int) -> Response:
        """What may have changed of a person's record."""
        with self._account.lock:
            view = user_view(self._account, self._account.users.get(number) or abort(404))
            return screen.refreshed("user_parts.html", view["revision"], view=view, labels=STATUS_LABELS)

    def new_ticket(self) -> str:
        """A ticket not written yet."""
        with self._account.lock:
            customers = [self._account.users[number] for number in self._account.users.ids[:SHOWN]]
            return self.screen.page(
                "simulation/new.html",
                action=url_for("agent.create_ticket"),
                people=[(user.email, user.name) for user in customers if user.email and not user.staff],
                groups=[(group.id, group.name) for group in self._account.groups if not group.deleted],
                frame=self._frame("new_ticket_sidebar"),
            )

    def create_ticket(self) -> WerkzeugResponse:
        """Write it."""
        form, agent = request.form, self._parts.gate.agent(request)
        with self._account.lock:
            email = form.get("requester", "").strip()
            known = self._account.user_by_email(email)
            if known is None:
                known = create_user(self._account, {"name": email.partition("@")[0] or "Someone", "email": email})
            raw: Json = {
                "subject": form.get("subject", "").strip() or "No subject",
                "requester_id": known.id,
                "comment": {"body": form.get("body", "").strip() or "No description"},
            }
            if form.get("group", "").isdigit():
                raw["group_id"] = int(form["group"])
            ticket, _, _ = editing.create(self._account, raw, agent, "web")
        return redirect(url_for("agent.ticket", number=ticket.id))

    def host_data(self) -> Response:
        """What the app may read through the host page, as it is now."""
        agent = self._parts.gate.agent(request)
        with self._account.lock:
            return jsonify(host_data(self._account, agent, request.args))


def _words(error: ApiError | BadInput) -> str:
    if isinstance(error, BadInput):
        return str(error)
    if isinstance(error.body, str):
        return error.body
    reasons = [reason["description"] for rows in error.body.get("details", {}).values() for reason in rows]
    return "; ".join(reasons) or str(error.body.get("description") or error.body.get("error"))
