"""The agent screen: what a person at the helpdesk sees and does, with the installed app in its sidebar."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from flask import Blueprint, Response, abort, jsonify, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from deskpulse_freshdesk.simulator import editing, ticket_input
from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.agent_view import host_data, listed, person_view, ticket_view
from deskpulse_freshdesk.simulator.app_frames import STATIC
from deskpulse_freshdesk.simulator.apps import Apps
from deskpulse_freshdesk.simulator.changes import Actor
from deskpulse_freshdesk.simulator.checks import refuse
from deskpulse_freshdesk.simulator.desk import first_agent, resolve
from deskpulse_freshdesk.simulator.errors import ApiError
from deskpulse_freshdesk.simulator.people import find_or_create
from deskpulse_freshdesk.simulator.records import RESOLVED, Agent, Ticket
from deskpulse_simulation.control import AGAIN
from deskpulse_simulation.records import Json
from deskpulse_simulation.screen import CHOICES, Brand, Screen, refreshed, static_files

SHOWN = 100


def blueprints(account: Account, apps: Apps) -> Sequence[Blueprint]:
    """The pages with their forms, and the files they load."""
    links = (("Tickets", "/a/tickets"), ("New ticket", "/a/tickets/new"))
    brand = Brand(account.name, "Freshdesk simulator", links, scripts=("/_sim/static/host.js",))
    screen = Screen(brand, Team(account), lambda: account.base_url)
    views = Views(account, apps, screen)
    for rule, view, methods in (
        ("/a/tickets", views.index, ["GET"]),
        ("/a/tickets", views.create_ticket, ["POST"]),
        ("/a/tickets/new", views.new_ticket, ["GET"]),
        ("/a/tickets/<int:number>", views.ticket, ["GET"]),
        ("/a/tickets/<int:number>/parts", views.ticket_parts, ["GET"]),
        ("/a/tickets/<int:number>/<action>", views.act, ["POST"]),
        ("/a/contacts/<int:number>", views.person, ["GET"]),
        ("/a/contacts/<int:number>/parts", views.person_parts, ["GET"]),
        ("/a/host-data", views.host_data, ["GET"]),
        ("/helpdesk/tickets/<int:number>", views.old_address, ["GET"]),
        # The paths by which programs reach every simulator's screen.
        ("/agent/", views.front_door, ["GET"]),
        ("/agent/tickets", views.create_ticket, ["POST"]),
        ("/agent/tickets/<int:number>", views.old_address, ["GET"]),
    ):
        screen.pages.add_url_rule(rule, f"{view.__name__} {rule}".replace(".", " "), view, methods=methods)
    return screen.pages, static_files(STATIC)


class Team:
    """Who works at the screen: agents that are people, and the integration's own where there is nobody else."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def people(self) -> Sequence[Agent]:
        """By name."""
        with self._account.lock:
            return sorted(self._account.working_agents(), key=lambda agent: agent.name)

    def chosen(self, key: str) -> Agent:
        """The agent of this id, or the first there is."""
        with self._account.lock:
            found = self._account.agents.get(int(key)) if key.isdigit() else None
            return found or first_agent(self._account)


