"""``/issue/{key}/comment``: public by default; ``sd.public.comment`` makes one internal."""

from __future__ import annotations

from typing import Any

from deskpulse_jira_sm.simulator import adf, editing
from deskpulse_jira_sm.simulator.api import Api, Call, Reply
from deskpulse_jira_sm.simulator.errors import invalid, not_found
from deskpulse_jira_sm.simulator.paging import listing
from deskpulse_jira_sm.simulator.records import Comment, Issue
from deskpulse_jira_sm.simulator.rendering import comment_json
from deskpulse_simulation.records import Json

PUBLIC = "sd.public.comment"


def add_routes(api: Api) -> None:
    """The endpoints."""
    for method, rule, view in (
        ("GET", "/issue/<key>/comment", every),
        ("POST", "/issue/<key>/comment", create),
        ("GET", "/issue/<key>/comment/<number>", show),
        ("PUT", "/issue/<key>/comment/<number>", edit),
        ("DELETE", "/issue/<key>/comment/<number>", delete),
        ("GET", "/comment/<number>/properties/<name>", get_property),
    ):
        api.platform(method, rule, view)


def shown(call: Call, issue: Issue, comment: Comment) -> Json:
    """A comment; on request with its properties, where the internal mark can be read."""
    body = comment_json(call.site, issue, comment, call.version, call.zone)
    if "properties" in call.names("expand"):
        body["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
    return body


def text_of(call: Call, raw: Json) -> str:
    """The comment's words: a document in v3, a string in v2."""
    given = raw.get("body")
    if call.version == "3":
        wrong = adf.problem(given)
        if wrong:
            raise invalid(comment=wrong)
        text = adf.to_wiki(given if isinstance(given, dict) else {})
    elif isinstance(given, str):
        text = given
    else:
        raise invalid("Can not deserialize instance of java.lang.String")
    if len(text) > adf.LONGEST_COMMENT:
        raise invalid(
            comment=f"The entered text is too long. It exceeds the limit of {adf.LONGEST_COMMENT} characters."
        )
    return text


def _properties(raw: Json) -> Json:
    return {str(one.get("key")): one.get("value") for one in raw.get("properties") or ()}


def _public(properties: Json) -> bool:
    mark = properties.get(PUBLIC)
    return not (isinstance(mark, dict) and mark.get("internal") in (True, "true"))


def comment_input(call: Call, issue: Issue, raw: Any) -> Comment:
    """Write the comment that a request describes."""
    if not isinstance(raw, dict):
        raise invalid("Comment body can not be empty!")
    text, properties = text_of(call, raw), _properties(raw)
    visibility = raw.get("visibility")
    return editing.comment(
        call.site, issue, call.user, text, public=_public(properties), properties=properties, visibility=visibility
    )


def create(call: Call, key: str) -> Reply:
    """201 with the comment; ``jsdPublic`` tells who sees it."""
    issue = call.issue(key)
    return Reply(shown(call, issue, comment_input(call, issue, call.body())), 201)


def every(call: Call, key: str) -> Json:
    """An issue's comments."""
    issue = call.issue(key)
    rows = issue.comments[::-1] if call.arg("orderBy") == "-created" else issue.comments
    return listing(call, "comments", rows, lambda comment: shown(call, issue, comment), most=5000)


def _found(issue: Issue, number: str) -> Comment:
    found = next((comment for comment in issue.comments if str(comment.id) == number), None)
    if found is None:
        raise not_found(f"Can not find a comment for the id: {number}.")
    return found


def show(call: Call, key: str, number: str) -> Json:
    """One comment."""
    issue = call.issue(key)
    return shown(call, issue, _found(issue, number))


def edit(call: Call, key: str, number: str) -> Json:
    """Other words. Without ``properties`` the comment stays internal or public; another list replaces the mark."""
    issue, raw = call.issue(key), call.body()
    comment = _found(issue, number)
    comment.body = text_of(call, raw)
    if "properties" in raw:
        comment.properties = _properties(raw)
        comment.public = _public(comment.properties)
    comment.updated_at = issue.updated_at = call.site.now()
    issue.edits += 1
    return shown(call, issue, comment)


def delete(call: Call, key: str, number: str) -> Reply:
    """204."""
    issue = call.issue(key)
    issue.comments.remove(_found(issue, number))
    issue.edits += 1
    return Reply(None, 204)


def get_property(call: Call, number: str, name: str) -> Json:
    """A property of a comment, by the comment's id alone."""
    for issue in call.site.issues.values():
        for comment in issue.comments:
            if str(comment.id) == number and name in comment.properties:
                call.issue(str(issue.id))
                return {"key": name, "value": comment.properties[name]}
    raise not_found(f"The property with key '{name}' does not exist.")
