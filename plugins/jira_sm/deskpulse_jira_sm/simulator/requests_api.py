"""``/rest/servicedeskapi/request``: the customer's side of an issue that has a request type."""

from __future__ import annotations

from typing import Any

from deskpulse_jira_sm.simulator import editing
from deskpulse_jira_sm.simulator.adf import LONGEST_COMMENT
from deskpulse_jira_sm.simulator.api import DESK_CUSTOMERS, Api, Call, Reply
from deskpulse_jira_sm.simulator.comments_api import PUBLIC
from deskpulse_jira_sm.simulator.desk_api import find_desk, person_json, request_type_json
from deskpulse_jira_sm.simulator.errors import ApiError, not_found
from deskpulse_jira_sm.simulator.field_input import FieldInput
from deskpulse_jira_sm.simulator.paging import desk_page
from deskpulse_jira_sm.simulator.records import Comment, Issue
from deskpulse_jira_sm.simulator.rendering import agent_link, web_link
from deskpulse_jira_sm.simulator.site import find_user
from deskpulse_jira_sm.simulator.times import date_object
from deskpulse_jira_sm.simulator.workflow import available
from deskpulse_simulation.records import Json

NOT_A_REQUEST = "The request you are trying to view does not exist, or is not a customer request."


def add_routes(api: Api) -> None:
    """The endpoints."""
    api.desk("GET", "/request", every)
    api.desk("POST", "/request", create)
    api.desk("GET", "/request/<key>", show)
    api.desk("GET", "/request/<key>/status", statuses)
    api.desk("GET", "/request/<key>/comment", comments)
    api.desk("POST", "/request/<key>/comment", add_comment)
    api.desk("GET", "/request/<key>/comment/<number>", one_comment)
    api.desk("GET", "/request/<key>/participant", participants, experimental="server")
    api.desk("POST", "/request/<key>/participant", add_participants, scope=DESK_CUSTOMERS, experimental="server")
    api.desk("GET", "/request/<key>/transition", transitions, experimental="server")
    api.desk("POST", "/request/<key>/transition", transition, experimental="server")


def _found(call: Call, key: str) -> Issue:
    issue = call.issue(key)
    if issue.request_type is None:
        raise not_found(NOT_A_REQUEST)
    return issue


def _status(call: Call, issue: Issue) -> Json:
    status = call.site.status(issue)
    moved = next((one for one in reversed(issue.changes) if any(i["fieldId"] == "status" for i in one.items)), None)
    date = date_object(moved.created_at if moved else issue.created_at, call.zone)
    return {"status": status.name, "statusCategory": status.category.upper(), "statusDate": date}


def request_json(call: Call, issue: Issue) -> Json:
    """A request; its category words are in capitals, unlike the platform's."""
    site, base = call.site, f"{call.base}/rest"
    project = site.projects[issue.project_id]
    kind = next(one for one in project.request_types if one.id == issue.request_type)
    values = (("summary", "Summary", issue.summary), ("description", "Description", issue.description))
    body: Json = {
        "_expands": ["participant", "status", "sla", "requestType", "serviceDesk", "attachment", "action", "comment"],
        "issueId": str(issue.id),
        "issueKey": issue.key,
        "summary": issue.summary,
        "requestTypeId": kind.id,
        "serviceDeskId": str(project.desk_id),
        "createdDate": date_object(issue.created_at, call.zone),
        "reporter": person_json(site, site.users.get(issue.reporter or "")),
        "requestFieldValues": [{"fieldId": name, "label": label, "value": value} for name, label, value in values],
        "currentStatus": _status(call, issue),
        "_links": {
            "jiraRest": f"{base}/api/2/issue/{issue.id}",
            "web": web_link(site, issue),
            "agent": agent_link(site, issue),
            "self": f"{base}/servicedeskapi/request/{issue.id}",
        },
    }
    expand = call.names("expand")
    if "requestType" in expand:
        body["requestType"] = request_type_json(call, project, kind)
    if "serviceDesk" in expand:
        shape = {"id": str(project.desk_id), "projectId": str(project.id)}
        body["serviceDesk"] = shape | {"projectName": project.name, "projectKey": project.key}
    if "participant" in expand:
        body["participants"] = participants(call, issue.key)
    if "status" in expand:
        body["status"] = statuses(call, issue.key)
    if "sla" in expand:
        body["sla"] = desk_page(call, [], str)
    return body


def show(call: Call, key: str) -> Json:
    """One request; 404 for an issue that has no request type."""
    return request_json(call, _found(call, key))


def every(call: Call) -> Json:
    """Requests, newest first."""
    desk, words, status = call.arg("serviceDeskId"), (call.arg("searchTerm") or "").lower(), call.arg("requestStatus")
    site = call.site
    rows = []
    for issue in reversed(site.issues.values()):
        project = site.projects[issue.project_id]
        wanted_desk = desk is None or str(project.desk_id) == desk
        wanted_state = status in (None, "ALL_REQUESTS") or (status == "OPEN_REQUESTS") == site.is_open(issue)
        if issue.request_type and wanted_desk and wanted_state and site.sees(call.user, project):
            rows.append(issue)
    rows = [issue for issue in rows if words in issue.summary.lower()]
    return desk_page(call, rows, lambda issue: request_json(call, issue))


