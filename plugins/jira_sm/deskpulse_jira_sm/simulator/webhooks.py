"""Registered webhooks: ``/rest/webhooks/1.0`` of Cloud, ``/rest/jira-webhook/1.0`` of Data Center 10."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from deskpulse_jira_sm.simulator import events
from deskpulse_jira_sm.simulator.api import Api, Call, Reply
from deskpulse_jira_sm.simulator.errors import invalid, not_found
from deskpulse_jira_sm.simulator.jql import parse
from deskpulse_jira_sm.simulator.records import Webhook
from deskpulse_simulation.records import Json

CLOUD_PATH, SERVER_PATH = "/rest/webhooks/1.0/webhook", "/rest/jira-webhook/1.0/webhooks"
SECTION = "issue-related-events-section"


def add_routes(api: Api) -> None:
    """Both families. Neither is reached by scoped tokens; each needs Administer Jira."""
    for path in (CLOUD_PATH, SERVER_PATH):
        api.add("GET", path, every, admin=True)
        api.add("POST", path, create, admin=True)
        api.add("GET", f"{path}/<number>", show, admin=True)
        api.add("PUT", f"{path}/<number>", edit, admin=True)
        api.add("DELETE", f"{path}/<number>", delete, admin=True)


def _check_family(call: Call) -> None:
    if (SERVER_PATH in call.request.path) != call.site.server:
        raise not_found("null for uri: " + call.request.path)


def _found(call: Call, number: str) -> Webhook:
    _check_family(call)
    webhook = call.site.webhooks.get(int(number)) if number.isdigit() else None
    if webhook is None or webhook.owner:
        raise not_found("The webhook does not exist.")
    return webhook


def webhook_json(call: Call, webhook: Webhook) -> Json:
    """A webhook without its secret, which is never told."""
    if call.site.server:
        configuration = {"EXCLUDE_BODY": str(webhook.exclude_body).lower(), "FILTERS": webhook.filter}
        shape: Json = {"id": webhook.id, "name": webhook.name, "url": webhook.url, "events": webhook.events}
        return shape | {"active": webhook.enabled, "scopeType": "global", "configuration": configuration}
    return {
        "name": webhook.name,
        "url": webhook.url,
        "events": webhook.events,
        "filters": {SECTION: webhook.filter},
        "excludeBody": webhook.exclude_body,
        "enabled": webhook.enabled,
        "isSigned": bool(webhook.secret),
        "self": f"{call.base}{CLOUD_PATH}/{webhook.id}",
        "lastUpdatedUser": call.user.account_id,
        "lastUpdatedDisplayName": call.user.name,
    }


def every(call: Call) -> list[Any]:
    """All webhooks."""
    _check_family(call)
    return [webhook_json(call, webhook) for webhook in call.site.webhooks.values() if not webhook.owner]


def show(call: Call, number: str) -> Json:
    """One webhook."""
    return webhook_json(call, _found(call, number))


def create(call: Call) -> Reply:
    """201. There is no test call: a real event has to happen."""
    _check_family(call)
    webhook = Webhook(call.site.ids.number("webhook", 1), "", "", [])
    _fill(call, webhook)
    call.site.webhooks[webhook.id] = webhook
    return Reply(webhook_json(call, webhook), 201)


def edit(call: Call, number: str) -> Json:
    """Changes; a secret that is left out stays."""
    webhook = _found(call, number)
    _fill(call, webhook)
    return webhook_json(call, webhook)


def delete(call: Call, number: str) -> Reply:
    """204."""
    del call.site.webhooks[_found(call, number).id]
    return Reply(None, 204)


def _fill(call: Call, webhook: Webhook) -> None:
    body = call.body()
    name, url = body.get("name", webhook.name), body.get("url", webhook.url)
    chosen = body.get("events", webhook.events)
    if not isinstance(name, str) or not name.strip():
        raise invalid("The webhook name must be given.")
    if not isinstance(url, str) or not _allowed(url):
        raise invalid("The webhook URL must be a valid HTTPS address.")
    unknown = [event for event in chosen if event not in events.NAMES] if isinstance(chosen, list) else [str(chosen)]
    if unknown or not chosen:
        raise invalid(f"Unknown or no webhook events: {', '.join(unknown)}")
    jql = _filter(call, body, webhook)
    if jql:
        parse(jql)
    if call.site.server:
        configuration = body.get("configuration") or {}
        # A top-level "secret" is silently ignored here, and deliveries go out unsigned.
        secret = configuration.get("SECRET", webhook.secret)
        webhook.exclude_body = str(configuration.get("EXCLUDE_BODY", "false")).lower() == "true"
        webhook.enabled = bool(body.get("active", True))
    else:
        secret = body.get("secret", webhook.secret)
        webhook.exclude_body = bool(body.get("excludeBody", False))
        webhook.enabled = bool(body.get("enabled", True))
    webhook.name, webhook.url, webhook.events = name, url, list(chosen)
    webhook.filter, webhook.secret = jql, str(secret or "")


def _allowed(url: str) -> bool:
    """HTTPS alone and not on port 80, as the vendor wants it; and this machine, where the simulator's receivers are."""
    here = url.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
    return here or (url.startswith("https://") and urlsplit(url).port != 80)


def _filter(call: Call, body: Json, webhook: Webhook) -> str:
    if call.site.server:
        return str((body.get("configuration") or {}).get("FILTERS", webhook.filter) or "")
    return str((body.get("filters") or {SECTION: webhook.filter}).get(SECTION) or "")
