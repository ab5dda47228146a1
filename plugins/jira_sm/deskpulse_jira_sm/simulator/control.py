"""``/_sim``: what programs do with the site beyond the vendor's API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deskpulse_jira_sm.simulator import editing
from deskpulse_jira_sm.simulator.auth import CLASSIC, PAT, SCOPED
from deskpulse_jira_sm.simulator.loading import populate
from deskpulse_jira_sm.simulator.oauth import CLASSIC_SCOPES
from deskpulse_jira_sm.simulator.parts import JiraParts
from deskpulse_jira_sm.simulator.people import create_project, create_user
from deskpulse_jira_sm.simulator.records import APP, ATLASSIAN, CUSTOMER, TEAM_ROLE, Issue, User
from deskpulse_jira_sm.simulator.rendering import comment_json, issue_json
from deskpulse_jira_sm.simulator.workflow import available, reopening, solving
from deskpulse_simulation.control import Control, given
from deskpulse_simulation.records import BadInput, Json

KINDS = (ATLASSIAN, CUSTOMER, APP)


def controls(parts: JiraParts) -> Control:
    """The kit's endpoints and Jira's own: people, deletions, moves, rules, tokens and expiry."""
    desk = Desk(parts)
    control = Control(parts, desk)
    control.add("POST", "/oauth/expire", lambda: {"expired": parts.oauth.tokens.expire()})
    control.add("POST", "/oauth/client", desk.oauth_client)
    control.add("POST", "/tokens", desk.token)
    control.add("POST", "/users", desk.add_user)
    control.add("POST", "/users/<key>", desk.change_user)
    control.add("POST", "/projects", desk.add_project)
    control.add("POST", "/groups/<key>", desk.rename_project)
    control.add("POST", "/user-groups/<key>", desk.rename_group)
    control.add("POST", "/tickets/<key>/transition", desk.transition)
    control.add("POST", "/tickets/<key>/comment", desk.comment)
    control.add("POST", "/tickets/<key>/move", desk.move)
    control.add("POST", "/tickets/<key>/delete", desk.delete)
    control.add("POST", "/bulk/solve", desk.bulk_solve)
    control.add("GET", "/automation", parts.automation.listing)
    control.add("POST", "/automation", lambda: {"id": parts.automation.add(given()).id})
    control.add("DELETE", "/automation/<int:number>", desk.remove_rule)
    control.add("GET", "/site", desk.site)
    return control


class Desk:
    """What the endpoints do."""

    def __init__(self, parts: JiraParts) -> None:
        self._parts = parts
        self._site = parts.site

    def _issue(self, key: str) -> Issue:
        found = self._site.issue(key)
        if found is None:
            raise BadInput(f"there is no issue {key}", 404)
        return found

    def tickets(self) -> list[Json]:
        """Every issue in one line, oldest first."""
        return [self._line(issue) for issue in self._site.issues.values()]

    def _line(self, issue: Issue) -> Json:
        reporter = self._site.user(issue.reporter)
        return {
            "id": str(issue.id),
            "number": issue.key,
            "subject": issue.summary,
            "status": self._site.status(issue).name,
            "open": self._site.is_open(issue),
            "requester": (reporter.email or reporter.name) if reporter else None,
        }

    def ticket(self, key: str) -> Json:
        """The whole issue: fields, properties and all comments, internal ones too (``public`` false)."""
        site, issue = self._site, self._issue(key)
        comments = [
            comment_json(site, issue, one, "2", "Etc/UTC") | {"public": one.public, "body": one.body}
            for one in issue.comments
        ]
        reporter = site.user(issue.reporter)
        return (
            self._line(issue)
            | {"key": issue.key, "fields": issue_json(site, issue, "2", "Etc/UTC")["fields"]}
            | {"properties": issue.properties, "comments": comments, "request": issue.request_type is not None}
            | {"customer": {"details": reporter.details, "properties": reporter.properties} if reporter else None}
        )

    def solve(self, key: str, given: Json) -> None:
        """Resolve as a person would: ``agent_email``, ``group`` (a project's name or key), ``comment``, ``public``."""
        issue = self._issue(key)
        self.resolve(issue, self._agent(issue, given), given)

    def resolve(self, issue: Issue, agent: User, given: Json, *, bulk: bool = False) -> None:
        """Take the issue on if nobody had, say the last word, and take the workflow's step."""
        site = self._site
        if given.get("group"):
            target = self._project(str(given["group"]))
            if site.projects[issue.project_id] is not target:
                editing.move(site, issue, target, agent)
        step = solving(site.projects[issue.project_id], issue.status_id)
        if step is None:
            raise BadInput(f"{issue.key} is {site.status(issue).name} already")
        site.about_to_change(issue)
        editing.save(site, issue, agent, editing.assign(site, issue, agent))
        if given.get("comment"):
            editing.comment(site, issue, agent, str(given["comment"]), public=bool(given.get("public", True)))
        editing.transition(site, issue, step, agent, bulk=bulk)

    def _project(self, name: str) -> Any:
        found = next((one for one in self._site.projects.values() if name in (one.name, one.key)), None)
        if found is None:
            raise BadInput(f"no group is called {name}")
        return found

    def _agent(self, issue: Issue, given: Json) -> User:
        site = self._site
        if given.get("agent_email"):
            named = site.user_by_email(str(given["agent_email"]))
            if named is None or named.kind != ATLASSIAN:
                raise BadInput(f"no agent has the address {given['agent_email']}")
            return named
        assignee = site.user(issue.assignee)
        project = self._project(str(given["group"])) if given.get("group") else site.projects[issue.project_id]
        members = [user for user in site.role_members(project, TEAM_ROLE) if user.active]
        if assignee is not None and (assignee in members or not given.get("group")):
            return assignee
        return members[0] if members else (site.agents() or [self._parts.gate.integration])[0]

    def reopen(self, key: str, comment: str) -> None:
        """Answer as the customer, and see the issue open again: by the site's automation, or by an agent's hand."""
        site, issue = self._site, self._issue(key)
        reporter = site.user(issue.reporter)
        if reporter is not None:
            editing.comment(site, issue, reporter, comment)
        step = reopening(site.projects[issue.project_id], issue.status_id)
        if step is not None and not site.is_open(issue):
            editing.transition(site, issue, step, self._agent(issue, {}))

    def advance(self, seconds: float) -> datetime:
        """Step the clock."""
        return self._site.clock.advance(seconds)

    def populate(self, groups: int, agents: int) -> Json:
        """Many projects with as many groups, and agents in their teams."""
        populate(self._site, groups, agents, self._parts.gate.integration)
        people = sum(user.kind == ATLASSIAN for user in self._site.users.values())
        return {"groups": len(self._site.projects), "agents": people}

    def oauth_client(self) -> Json:
        """The registered OAuth app."""
        client = self._parts.oauth.client
        return {"client_id": client.identifier, "client_secret": client.secret}

    def token(self) -> Json:
        """A token for ``email``: ``means`` is classic, scoped or pat; ``scopes`` those of a scoped one."""
        wanted = given()
        user = self._site.user_by_email(str(wanted.get("email")))
        means = str(wanted.get("means") or CLASSIC)
        if user is None or means not in (CLASSIC, SCOPED, PAT):
            raise BadInput("name somebody's email, and classic, scoped or pat as means")
        scopes = frozenset(wanted.get("scopes") or CLASSIC_SCOPES) if means == SCOPED else None
        return {"token": self._parts.gate.issue_token(user, means, scopes)}

    def add_user(self) -> Json:
        """A person: ``name``, ``email``, ``kind``, ``projects`` to be in, and what ``change_user`` takes."""
        wanted = given()
        kind = str(wanted.get("kind") or ATLASSIAN)
        if kind not in KINDS or not wanted.get("name"):
            raise BadInput(f"give a name, and a kind of {', '.join(KINDS)}")
        user = create_user(self._site, str(wanted["name"]), wanted.get("email"), kind)
        self._change(user, wanted)
        return {"accountId": user.account_id}

    def change_user(self, key: str) -> Json:
        """Deactivate (``active``), delete (``deleted``), hide the address (``email_hidden``) and the like."""
        user = self._site.users.get(key) or self._site.user_by_email(key)
        if user is None:
            raise BadInput(f"there is nobody called {key}", 404)
        self._change(user, given())
        return {"accountId": user.account_id}

    def _change(self, user: User, wanted: Json) -> None:
        for name in ("active", "deleted", "email_hidden", "admin", "time_zone"):
            if name in wanted:
                setattr(user, name, wanted[name])
        for name in wanted.get("projects") or ():
            self._project(str(name)).role_users[TEAM_ROLE].append(user.account_id)

    def add_project(self) -> Json:
        """A project: ``name``, ``key``, and ``simplified`` for a team-managed one."""
        wanted, admin = given(), self._parts.gate.integration_id
        simplified = bool(wanted.get("simplified"))
        name, key = str(wanted.get("name") or "Project"), str(wanted.get("key") or "")
        project = create_project(self._site, name, key=key, simplified=simplified, admin=admin)
        return {"id": str(project.id), "key": project.key}

    def rename_project(self, key: str) -> Json:
        """Another ``name`` for a project, by its id or key, or its end (``deleted``)."""
        project, wanted = self._site.project(key), given()
        if project is None:
            raise BadInput(f"there is no project {key}", 404)
        project.name = str(wanted.get("name") or project.name)
        if wanted.get("deleted"):
            self._site.switches.hidden_projects.append(project.key)
        return {"id": str(project.id), "name": project.name}

    def rename_group(self, key: str) -> Json:
        """Another ``name`` for a user group, by its id."""
        group = self._site.groups.get(key)
        if group is None:
            raise BadInput(f"there is no group {key}", 404)
        group.name = str(given().get("name") or group.name)
        return {"groupId": group.id, "name": group.name}

    def transition(self, key: str) -> Json:
        """Take the workflow step with this ``name`` or ``id``, as ``agent_email`` or the assignee."""
        issue, wanted = self._issue(key), given()
        steps = available(self._site.projects[issue.project_id], issue.status_id)
        step = next((one for one in steps if wanted.get("name") == one.name or wanted.get("id") == one.id), None)
        if step is None:
            raise BadInput(f"from here there are: {', '.join(one.name for one in steps)}")
        editing.transition(self._site, issue, step, self._agent(issue, wanted))
        return self.ticket(key)

    def comment(self, key: str) -> Json:
        """A comment (``text``, ``public``) by ``agent_email``, or by the customer where ``customer`` is true."""
        issue, wanted = self._issue(key), given()
        customer = self._site.user(issue.reporter) if wanted.get("customer") else None
        author = customer or self._agent(issue, wanted)
        public = bool(wanted.get("public", True))
        editing.comment(self._site, issue, author, str(wanted.get("text") or "Hello"), public=public)
        return self.ticket(key)

    def move(self, key: str) -> Json:
        """To the project ``group``: the key changes, the id stays."""
        issue = self._issue(key)
        editing.move(self._site, issue, self._project(str(given().get("group"))), self._agent(issue, {}))
        return self.ticket(str(issue.id))

    def delete(self, key: str) -> Json:
        """Gone, as between a webhook and the reading of it."""
        issue = self._issue(key)
        editing.delete(self._site, issue, self._agent(issue, {}))
        return {"deleted": issue.key}

    def bulk_solve(self) -> Json:
        """Solve ``ids`` at once; their webhooks flow as Secondary."""
        keys = [str(key) for key in given().get("ids") or ()]
        for issue in [self._issue(key) for key in keys]:
            self.resolve(issue, self._agent(issue, {}), {}, bulk=True)
        return {"solved": keys}

    def remove_rule(self, number: int) -> Json:
        """Delete an Automation rule."""
        self._parts.automation.remove(number)
        return {"removed": number}

    def site(self) -> Json:
        """Ids that only an administrator would know."""
        return {"cloud_id": self._site.cloud_id, "org_id": self._site.org_id, "deployment": self._site.deployment}