def create(call: Call) -> Reply:
    """A request, on behalf of somebody where ``raiseOnBehalfOf`` names them."""
    body = call.body()
    project = find_desk(call, str(body.get("serviceDeskId")))
    kind = next((one for one in project.request_types if one.id == str(body.get("requestTypeId"))), None)
    if kind is None:
        raise ApiError(400, "The request type does not exist on this service desk.")
    values: Json = dict(body.get("requestFieldValues") or {})
    summary = values.pop("summary", None)
    if not isinstance(summary, str) or not summary.strip():
        raise ApiError(400, "Your request could not be created: summary is required.")
    behalf = body.get("raiseOnBehalfOf")
    known = call.site.user(str(behalf)) or call.site.user_by_email(str(behalf)) if behalf else call.user
    if known is None:
        raise ApiError(400, f"The user '{behalf}' does not exist.")
    issue = editing.create(
        call.site, project, summary, call.user, reporter=known.account_id, request_type=kind.id, channel="api"
    )
    issue.description = str(values.pop("description", ""))
    try:
        FieldInput(call.site, issue, "2").apply(values)
    except ApiError:
        del call.site.issues[issue.id]
        raise
    issue.participants = [find_user(call.site, one).account_id for one in body.get("requestParticipants") or ()]
    editing.announce(call.site, issue, call.user)
    return Reply(request_json(call, issue), 201)


def statuses(call: Call, key: str) -> Json:
    """The statuses a request has had, newest first."""
    issue = _found(call, key)
    rows: list[Any] = []
    for change in reversed(issue.changes):
        for line in change.items:
            if line["fieldId"] == "status":
                category = call.site.statuses[line["to"]].category.upper()
                date = date_object(change.created_at, call.zone)
                rows.append({"status": line["toString"], "statusCategory": category, "statusDate": date})
    return desk_page(call, rows or [_status(call, issue)], lambda row: row)


def _comment_json(call: Call, issue: Issue, comment: Comment) -> Json:
    return {
        "_expands": ["attachment", "renderedBody"],
        "id": str(comment.id),
        "body": comment.body,
        "public": comment.public,
        "author": person_json(call.site, call.site.users.get(comment.author)),
        "created": date_object(comment.created_at, call.zone),
        "_links": {"self": f"{call.base}/rest/servicedeskapi/request/{issue.id}/comment/{comment.id}"},
    }


def comments(call: Call, key: str) -> Json:
    """A request's comments; ``public`` and ``internal`` choose."""
    issue = _found(call, key)
    with_public, with_internal = call.flag("public") is not False, call.flag("internal") is not False
    rows = [one for one in issue.comments if (with_public if one.public else with_internal)]
    return desk_page(call, rows, lambda comment: _comment_json(call, issue, comment))


def add_comment(call: Call, key: str) -> Reply:
    """Plain or wiki text; ``public: false`` keeps it among agents."""
    issue, body = _found(call, key), call.body()
    text, public = body.get("body"), body.get("public", True)
    if not isinstance(text, str) or not text.strip() or not isinstance(public, bool):
        raise ApiError(400, "Comment body can not be empty.")
    if len(text) > LONGEST_COMMENT:
        raise ApiError(400, f"The comment exceeds the limit of {LONGEST_COMMENT} characters.")
    marks = {} if public else {PUBLIC: {"internal": True}}
    comment = editing.comment(call.site, issue, call.user, text, public=public, properties=marks)
    return Reply(_comment_json(call, issue, comment), 201)


def one_comment(call: Call, key: str, number: str) -> Json:
    """One comment."""
    issue = _found(call, key)
    comment = next((one for one in issue.comments if str(one.id) == number), None)
    if comment is None:
        raise not_found("The comment you are trying to view does not exist.")
    return _comment_json(call, issue, comment)


def participants(call: Call, key: str) -> Json:
    """Who else follows a request."""
    rows = [user for number in _found(call, key).participants if (user := call.site.user(number)) is not None]
    return desk_page(call, rows, lambda user: person_json(call.site, user))


def add_participants(call: Call, key: str) -> Json:
    """Share a request with people."""
    issue = _found(call, key)
    names = call.body().get("usernames" if call.site.server else "accountIds") or []
    issue.participants += [find_user(call.site, name).account_id for name in names]
    return participants(call, key)


def transitions(call: Call, key: str) -> Json:
    """The steps customers may take."""
    issue = _found(call, key)
    rows = available(call.site.projects[issue.project_id], issue.status_id)
    return desk_page(call, rows, lambda step: {"id": step.id, "name": step.name})


def transition(call: Call, key: str) -> Reply:
    """Take a step, with a comment if one is given."""
    issue, body = _found(call, key), call.body()
    steps = available(call.site.projects[issue.project_id], issue.status_id)
    step = next((one for one in steps if one.id == str(body.get("id"))), None)
    if step is None:
        raise ApiError(400, "The transition is not valid for this request.")
    editing.transition(call.site, issue, step, call.user)
    text = (body.get("additionalComment") or {}).get("body")
    if text:
        editing.comment(call.site, issue, call.user, str(text))
    return Reply(None, 204)
