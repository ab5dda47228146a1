"""Changing issues: every way in, be it API, agent screen or portal, ends here, and from here events go out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from deskpulse_jira_sm.simulator.errors import ApiError, invalid
from deskpulse_jira_sm.simulator.events import (
    COMMENTED,
    CREATED,
    DELETED,
    PROPERTY_SET,
    UPDATED,
    Event,
    item,
)
from deskpulse_jira_sm.simulator.records import CUSTOMER, Change, Comment, Issue, Project, Transition, User
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_jira_sm.simulator.workflow import ISSUE_TYPES, RESOLUTIONS, available, first_status, reopening
from deskpulse_simulation.records import Json, Mail

EVENT_NAMES = {"assignee": "issue_assigned"}
AUTOMATION = "Automation for Jira"


def create(site: Site, project: Project, summary: str, actor: User, **values: Any) -> Issue:
    """A new issue, told to nobody yet: ``announce`` does that once its fields are complete."""
    moment = values.pop("created_at", None) or site.now()
    project.last_number += 1
    issue = Issue(
        id=site.ids.number("issue"),
        key=f"{project.key}-{project.last_number}",
        project_id=project.id,
        summary=summary,
        type_id=values.pop("type_id", next(iter(ISSUE_TYPES))),
        status_id=first_status(project),
        reporter=values.pop("reporter", actor.account_id),
        creator=actor.account_id,
        created_at=moment,
        updated_at=moment,
        category_changed_at=moment,
        **values,
    )
    site.about_to_change(issue, new=True)
    return site.add_issue(issue)


def announce(site: Site, issue: Issue, actor: User) -> None:
    """Send the event of a creation. Its changelog spells ``Status`` with a capital."""
    status = site.status(issue)
    change = _note(site, issue, actor, [item("Status", "status", ("", ""), (status.id, status.name))], issue.created_at)
    site.notify(Event(CREATED, issue, actor.account_id, "issue_created", change))


def _note(site: Site, issue: Issue, actor: User, items: Sequence[Json], moment: datetime) -> Change:
    change = Change(site.ids.number("change", 20000), actor.account_id, moment, tuple(items))
    issue.changes.append(change)
    return change


def save(
    site: Site, issue: Issue, actor: User, items: Sequence[Json], event: str = "issue_generic", **more: Any
) -> None:
    """Store a change that has been made, and send its event. Nothing changed is no change."""
    if not items:
        return
    issue.updated_at = site.now()
    issue.edits += 1
    change = _note(site, issue, actor, items, issue.updated_at)
    names = [EVENT_NAMES[one["fieldId"]] for one in items if one["fieldId"] in EVENT_NAMES]
    name = names[0] if names and event == "issue_generic" else event
    site.notify(Event(UPDATED, issue, actor.account_id, name, change, **more))


def transition(
    site: Site, issue: Issue, step: Transition, actor: User, resolution: str | None = None, *, bulk: bool = False
) -> None:
    """Take one step of the workflow; ``resolution`` overrides what the step itself sets."""
    if step not in available(site.projects[issue.project_id], issue.status_id):
        raise invalid(f"It seems that you have tried to perform a workflow operation ({step.name}) that is not valid.")
    site.about_to_change(issue)
    items = _go(site, issue, step.target)
    wanted = resolution if resolution is not None else step.resolution
    if wanted == "" and site.switches.keep_resolution:
        wanted = None
    if wanted is not None:
        items += resolve(site, issue, wanted or None)
    save(site, issue, actor, items, step.event, transition=step, bulk=bulk)


def _go(site: Site, issue: Issue, target: str) -> list[Json]:
    """Put an issue into another status; the changelog items of it."""
    before, after = site.status(issue), site.statuses[target]
    issue.status_id = after.id
    if before.category != after.category:
        issue.category_changed_at = site.now()
    return [item("status", "status", (before.id, before.name), (after.id, after.name))]


def resolve(site: Site, issue: Issue, resolution: str | None) -> list[Json]:
    """Set or clear the resolution, which need not agree with the status; the changelog items of it."""
    if resolution == issue.resolution:
        return []
    before = (issue.resolution, RESOLUTIONS.get(issue.resolution or ""))
    issue.resolution = resolution
    issue.resolved_at = site.now() if resolution else None
    return [item("resolution", "resolution", before, (resolution, RESOLUTIONS.get(resolution or "")))]


def assign(site: Site, issue: Issue, user: User | None) -> list[Json]:
    """Give an issue to somebody, or to nobody; the changelog items of it."""
    new = user.account_id if user else None
    if new == issue.assignee:
        return []
    before = site.users.get(issue.assignee or "")
    issue.assignee = new
    told = tuple((one.account_id, one.name) if one else (None, None) for one in (before, user))
    return [item("assignee", "assignee", told[0], told[1])]


def comment(
    site: Site,
    issue: Issue,
    author: User,
    text: str,
    *,
    public: bool = True,
    properties: Json | None = None,
    visibility: Json | None = None,
) -> Comment:
    """Write a comment. It raises two events, may reopen the issue, and a public one of an agent mails the customer."""
    if not text.strip():
        raise invalid("Comment body can not be empty!", comment="Comment body can not be empty!")
    moment = site.now()
    written = Comment(
        site.ids.number("comment"), author.account_id, text, public, moment, moment, properties or {}, visibility
    )
    site.about_to_change(issue)
    issue.comments.append(written)
    issue.updated_at = moment
    issue.edits += 1
    site.notify(Event(COMMENTED, issue, author.account_id, comment=written))
    site.notify(Event(UPDATED, issue, author.account_id, "issue_commented", comment=written))
    by_customer = author.kind == CUSTOMER or author.account_id == issue.reporter
    if public and not by_customer:
        _mail(site, issue, author, text)
    switch = site.switches.reopen_on_customer_comment if by_customer else site.switches.reopen_on_agent_comment
    if public and switch and not site.is_open(issue):
        _reopen(site, issue)
    return written


def _reopen(site: Site, issue: Issue) -> None:
    step = reopening(site.projects[issue.project_id], issue.status_id)
    robot = next(user for user in site.users.values() if user.name == AUTOMATION)
    if step is not None:
        transition(site, issue, step, robot)


def _mail(site: Site, issue: Issue, author: User, text: str) -> None:
    reporter = site.user(issue.reporter)
    if reporter is None or reporter.email is None or issue.request_type is None:
        return
    project = site.projects[issue.project_id]
    view = f"{site.base_url}/servicedesk/customer/portal/{project.desk_id}/{issue.key}"
    body = f"{author.name} commented:\n\n{text}\n\nView request: {view}"
    site.send_mail(Mail(reporter.email, f"{issue.key} {issue.summary}", body, site.now(), issue.key, "Public comment"))


def set_property(site: Site, issue: Issue, actor: User, key: str, value: Any) -> bool:
    """Store an entity property; True when it is new. It is no change of the issue, and raises its own event only."""
    new = key not in issue.properties
    issue.properties[key] = value
    issue.edits += 1
    site.notify(Event(PROPERTY_SET, issue, actor.account_id, property_key=key))
    return new


def move(site: Site, issue: Issue, target: Project, actor: User) -> None:
    """Move an issue to another project: its key changes, its id stays."""
    if target.id == issue.project_id:
        raise invalid("The issue is in this project already.")
    site.about_to_change(issue)
    source, old = site.projects[issue.project_id], issue.key
    target.last_number += 1
    issue.project_id = target.id
    site.rekey(issue, f"{target.key}-{target.last_number}")
    other = [] if source.simplified == target.simplified else _go(site, issue, first_status(target))
    issue.request_type = target.request_types[0].id if issue.request_type and target.request_types else None
    issue.components = []
    items = [
        item("project", "project", (str(source.id), source.name), (str(target.id), target.name)),
        item("Key", "issuekey", (None, old), (None, issue.key)),
        *other,
    ]
    save(site, issue, actor, items, "issue_moved")


def delete(site: Site, issue: Issue, actor: User) -> None:
    """Delete an issue for good."""
    site.remove_issue(issue)
    site.notify(Event(DELETED, issue, actor.account_id, "issue_deleted"))


def check_editable(site: Site, issue: Issue) -> None:
    """Refuse edits in a status that is closed to them."""
    if not site.status(issue).editable:
        raise ApiError(400, "You do not have permission to edit issues in this project, or the issue is not editable.")