class Views:
    """The views. Each takes the account's lock for as long as it reads or writes."""

    def __init__(self, account: Account, apps: Apps, screen: Screen) -> None:
        self._account = account
        self._apps = apps
        self._screen = screen
        self._team = Team(account)

    def _agent(self) -> Agent:
        return self._team.chosen(self._screen.agent_key() or "")

    def front_door(self) -> WerkzeugResponse:
        """The list, by another name."""
        return _elsewhere("/a/tickets")

    def old_address(self, number: int) -> WerkzeugResponse:
        """``/helpdesk/tickets/1``, as webhooks and old mails spell it."""
        return _elsewhere(f"/a/tickets/{number}")

    def index(self) -> str:
        """Tickets, newest first; open ones unless asked otherwise."""
        chosen, query = request.args.get("status", "open"), request.args.get("q", "").strip()
        with self._account.lock:
            rows, total = listed(self._account, chosen, query, SHOWN)
            return self._screen.page(
                "simulation/list.html",
                rows=rows,
                total=total,
                query=query,
                chosen=chosen,
                choices=CHOICES,
                placeholder="Number, subject, person or tag",
            )

    def _found(self, number: int) -> Ticket:
        return self._account.tickets.get(number) or abort(404)

    def ticket(self, number: int) -> str:
        """One ticket with its conversation, its fields and the app beside it."""
        with self._account.lock:
            return self._ticket_page(self._found(number), None)

    def _ticket_page(self, ticket: Ticket, problem: str | None) -> str:
        frame = self._frame("ticket_sidebar", ticket=ticket.id)
        view = ticket_view(self._account, ticket)
        return self._screen.page(
            "simulation/ticket.html", view=view, parts="freshdesk/ticket_parts.html", problem=problem, frame=frame
        )

    def ticket_parts(self, number: int) -> Response:
        """What may have changed of a ticket; 204 when nothing did."""
        with self._account.lock:
            view = ticket_view(self._account, self._found(number))
            return refreshed("freshdesk/ticket_parts.html", view["revision"], view=view)

    def act(self, number: int, action: str) -> WerkzeugResponse | tuple[str, int]:
        """Solve, reopen or answer, by plain form."""
        with self._account.lock:
            ticket = self._found(number)
            try:
                self._do(action, ticket, self._agent())
            except ApiError as error:
                return self._ticket_page(ticket, error.words), error.status
        return redirect(f"/a/tickets/{number}")

    def _do(self, action: str, ticket: Ticket, agent: Agent) -> None:
        text, public = request.form.get("body", "").strip(), request.form.get("kind") != "note"
        body = f"<div>{escape(text, quote=False)}</div>"
        if ticket.archived:
            raise ApiError(404, {"message": "An archived ticket can no longer be changed"})
        match action:
            case "reply":
                if text and public:
                    editing.reply(self._account, ticket, agent, body)
                elif text:
                    editing.note(self._account, ticket, agent, body, private=True)
            case "solve":
                values: Json = {"status": RESOLVED}
                refuse(ticket_input.unfilled(self._account, ticket, values))
                responder = self._account.agents.get(ticket.responder_id)
                if responder is None:
                    values["responder_id"] = agent.id
                resolve(self._account, ticket, responder or agent, values, text, public=public)
            case "reopen":
                editing.answer(self._account, ticket, AGAIN)
            case _:
                abort(404)

    def _frame(self, location: str, **page: int) -> Json | None:
        app = self._apps.installed
        shown = app.page(location) if app else None
        if app is None or shown is None:
            return None
        origin, instance = request.host_url.rstrip("/"), f"{location}_{self._account.id}"
        return {
            "name": app.name,
            "own": True,
            "address": f"{origin}/_sim/app/{shown}?origin={origin}&instance={instance}",
            "instance": instance,
            "location": location,
            "page": page,
            "iparams": app.public_settings(),
        }

    def person(self, number: int) -> str:
        """A person's record and tickets, with the app beside it."""
        with self._account.lock:
            view = person_view(self._account, self._account.person(number) or abort(404))
            frame = self._frame("contact_sidebar", contact=number)
            return self._screen.page(
                "simulation/person.html", view=view, parts="freshdesk/person_parts.html", frame=frame
            )

    def person_parts(self, number: int) -> Response:
        """What may have changed of a person's record; 204 when nothing did."""
        with self._account.lock:
            view = person_view(self._account, self._account.person(number) or abort(404))
            return refreshed("freshdesk/person_parts.html", view["revision"], view=view)

    def new_ticket(self) -> str:
        """A ticket not written yet; no app has a place beside it."""
        with self._account.lock:
            contacts = [self._account.contacts[number] for number in self._account.contacts.ids[:SHOWN]]
            people = [(contact.email, contact.name) for contact in contacts if contact.email]
            groups = [(group.id, group.name) for group in self._account.groups]
            return self._screen.page(
                "simulation/new.html", action="/a/tickets", people=people, groups=groups[:SHOWN], frame=None
            )

    def create_ticket(self) -> WerkzeugResponse:
        """Write it."""
        form = request.form
        with self._account.lock:
            person = find_or_create(self._account, {"email": form.get("requester", "").strip()})
            values: Json = {
                "subject": form.get("subject", "").strip() or "No subject",
                "description": f"<div>{escape(form.get('body', '').strip() or 'No description', quote=False)}</div>",
                "requester_id": person.id,
                "source": 3,
            }
            if form.get("group", "").isdigit():
                values["group_id"] = int(form["group"])
            ticket = editing.create(self._account, values, Actor.person(self._agent()))
        return redirect(f"/a/tickets/{ticket.id}")

    def host_data(self) -> Response:
        """What the app may read through the host page, as it is now."""
        with self._account.lock:
            return jsonify(host_data(self._account, self._agent(), request.args))


def _elsewhere(path: str) -> WerkzeugResponse:
    """The same page at its own address, with whatever was asked of it."""
    query = request.query_string.decode()
    return redirect(f"{path}?{query}" if query else path)
