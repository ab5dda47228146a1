"""``/rest/api/3/webhook``: webhooks that an OAuth app registers for itself; they end after 30 days unless refreshed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from deskpulse_jira_sm.simulator.api import Api, Call, Reply
from deskpulse_jira_sm.simulator.auth import OAUTH
from deskpulse_jira_sm.simulator.errors import ApiError, forbidden, invalid
from deskpulse_jira_sm.simulator.events import NAMES
from deskpulse_jira_sm.simulator.jql import Clause, Condition, parse
from deskpulse_jira_sm.simulator.paging import page
from deskpulse_jira_sm.simulator.records import Webhook
from deskpulse_jira_sm.simulator.times import stamp
from deskpulse_simulation.oauth import Client
from deskpulse_simulation.records import Json

LIFE = timedelta(days=30)
MOST = 5
"""Webhooks for each user and app."""
SCOPE = "manage:jira-webhook"
FIELDS = frozenset(("issuekey", "project", "issuetype", "status", "assignee", "reporter"))
OPERATORS = frozenset(("=", "!=", "in", "not in"))
TOKEN_LIFE = 300
"""Seconds that a delivery's token is good."""


def add_routes(api: Api) -> None:
    """The endpoints, for OAuth 2.0 apps."""
    api.platform("GET", "/webhook", every, scope=SCOPE)
    api.platform("POST", "/webhook", create, scope=SCOPE)
    api.platform("DELETE", "/webhook", delete, scope=SCOPE)
    api.platform("PUT", "/webhook/refresh", refresh, scope=SCOPE)


def _own(call: Call) -> list[Webhook]:
    if call.caller is None or call.caller.means != OAUTH:
        raise forbidden("Only OAuth 2.0 and Connect apps can use this operation.")
    now, me = call.site.now(), call.user.account_id
    return [one for one in call.site.webhooks.values() if one.owner == me and one.expires_at and one.expires_at > now]


def create(call: Call) -> Json:
    """200 with a result for each webhook, even when every one of them failed."""
    own, body = len(_own(call)), call.body()
    url, wanted = body.get("url"), body.get("webhooks")
    if not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1")) or not isinstance(wanted, list):
        raise invalid("url and webhooks are required.")
    results: list[Json] = []
    for raw in wanted:
        problems = _problems(raw, own)
        if problems:
            results.append({"errors": problems})
            continue
        own += 1
        results.append({"createdWebhookId": _register(call, url, raw).id})
    return {"webhookRegistrationResult": results}


def _register(call: Call, url: str, raw: Json) -> Webhook:
    webhook = Webhook(
        id=call.site.ids.number("dynamic webhook", 1000),
        name="",
        url=url,
        events=list(raw["events"]),
        filter=str(raw["jqlFilter"]),
        field_ids=[str(name) for name in raw.get("fieldIdsFilter") or ()],
        owner=call.user.account_id,
        expires_at=call.site.now() + LIFE,
    )
    call.site.webhooks[webhook.id] = webhook
    return webhook


def _problems(raw: Any, own: int) -> list[str]:
    given = raw if isinstance(raw, dict) else {}
    found = [f"Unknown event {event}" for event in given.get("events") or ["(none)"] if event not in NAMES]
    if own >= MOST:
        found.append(f"An app may register {MOST} webhooks for each user.")
    try:
        condition = parse(str(given.get("jqlFilter") or "")).condition
    except ApiError as error:
        return [*found, error.words()]
    if condition is None:
        return [*found, "The jqlFilter is required."]
    return found + [
        f"The JQL clause on {one.field} is not supported." for one in _clauses(condition) if not _allowed(one)
    ]


def _clauses(condition: Condition) -> Iterator[Clause]:
    if isinstance(condition, Clause):
        yield condition
    else:
        for part in condition.parts:
            yield from _clauses(part)


def _allowed(clause: Clause) -> bool:
    known = clause.field in FIELDS or clause.field.startswith(("issue.property", "cf["))
    return known and clause.operator in OPERATORS


def every(call: Call) -> Json:
    """The app's own webhooks with their ends."""

    def shown(one: Webhook) -> Json:
        shape: Json = {"id": one.id, "jqlFilter": one.filter, "events": one.events, "fieldIdsFilter": one.field_ids}
        return shape | {"url": one.url, "expirationDate": stamp(one.expires_at or call.site.now())}

    return page(call, _own(call), shown, most=100, usual=100)


def _ids(call: Call) -> set[int]:
    return {int(one) for one in call.body().get("webhookIds") or () if str(one).isdigit()}


def refresh(call: Call) -> Json:
    """Another 30 days."""
    wanted, until = _ids(call), call.site.now() + LIFE
    for one in _own(call):
        if one.id in wanted:
            one.expires_at = until
    return {"expirationDate": stamp(until)}


def delete(call: Call) -> Reply:
    """202; what is not the app's own is left alone."""
    wanted = _ids(call)
    for one in _own(call):
        if one.id in wanted:
            del call.site.webhooks[one.id]
    return Reply(None, 202)


def bearer(client: Client, moment: datetime) -> str:
    """``Bearer`` and a JWT signed with the app's secret (HS256): how a delivery proves itself, having no signature."""
    now = int(moment.timestamp())
    parts = ({"alg": "HS256", "typ": "JWT"}, {"iss": client.identifier, "iat": now, "exp": now + TOKEN_LIFE})
    text = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"Bearer {text}.{_encoded(hmac.new(client.secret.encode(), text.encode(), hashlib.sha256).digest())}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
