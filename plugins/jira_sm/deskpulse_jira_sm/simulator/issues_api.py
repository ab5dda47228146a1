"""``/issue``: create, read, edit, move through the workflow, delete; changelog and entity properties."""

from __future__ import annotations

from typing import Any

from deskpulse_jira_sm.simulator import editing
from deskpulse_jira_sm.simulator.api import Api, Call, Reply
from deskpulse_jira_sm.simulator.comments_api import comment_input
from deskpulse_jira_sm.simulator.errors import ApiError, invalid, not_found
from deskpulse_jira_sm.simulator.field_input import FieldInput
from deskpulse_jira_sm.simulator.paging import listing, page
from deskpulse_jira_sm.simulator.people_api import property_value
from deskpulse_jira_sm.simulator.records import Change, Issue, Project, Transition
from deskpulse_jira_sm.simulator.rendering import change_json, issue_json, status_json
from deskpulse_jira_sm.simulator.site import find_user
from deskpulse_jira_sm.simulator.workflow import ISSUE_TYPES, RESOLUTIONS, available
from deskpulse_simulation.records import Json

MOST_AT_ONCE = 100
SYSTEM = frozenset(("project", "issuetype"))


def add_routes(api: Api) -> None:
    """The endpoints."""
    for method, rule, view in (
        ("POST", "/issue", create),
        ("GET", "/issue/<key>", show),
        ("PUT", "/issue/<key>", edit),
        ("DELETE", "/issue/<key>", delete),
        ("PUT", "/issue/<key>/assignee", set_assignee),
        ("GET", "/issue/<key>/transitions", transitions),
        ("POST", "/issue/<key>/transitions", transition),
        ("GET", "/issue/<key>/changelog", changelog),
        ("GET", "/issue/<key>/editmeta", edit_meta),
        ("GET", "/issue/<key>/properties", property_keys),
        ("POST", "/issue/properties/multi", set_many_properties),
        ("GET", "/issue/<key>/properties/<name>", get_property),
        ("PUT", "/issue/<key>/properties/<name>", set_property),
        ("DELETE", "/issue/<key>/properties/<name>", delete_property),
    ):
        api.platform(method, rule, view)


def shown(call: Call, issue: Issue, wanted: list[str] | None = None) -> Json:
    """An issue with what the query asks to be expanded and which properties it wants."""
    body = issue_json(call.site, issue, call.version, call.zone, wanted)
    if "changelog" in call.names("expand"):
        rows = [change_json(call.site, change, call.version, call.zone) for change in reversed(issue.changes)]
        body["changelog"] = {"startAt": 0, "maxResults": len(rows), "total": len(rows), "histories": rows}
    names = call.names("properties")
    if names:
        every = "*all" in names
        body["properties"] = {name: value for name, value in issue.properties.items() if every or name in names}
    return body


def show(call: Call, key: str) -> Json:
    """One issue, all fields unless some are asked for."""
    issue = call.issue(key)
    call.charge(1)
    return shown(call, issue, call.names("fields"))


def _project(call: Call, fields: Json) -> Project:
    given = fields.get("project")
    text = str((given.get("key") or given.get("id")) if isinstance(given, dict) else "")
    project = call.site.project(text)
    if project is None or not call.site.sees(call.user, project):
        raise invalid(project="valid project is required")
    return project


def _type(fields: Json) -> str:
    given = fields.get("issuetype")
    wanted = given if isinstance(given, dict) else {}
    for number, name in ISSUE_TYPES.items():
        if str(wanted.get("id")) == number or wanted.get("name") == name:
            return number
    raise invalid(issuetype="Specify a valid issue type")


def create(call: Call) -> Reply:
    """An issue made inside Jira: it has no request type unless that field is given."""
    body = call.body()
    fields = body.get("fields")
    if not isinstance(fields, dict):
        raise invalid("Invalid request payload. Refer to the REST API documentation and try again.")
    project, kind = _project(call, fields), _type(fields)
    if "summary" not in fields:
        raise invalid(summary="You must specify a summary of the issue.")
    issue = editing.create(call.site, project, str(fields["summary"]), call.user, type_id=kind, channel="jira")
    try:
        FieldInput(call.site, issue, call.version).apply(fields, ignored=SYSTEM)
        _store_properties(issue, body.get("properties"))
    except ApiError:
        del call.site.issues[issue.id]
        project.last_number -= 1
        raise
    editing.announce(call.site, issue, call.user)
    link = f"{call.base}/rest/api/{call.version}/issue/{issue.id}"
    return Reply({"id": str(issue.id), "key": issue.key, "self": link}, 201)


def edit(call: Call, key: str) -> Reply:
    """Fields and properties in one go: 204, or 400 and nothing written. ``returnIssue=true`` gives 200."""
    issue, body = call.issue(key), call.body()
    editing.check_editable(call.site, issue)
    fields = dict(body.get("fields") or {})
    for name, steps in (body.get("update") or {}).items():
        if name != "comment":
            fields[name] = _updated(issue, name, steps)
    items = FieldInput(call.site, issue, call.version).apply(fields, ignored=SYSTEM)
    _store_properties(issue, body.get("properties"))
    editing.save(call.site, issue, call.user, items, "issue_updated")
    for step in (body.get("update") or {}).get("comment") or ():
        if "add" in step:
            comment_input(call, issue, step["add"])
    return Reply(shown(call, issue), 200) if call.flag("returnIssue") else Reply(None, 204)


