"""``/search/jql`` of Cloud, where the old ``/search`` answers 410; ``/search`` of Data Center with its totals."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import timedelta
from typing import Any

from deskpulse_jira_sm.simulator.api import READ, Api, Call
from deskpulse_jira_sm.simulator.errors import ApiError, invalid, not_found
from deskpulse_jira_sm.simulator.issues_api import shown
from deskpulse_jira_sm.simulator.jql import parse
from deskpulse_jira_sm.simulator.jql_match import Matcher
from deskpulse_jira_sm.simulator.paging import window
from deskpulse_jira_sm.simulator.records import Issue
from deskpulse_simulation.records import Json

MOST, MOST_FRESH = 5000, 50
TOKEN_LIFE = timedelta(days=7)
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."


def add_routes(api: Api) -> None:
    """The endpoints. Searching is reading, whatever the method."""
    api.platform("GET", "/search/jql", search)
    api.platform("POST", "/search/jql", search, scope=READ)
    api.platform("GET", "/search", old_search)
    api.platform("POST", "/search", old_search, scope=READ)
    api.platform("POST", "/search/approximate-count", count, scope=READ)


def _asked(call: Call) -> Json:
    if call.request.method == "POST":
        return call.body()
    asked: Json = {
        name: value for name, value in call.request.args.items() if name in ("jql", "nextPageToken", "expand")
    }
    if call.arg("maxResults"):
        asked["maxResults"] = window(call, 10**9)[1]
    if "fields" in call.request.args:
        asked["fields"] = call.names("fields")
    if "reconcileIssues" in call.request.args:
        asked["reconcileIssues"] = call.names("reconcileIssues")
    return asked


def _found(call: Call, asked: Json) -> list[Issue]:
    text = str(asked.get("jql") or "")
    query = parse(text)
    if query.condition is None and not call.site.server:
        raise invalid(UNBOUNDED)
    given = asked.get("reconcileIssues") or []
    if not isinstance(given, list) or len(given) > MOST_FRESH or not all(str(one).isdigit() for one in given):
        raise invalid(f"reconcileIssues takes up to {MOST_FRESH} issue ids.")
    site, fresh = call.site, {int(one) for one in given}
    visible = {number: site.sees(call.user, project) for number, project in site.projects.items()}
    issues = [issue for issue in site.indexed(fresh) if visible[issue.project_id]]
    return Matcher(site, call.user).found(query, issues)


def search(call: Call) -> Json:
    """Ids only, unless ``fields`` asks for more; no total; tokens lead on for seven days."""
    if call.site.server:
        raise not_found("HTTP 404 Not Found")
    asked = _asked(call)
    size = asked.get("maxResults", 50)
    if not isinstance(size, int) or not 0 < size <= MOST:
        raise invalid(f"maxResults must be between 1 and {MOST}.")
    rows = _found(call, asked)
    start = _start(call, asked)
    picked = rows[start : start + size]
    call.charge(len(picked))
    body: Json = {"issues": [_row(call, issue, asked) for issue in picked], "isLast": start + size >= len(rows)}
    if not body["isLast"]:
        body["nextPageToken"] = _token(call, start + size, asked)
    return body


def _row(call: Call, issue: Issue, asked: Json) -> Json:
    fields = asked.get("fields")
    wanted = [str(name) for name in fields] if isinstance(fields, list) else ["id"]
    row = shown(call, issue, wanted)
    names = asked.get("properties")
    if isinstance(names, list):
        row["properties"] = {name: value for name, value in issue.properties.items() if name in names}
    if wanted == ["id"]:
        return {"id": row["id"]}
    return {key: value for key, value in row.items() if key != "expand"}


def _token(call: Call, start: int, asked: Json) -> str:
    until = (call.site.now() + TOKEN_LIFE).timestamp()
    return base64.urlsafe_b64encode(json.dumps([start, until, asked.get("jql")]).encode()).decode()


def _start(call: Call, asked: Json) -> int:
    text = asked.get("nextPageToken")
    if not text:
        return 0
    try:
        start, until, jql = json.loads(base64.urlsafe_b64decode(str(text)))
    except (ValueError, binascii.Error):
        raise invalid("The provided next page token is invalid.") from None
    if until < call.site.now().timestamp() or jql != asked.get("jql"):
        raise invalid("The provided next page token is invalid or expired.")
    return int(start)


def old_search(call: Call) -> Json:
    """410 on Cloud; on Data Center pages by ``startAt`` with a total."""
    if not call.site.server:
        words = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
        raise ApiError(410, words)
    asked: Json = (
        call.body()
        if call.request.method == "POST"
        else {**call.request.args.to_dict(), "fields": call.names("fields")}
    )
    start, size = int(asked.get("startAt", 0)), min(int(asked.get("maxResults", 50)), 1000)
    rows = _found(call, asked)
    fields: Any = asked.get("fields") or None
    issues = [shown(call, issue, fields) for issue in rows[start : start + size]]
    return {"startAt": start, "maxResults": size, "total": len(rows), "issues": issues}


def count(call: Call) -> Json:
    """About how many issues match."""
    return {"count": len(_found(call, _asked(call)))}
