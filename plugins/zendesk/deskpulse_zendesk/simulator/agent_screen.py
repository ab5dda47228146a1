"""The agent screen: what a person at the helpdesk sees and does, with the installed app in its sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from deskpulse_zendesk.simulator import control, editing
from deskpulse_zendesk.simulator.agent_view import host_data, listed, ticket_view, user_view
from deskpulse_zendesk.simulator.app_frames import same_origin
from deskpulse_zendesk.simulator.errors import ApiError
from deskpulse_zendesk.simulator.people import create_user
from deskpulse_zendesk.simulator.placeholders import STATUS_LABELS
from deskpulse_zendesk.simulator.records import Json, Ticket, User

if TYPE_CHECKING:
    from deskpulse_zendesk.simulator.parts import Parts

SHOWN = 100


def blueprint(parts: Parts) -> Blueprint:
    """The pages and their forms."""
    pages = Blueprint("agent", __name__)
    screen = Screen(parts)
    for rule, view, methods in (
        ("/", screen.home, ["GET"]),
        ("/agent/", screen.index, ["GET"]),
        ("/agent/sign-in", screen.sign_in, ["POST"]),
        ("/agent/tickets/new", screen.new_ticket, ["GET"]),
        ("/agent/tickets", screen.create_ticket, ["POST"]),
        ("/agent/tickets/<int:number>", screen.ticket, ["GET"]),
        ("/agent/tickets/<int:number>/parts", screen.ticket_parts, ["GET"]),
        ("/agent/tickets/<int:number>/<action>", screen.act, ["POST"]),
        ("/agent/users/<int:number>", screen.user, ["GET"]),
        ("/agent/users/<int:number>/parts", screen.user_parts, ["GET"]),
        ("/agent/host-data", screen.host_data, ["GET"]),
    ):
        pages.add_url_rule(rule, view.__name__, view, methods=methods)

    @pages.before_request
    def refuse_strangers() -> None:
        if request.method == "POST" and not same_origin():
            abort(403)

    @pages.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = screen.policy()
        response.headers["Cache-Control"] = "no-store"
        if not request.cookies.get(parts.gate.cookie) and request.endpoint != "agent.sign_in":
            screen.remember(response, str(parts.gate.agent(request).id))
        return response

    return pages


class Screen:
    """The views. Each takes the account's lock for as long as it reads or writes."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._account = parts.account

    def policy(self) -> str:
        """Everything from this host; frames also from where the app's own pages are."""
        origins = set()
        app = self._parts.apps.installed
        for location in ("ticket_sidebar", "new_ticket_sidebar", "user_sidebar"):
            address = app.frame_address(location, self._account.base_url) if app else None
            if address:
                origins.add("{0.scheme}://{0.netloc}".format(urlsplit(address)))
        frames = " ".join(["'self'", *sorted(origins)])
        return f"default-src 'self'; frame-src {frames}; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

    def _page(self, template: str, **values: Any) -> str:
        agent = self._parts.gate.agent(request)
        agents = sorted(self._account.human_agents(self._parts.gate.integration_id), key=lambda user: user.name)
        shown = agents if agent in agents else [agent, *agents]
        return render_template(
            template, account=self._account, agent=agent, agents=shown, here=request.full_path, **values
        )

    def home(self) -> WerkzeugResponse:
        """The front door."""
        return redirect(url_for("agent.index"))

    def index(self) -> str:
        """Tickets, newest first; open ones unless asked otherwise."""
        status, query = request.args.get("status", "open"), request.args.get("q", "").strip()
        with self._account.lock:
            rows, total = listed(self._account, status, query, SHOWN)
            return self._page("list.html", rows=rows, total=total, status=status, query=query, labels=STATUS_LABELS)

    def sign_in(self) -> WerkzeugResponse:
        """Become another agent."""
        target = request.form.get("next", "")
        response = redirect(target if target.startswith("/agent/") else url_for("agent.index"))
        self.remember(response, request.form.get("agent", ""))
        return response

    def remember(self, response: WerkzeugResponse, agent: str) -> None:
        """Keep who is at the screen, so that the app's calls to the account run as them."""
        response.set_cookie(self._parts.gate.cookie, agent, httponly=True, samesite="Lax")

    def _found(self, number: int) -> Ticket:
        ticket = self._account.tickets.get(number)
        return ticket if ticket is not None else abort(404)

    def ticket(self, number: int) -> str:
        """One ticket with its conversation, its fields and the app beside it."""
        with self._account.lock:
            view = ticket_view(self._account, self._found(number))
            return self._page("ticket.html", view=view, problem=None, frame=self._frame("ticket_sidebar", number))

    def ticket_parts(self, number: int) -> Response:
        """What may have changed of a ticket, for the page to put in place; 204 when nothing did."""
        with self._account.lock:
            view = ticket_view(self._account, self._found(number))
            if request.args.get("revision") == view["revision"]:
                return Response(status=204)
            return make_response(render_template("ticket_parts.html", view=view, account=self._account))

    def act(self, number: int, action: str) -> WerkzeugResponse | tuple[str, int]:
        """Solve, reopen or answer, by plain form."""
        agent = self._parts.gate.agent(request)
        with self._account.lock:
            ticket = self._found(number)
            try:
                self._do(action, ticket, agent)
            except ApiError as error:
                view = ticket_view(self._account, ticket)
                frame = self._frame("ticket_sidebar", number)
                return self._page("ticket.html", view=view, problem=_words(error), frame=frame), error.status
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
            control.reopen(self._parts, ticket, "It is happening again.")
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
            person = self._account.users.get(number) or abort(404)
            view = user_view(self._account, person)
            return self._page("user.html", view=view, labels=STATUS_LABELS, frame=self._frame("user_sidebar", number))

    def user_parts(self, number: int) -> Response:
        """What may have changed of a person's record; 204 when nothing did."""
        with self._account.lock:
            view = user_view(self._account, self._account.users.get(number) or abort(404))
            if request.args.get("revision") == view["revision"]:
                return Response(status=204)
            return make_response(render_template("user_parts.html", view=view, labels=STATUS_LABELS))

    def new_ticket(self) -> str:
        """A ticket not written yet."""
        with self._account.lock:
            customers = [self._account.users[number] for number in self._account.users.ids[:SHOWN]]
            people = [user for user in customers if user.email and not user.staff]
            groups = [group for group in self._account.groups if not group.deleted]
            frame = self._frame("new_ticket_sidebar")
            return self._page("new.html", people=people, groups=groups, frame=frame)

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


def _words(error: ApiError) -> str:
    if isinstance(error.body, str):
        return error.body
    reasons = [reason["description"] for rows in error.body.get("details", {}).values() for reason in rows]
    return "; ".join(reasons) or str(error.body.get("description") or error.body.get("error"))