def _updated(issue: Issue, name: str, steps: Any) -> Any:
    """The value that ``update`` operations lead to: ``set``, or ``add`` and ``remove`` on labels."""
    value: Any = list(issue.labels) if name == "labels" else None
    for step in steps if isinstance(steps, list) else ():
        if "set" in step:
            value = step["set"]
        elif name == "labels" and "add" in step:
            value.append(step["add"])
        elif name == "labels" and "remove" in step:
            value = [label for label in value if label != step["remove"]]
        else:
            raise invalid(**{name: "Field does not support this operation."})
    return value


def _store_properties(issue: Issue, given: Any) -> None:
    for one in given or ():
        issue.properties[str(one["key"])] = one.get("value")


def delete(call: Call, key: str) -> Reply:
    """Gone for good."""
    editing.delete(call.site, call.issue(key), call.user)
    return Reply(None, 204)


def set_assignee(call: Call, key: str) -> Reply:
    """Give the issue to somebody, or to nobody with null."""
    issue, body = call.issue(key), call.body()
    wanted = body.get("name" if call.site.server else "accountId")
    user = find_user(call.site, wanted) if wanted is not None else None
    call.site.about_to_change(issue)
    editing.save(call.site, issue, call.user, editing.assign(call.site, issue, user), "issue_assigned")
    return Reply(None, 204)


def _step_json(call: Call, step: Transition) -> Json:
    target = status_json(call.site, call.site.statuses[step.target], call.version)
    shape = {"hasScreen": False, "isGlobal": step.sources is None, "isInitial": False, "isConditional": False}
    return {"id": step.id, "name": step.name, "to": target, "isAvailable": True} | shape


def transitions(call: Call, key: str) -> Json:
    """The steps that can be taken from where the issue is."""
    issue = call.issue(key)
    steps = available(call.site.projects[issue.project_id], issue.status_id)
    return {"expand": "transitions", "transitions": [_step_json(call, step) for step in steps]}


def transition(call: Call, key: str) -> Reply:
    """Take a step; a resolution may be given with it."""
    issue, body = call.issue(key), call.body()
    number = str((body.get("transition") or {}).get("id", ""))
    steps = available(call.site.projects[issue.project_id], issue.status_id)
    step = next((one for one in steps if one.id == number), None)
    if step is None:
        raise invalid("Can't move (" + issue.key + "). You might not have permission, or the transition is not valid.")
    wanted = (body.get("fields") or {}).get("resolution")
    resolution = None
    if isinstance(wanted, dict):
        names = {name: number for number, name in RESOLUTIONS.items()}
        resolution = names.get(str(wanted.get("name"))) or (
            wanted.get("id") if wanted.get("id") in RESOLUTIONS else None
        )
        if resolution is None:
            raise invalid(resolution="Could not find valid 'id' or 'name' in resolution object.")
    editing.transition(call.site, issue, step, call.user, resolution)
    for one in (body.get("update") or {}).get("comment") or ():
        comment_input(call, issue, one["add"])
    return Reply(None, 204)


def changelog(call: Call, key: str) -> Json:
    """All changes by pages, oldest first (an issue's ``expand=changelog`` has the newest first)."""
    issue = call.issue(key)

    def row(change: Change) -> Json:
        return change_json(call.site, change, call.version, call.zone)

    if call.site.server:
        return listing(call, "values", issue.changes, row)
    return page(call, issue.changes, row, most=100, usual=100)


def edit_meta(call: Call, key: str) -> Json:
    """Which fields the edit screen has."""
    project = call.site.projects[call.issue(key).project_id]
    names = [name for name in call.site.fields if call.site.on_screen(project, name)]
    plain = ("summary", "description", "labels", "assignee", "priority", "components", "resolution")
    return {"fields": {name: {"required": False, "operations": ["set"], "fieldId": name} for name in (*plain, *names)}}


def property_keys(call: Call, key: str) -> Json:
    """The keys of an issue's entity properties."""
    issue = call.issue(key)
    base = f"{call.base}/rest/api/{call.version}/issue/{issue.id}/properties"
    return {"keys": [{"key": name, "self": f"{base}/{name}"} for name in issue.properties]}


def get_property(call: Call, key: str, name: str) -> Json:
    """One property."""
    issue = call.issue(key)
    if name not in issue.properties:
        raise not_found(f"The property with key '{name}' does not exist.")
    return {"key": name, "value": issue.properties[name]}


def set_property(call: Call, key: str, name: str) -> Reply:
    """201 for a new one, 200 for another value; no ``issue_updated`` follows."""
    issue, value = call.issue(key), property_value(call)
    new = editing.set_property(call.site, issue, call.user, name, value)
    return Reply(None, 201 if new else 200)


def set_many_properties(call: Call) -> Reply:
    """Properties of up to 100 issues: 303 to a task, which is done already."""
    rows = call.body().get("issues") or []
    if not 0 < len(rows) <= MOST_AT_ONCE:
        raise invalid(f"Give 1 to {MOST_AT_ONCE} issues.")
    for row in rows:
        issue = call.issue(str(row.get("issueID")))
        for name, value in (row.get("properties") or {}).items():
            editing.set_property(call.site, issue, call.user, str(name), value)
    return see_task(call)


def see_task(call: Call) -> Reply:
    """303 to a new task."""
    number = call.site.ids.number("task")
    return Reply(None, 303, {"Location": f"{call.base}/rest/api/{call.version}/task/{number}"})


def delete_property(call: Call, key: str, name: str) -> Reply:
    """204."""
    if call.issue(key).properties.pop(name, None) is None:
        raise not_found(f"The property with key '{name}' does not exist.")
    return Reply(None, 204)
