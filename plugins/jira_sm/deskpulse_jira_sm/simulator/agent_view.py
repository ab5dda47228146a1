"""Issues and people as the agent screen shows them."""

from __future__ import annotations

import json
from typing import Any

from deskpulse_jira_sm.simulator.adf import shown
from deskpulse_jira_sm.simulator.records import CATEGORIES, DONE, INDETERMINATE, NEW, Issue, User
from deskpulse_jira_sm.simulator.rendering import ORGANIZATIONS, REQUEST_TYPE
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_jira_sm.simulator.workflow import PRIORITIES, RESOLUTIONS
from deskpulse_simulation.records import Json
from deskpulse_simulation.screen import Line

MOST_TICKETS = 25
STATES = {NEW: "new", INDETERMINATE: "open", DONE: "solved"}
KINDS = {"atlassian": "Atlassian account", "customer": "Portal-only customer", "app": "App"}


def listed(site: Site, status: str, query: str, most: int) -> tuple[list[Line], int]:
    """The newest issues of a status group that contain the query, and how many there are in all."""
    needle = query.lower()
    rows: list[Line] = []
    total = 0
    for issue in reversed(site.issues.values()):
        wanted = status == "all" or site.is_open(issue) == (status != "solved")
        if not wanted or (needle and not _contains(site, needle, issue)):
            continue
        total += 1
        if len(rows) < most:
            rows.append(_line(site, issue))
    return rows, total


def _contains(site: Site, needle: str, issue: Issue) -> bool:
    reporter = site.user(issue.reporter)
    person = [reporter.name, reporter.email or ""] if reporter else []
    return any(needle in words.lower() for words in (issue.key, issue.summary, *issue.labels, *person))


def _line(site: Site, issue: Issue) -> Line:
    status, reporter, assignee = site.status(issue), site.user(issue.reporter), site.user(issue.assignee)
    return Line(
        number=issue.key,
        subject=issue.summary,
        address=f"/browse/{issue.key}",
        state=STATES.get(status.category, "open"),
        status=status.name,
        updated_at=issue.updated_at,
        requester=reporter.name if reporter else None,
        requester_address=person_address(reporter) if reporter else None,
        assignee=assignee.name if assignee else None,
        group=site.projects[issue.project_id].name,
    )


def person_address(user: User) -> str:
    """A person's page."""
    return f"/agent/people/{user.account_id}"


def issue_view(site: Site, issue: Issue) -> Json:
    """Everything the issue's page shows; ``revision`` changes when any of it does."""
    status, project = site.status(issue), site.projects[issue.project_id]
    reporter, assignee = site.user(issue.reporter), site.user(issue.assignee)
    kind = next((one.name for one in project.request_types if one.id == issue.request_type), "")
    parts = {part.id: part.name for part in project.components}
    return {
        "number": issue.key,
        "subject": issue.summary,
        "address": f"/browse/{issue.key}",
        "open": site.is_open(issue),
        "closed": False,
        "issue": issue,
        "status": status,
        "state": STATES.get(status.category, "open"),
        "category": CATEGORIES[status.category][1],
        "conversation": [(one, site.users.get(one.author), shown(one.body)) for one in reversed(issue.comments)],
        "facts": [
            ("Project", f"{project.name} ({project.key})"),
            ("Request type", kind),
            ("Resolution", RESOLUTIONS.get(issue.resolution or "", "")),
            ("Assignee", assignee.name if assignee else ""),
            ("Priority", PRIORITIES[issue.priority]),
            ("Component", ", ".join(parts.get(number, "") for number in issue.components)),
            ("Labels", ", ".join(issue.labels)),
        ],
        "fields": [(field.name, _shown(issue.custom.get(field.id))) for field in _own_fields(site)],
        "properties": [(name, json.dumps(value)) for name, value in issue.properties.items()],
        "reporter": reporter,
        "reporter_address": person_address(reporter) if reporter else "",
        "details": details(reporter) if reporter else [],
        "organizations": [site.organizations[number].name for number in issue.organizations],
        "revision": f"{issue.edits}.{issue.updated_at.timestamp():.3f}.{len(site.fields)}.{details(reporter)}",
    }


def _own_fields(site: Site) -> list[Any]:
    return [field for field in site.fields.values() if field.custom not in (ORGANIZATIONS, REQUEST_TYPE)]


def details(user: User | None) -> list[tuple[str, str]]:
    """A person's customer details and properties."""
    if user is None:
        return []
    rows = [(name, ", ".join(values)) for name, values in user.details.items()]
    return rows + [(name, json.dumps(value)) for name, value in user.properties.items()]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, dict):
        return str(value.get("value", value.get("name", "")))
    return f"{value:g}" if isinstance(value, float) else str(value)


def person_view(site: Site, user: User) -> Json:
    """Everything a person's page shows."""
    issues = [issue for issue in site.issues.values() if issue.reporter == user.account_id][-MOST_TICKETS:]
    latest = max((issue.updated_at.timestamp() for issue in issues), default=0)
    return {
        "name": user.name,
        "address": person_address(user),
        "user": user,
        "kind": KINDS[user.kind],
        "fields": details(user),
        "tickets": [_line(site, issue) for issue in reversed(issues)],
        "revision": f"{details(user)}.{latest:.3f}.{len(issues)}",
    }
