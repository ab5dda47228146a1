"""The agent screen: issues, people, rules, and beside an issue the installed app's panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from deskpulse_jira_sm.simulator import editing
from deskpulse_jira_sm.simulator.agent_view import issue_view, listed, person_view
from deskpulse_jira_sm.simulator.automation import BODIES
from deskpulse_jira_sm.simulator.control import Desk
from deskpulse_jira_sm.simulator.errors import ApiError
from deskpulse_jira_sm.simulator.parts import JiraParts
from deskpulse_jira_sm.simulator.people import create_user
from deskpulse_jira_sm.simulator.records import ATLASSIAN, CUSTOMER, Issue, User
from deskpulse_simulation.records import BadInput, Json
from deskpulse_simulation.screen import CHOICES, Brand, Screen, refreshed

SHOWN = 100
LINKS = (("Tickets", "/agent/"), ("New ticket", "/agent/tickets/new"), ("Automation", "/agent/automation"))


@dataclass(frozen=True)
class Worker:
    """An agent as the frame's chooser wants it."""

    id: str
    name: str


class Workers:
    """Who works at the screen: agents, or the integration's user on a site without people."""

    def __init__(self, parts: JiraParts) -> None:
        self._parts = parts

    def people(self) -> Sequence[Worker]:
        """The first agents by name: a menu of thousands would help nobody."""
        with self._parts.lock:
            return [Worker(user.account_id, user.name) for user in self._parts.site.agents()[:SHOWN]]

    def chosen(self, key: str) -> Worker:
        """The agent of this account id, else the first."""
        known = self._parts.site.user(key)
        if known is not None and known.kind == ATLASSIAN and known.active:
            return Worker(known.account_id, known.name)
        people = self.people()
        integration = self._parts.gate.integration
        return people[0] if people else Worker(integration.account_id, integration.name)


class AgentScreen:
    """The views. Each takes the site's lock for as long as it reads or writes."""

    def __init__(self, parts: JiraParts) -> None:
        self._parts = parts
        self._site = parts.site
        self._desk = Desk(parts)
        label = "Jira Data Center simulator" if parts.site.server else "Jira simulator"
        self._workers = Workers(parts)
        brand = Brand("Acme Support", label, LINKS, ("/_sim/static/forge_host.js",))
        self.frame = Screen(brand, self._workers, lambda: parts.site.base_url)
        for rule, view, methods in (
            ("/agent/", self.index, ["GET"]),
            ("/agent/tickets/new", self.new_ticket, ["GET"]),
            ("/agent/tickets", self.create_ticket, ["POST"]),
            ("/browse/<key>", self.ticket, ["GET"]),
            ("/browse/<key>/parts", self.ticket_parts, ["GET"]),
            ("/browse/<key>/<action>", self.act, ["POST"]),
            ("/servicedesk/customer/portal/<portal>/<key>", self.portal, ["GET"]),
            ("/agent/people/<key>", self.person, ["GET"]),
            ("/agent/people/<key>/parts", self.person_parts, ["GET"]),
            ("/agent/automation", self.automation, ["GET"]),
            ("/agent/automation", self.add_rule, ["POST"]),
            ("/agent/automation/<int:number>/delete", self.remove_rule, ["POST"]),
        ):
            self.frame.pages.add_url_rule(rule, view.__name__, view, methods=methods)

    def agent(self) -> User:
        """The person at the screen."""
        return self._site.users[self._workers.chosen(self.frame.agent_key() or "").id]

    def index(self) -> str:
        """Issues, newest first; open ones unless asked otherwise."""
        status, query = request.args.get("status", "open"), request.args.get("q", "").strip()
        with self._parts.lock:
            rows, total = listed(self._site, status, query, SHOWN)
        return self.frame.page(
            "simulation/list.html",
            rows=rows,
            total=total,
            query=query,
            chosen=status,
            choices=CHOICES,
            placeholder="Key, summary, person or label",
        )

    def _found(self, key: str) -> Issue:
        return self._site.issue(key) or abort(404)

    def _ticket_page(self, issue: Issue, problem: str | None = None) -> str:
        view = issue_view(self._site, issue)
        return self.frame.page(
            "simulation/ticket.html", view=view, parts="issue_parts.html", problem=problem, frame=self._panel(issue)
        )

    def _panel(self, issue: Issue) -> Json | None:
        app = self._parts.apps.installed
        if app is None or app.panel is None or not app.shows(issue):
            return None
        panel = app.panel
        return {
            "name": str(panel.get("label") or panel["title"]),
            "own": True,
            "panel": f"/_sim/forge/panel/{issue.key}",
            "backend": f"/_sim/forge/backend/{issue.key}",
            "status": panel.get("status"),
        }

    def ticket(self, key: str) -> str:
        """One issue with its comments and fields, and the app's panel beside it."""
        with self._parts.lock:
            return self._ticket_page(self._found(key))

    def ticket_parts(self, key: str) -> Response:
        """What may have changed of an issue."""
        with self._parts.lock:
            view = issue_view(self._site, self._found(key))
            return refreshed("issue_parts.html", view["revision"], view=view)

    def act(self, key: str, action: str) -> WerkzeugResponse | tuple[str, int]:
        """Answer, solve or reopen, by plain form."""
        with self._parts.lock:
            issue, agent = self._found(key), self.agent()
            try:
                self._do(action, issue, agent)
            except (ApiError, BadInput) as error:
                words = error.words() if isinstance(error, ApiError) else str(error)
                return self._ticket_page(issue, words), 400
            return redirect(f"/browse/{issue.key}")

    def _do(self, action: str, issue: Issue, agent: User) -> None:
        text, public = request.form.get("body", "").strip(), request.form.get("kind") != "note"
        if action == "reply":
            if text:
                editing.comment(self._site, issue, agent, text, public=public)
        elif action == "solve":
            assignee = self._site.user(issue.assignee) or agent
            self._desk.resolve(issue, assignee, {"comment": text, "public": public})
        elif action == "reopen":
            self._desk.reopen(str(issue.id), "It is happening again.")
        else:
            abort(404)

    def portal(self, portal: str, key: str) -> str:
        """The customer's view of a request: public comments only."""
        with self._parts.lock:
            issue = self._found(key)
            if str(self._site.projects[issue.project_id].desk_id) != portal or issue.request_type is None:
                abort(404)
            view = issue_view(self._site, issue)
            said = [row for row in view["conversation"] if row[0].public]
            return self.frame.page("portal.html", view=view | {"conversation": said})

    def person(self, key: str) -> str:
        """A person's record and issues."""
        with self._parts.lock:
            view = person_view(self._site, self._site.user(key) or abort(404))
            return self.frame.page("simulation/person.html", view=view, parts="person_parts.html", frame=None)

    def person_parts(self, key: str) -> Response:
        """What may have changed of a person's record."""
        with self._parts.lock:
            view = person_view(self._site, self._site.user(key) or abort(404))
            return refreshed("person_parts.html", view["revision"], view=view)

    def new_ticket(self) -> str:
        """A request not written yet."""
        with self._parts.lock:
            people = [(one.email, one.name) for one in self._site.users.values() if one.kind == CUSTOMER and one.email]
            groups = [(project.id, project.name) for project in self._site.projects.values()]
        return self.frame.page(
            "simulation/new.html", action="/agent/tickets", people=people[:SHOWN], groups=groups[:SHOWN], frame=None
        )

    def create_ticket(self) -> WerkzeugResponse:
        """Write it."""
        form, site = request.form, self._site
        with self._parts.lock:
            email = form.get("requester", "").strip()
            known = site.user_by_email(email) or create_user(
                site, email.partition("@")[0] or "Someone", email, CUSTOMER
            )
            project = site.project(form.get("group", "")) or next(iter(site.projects.values()), None) or abort(404)
            issue = editing.create(
                site,
                project,
                form.get("subject", "").strip() or "No subject",
                self.agent(),
                reporter=known.account_id,
                description=form.get("body", "").strip(),
                request_type=project.request_types[0].id,
            )
            editing.announce(site, issue, self.agent())
        return redirect(f"/browse/{issue.key}")

    def automation(self, problem: str | None = None) -> str:
        """The rules, and a form for another."""
        with self._parts.lock:
            rules: list[Any] = self._parts.automation.listing()
            keys = [project.key for project in self._site.projects.values()][:SHOWN]
        return self.frame.page("automation.html", rules=rules, bodies=BODIES, keys=keys, problem=problem)

    def add_rule(self) -> WerkzeugResponse | tuple[str, int]:
        """Save a rule written by hand."""
        form = request.form
        header = {form["header"]: form.get("value", "")} if form.get("header") else {}
        given: Json = {name: form.get(name, "") for name in ("name", "url", "body", "custom")}
        given |= {"projects": [key for key in form.getlist("projects") if key], "headers": header}
        given["to"] = [one.strip() for one in form.get("to", "").split(",") if one.strip()]
        try:
            with self._parts.lock:
                self._parts.automation.add(given)
        except BadInput as error:
            return self.automation(str(error)), 400
        return redirect("/agent/automation")

    def remove_rule(self, number: int) -> WerkzeugResponse:
        """Delete a rule."""
        with self._parts.lock:
            self._parts.automation.rules.pop(number, None)
        return redirect("/agent/automation")
