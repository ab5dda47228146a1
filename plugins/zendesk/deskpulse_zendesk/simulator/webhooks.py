"""``/webhooks``: where the account calls out to, the signing secret, and the log of what was sent."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.api import Api, Call, Reply
from deskpulse_zendesk.simulator.delivery import Courier
from deskpulse_zendesk.simulator.errors import bad_request, webhook_error
from deskpulse_zendesk.simulator.paging import MAX_PAGE
from deskpulse_zendesk.simulator.records import Webhook
from deskpulse_zendesk.simulator.rendering import webhook_json
from deskpulse_zendesk.simulator.ticket_events import EVENT_TYPES

CONDITIONAL = "conditional_ticket_events"
METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))
FORMATS = frozenset(("json", "xml", "form_encoded"))
SECRET_KEYS = {
    "basic_auth": frozenset(("username", "password")),
    "bearer_token": frozenset(("token",)),
    "api_key": frozenset(("name", "value")),
}
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105 (published by the vendor)
LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


def add_routes(api: Api, courier: Courier) -> None:
    """The webhooks service: for admins, and without rate headers."""

    def add(method: str, rule: str, view: object, *, locked: bool = True) -> None:
        assert callable(view)
        api.add(method, rule, view, admin=True, limited=False, locked=locked)

    add("GET", "/webhooks", index)
    add("POST", "/webhooks", create)
    add("POST", "/webhooks/test", partial(test, courier=courier), locked=False)
    add("GET", "/webhooks/<number>", show)
    add("PATCH", "/webhooks/<number>", patch)
    add("PUT", "/webhooks/<number>", put)
    add("DELETE", "/webhooks/<number>", delete)
    add("GET", "/webhooks/<number>/signing_secret", show_secret)
    add("POST", "/webhooks/<number>/signing_secret", reset_secret)
    add("GET", "/webhooks/<number>/invocations", partial(invocations, courier=courier))
    add("GET", "/webhooks/<number>/invocations/<invocation>/attempts", partial(attempts, courier=courier))


def find(account: Account, number: str) -> Webhook:
    """The webhook, or this service's own 404."""
    webhook = account.webhooks.get(number)
    if webhook is None:
        raise webhook_error(404, "WebhookNotFound", f"Webhook {number} was not found")
    return webhook


def index(call: Call) -> Json:
    """All webhooks, by creation; ``filter[name_contains]`` and ``filter[status]`` narrow it."""
    part, status = (call.arg("filter[name_contains]") or "").lower(), call.arg("filter[status]")
    rows = [
        webhook
        for webhook in call.account.webhooks.values()
        if part in webhook.name.lower() and status in (None, webhook.status)
    ]
    picked, envelope = _page(call, [webhook.id for webhook in rows])
    return envelope | {"webhooks": [webhook_json(call.account.webhooks[number]) for number in picked]}


def _page(call: Call, keys: Sequence[str]) -> tuple[Sequence[str], Json]:
    """Cursor pages of the webhooks service: no links when one page is all, and addresses with the port in them."""
    size = min(int(call.arg("page[size]") or MAX_PAGE), MAX_PAGE)
    start = 0
    if call.arg("page[after]"):
        try:
            start = keys.index(base64.b64decode(str(call.arg("page[after]"))).decode().partition(",")[0]) + 1
        except ValueError:
            raise bad_request("InvalidPaginationParameter", "The cursor is not valid") from None
    picked = keys[start : start + size]
    more = start + size < len(keys)
    if start == 0 and not more:
        return picked, {"meta": {"has_more": False}}
    meta: Json = {"has_more": more}
    links: Json = {}
    parts = urlsplit(call.account.base_url)
    host = f"{parts.scheme}://{parts.hostname}:{parts.port or 443}{call.request.path}?page[size]={size}"
    if more:
        meta["after_cursor"] = base64.b64encode(f"{picked[-1]},asc".encode()).decode()
        links["next"] = f"{host}&page[after]={meta['after_cursor']}"
    if start:
        meta["before_cursor"] = base64.b64encode(f"{picked[0]},asc".encode()).decode()
        links["prev"] = f"{host}&page[before]={meta['before_cursor']}"
    return picked, {"meta": meta, "links": links}


def create(call: Call) -> Reply:
    """A new webhook (201), or a copy of one with ``clone_webhook_id``."""
    account, source = call.account, call.arg("clone_webhook_id")
    raw = _as_sent(find(account, source)) if source else call.part("webhook")
    moment = account.clock.now()
    webhook = Webhook(
        id=account.ids.ulid(moment),
        name="",
        endpoint="",
        http_method="",
        request_format="",
        status="",
        created_at=moment,
        updated_at=moment,
        created_by=str(call.user.id),
        secret=account.ids.signing_secret(),
    )
    _assign(webhook, raw)
    account.webhooks[webhook.id] = webhook
    return Reply({"webhook": webhook_json(webhook, fresh=True)}, 201)


def _as_sent(source: Webhook) -> Json:
    return {
        "name": f"{source.name} (copy)",
        "description": source.description,
        "endpoint": source.endpoint,
        "http_method": source.http_method,
        "request_format": source.request_format,
        "status": source.status,
        "subscriptions": list(source.subscriptions),
        "authentication": source.authentication,
        "custom_headers": source.custom_headers,
    }


def _assign(webhook: Webhook, raw: Json) -> None:
    for key in ("name", "status", "endpoint", "http_method", "request_format"):
        if not raw.get(key):
            raise _invalid(f"{key} is required")
    checks = {"status": {"active", "inactive"}, "http_method": METHODS, "request_format": FORMATS}
    for key, allowed in checks.items():
        if raw[key] not in allowed:
            raise _invalid(f"{key} must be one of {', '.join(sorted(allowed))}")
    parts = urlsplit(str(raw["endpoint"]))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _invalid("endpoint must be an http or https URL")
    if raw.get("custom_headers") and parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise _invalid("custom_headers need an https endpoint")
    _check_subscriptions(webhook, raw)
    _check_authentication(raw.get("authentication"))
    for key in ("name", "description", "endpoint", "http_method", "request_format", "status"):
        setattr(webhook, key, raw.get(key))
    webhook.subscriptions = list(raw.get("subscriptions") or ())
    webhook.authentication = raw.get("authentication") or None
    webhook.custom_headers = raw.get("custom_headers") or None


def _check_subscriptions(webhook: Webhook, raw: Json) -> None:
    """Called by rules, or subscribed to events: never both, and never changed afterwards."""
    wanted = list(raw.get("subscriptions") or ())
    if CONDITIONAL in wanted and len(wanted) > 1:
        raise _invalid("conditional_ticket_events cannot be combined with other subscriptions")
    unknown = [name for name in wanted if name != CONDITIONAL and name not in EVENT_TYPES]
    if unknown:
        raise _invalid(f"unknown subscriptions: {', '.join(map(str, unknown))}")
    if wanted and wanted != [CONDITIONAL] and (raw["http_method"], raw["request_format"]) != ("POST", "json"):
        raise _invalid("event subscriptions need http_method POST and request_format json")
    had = webhook.subscriptions
    if had and (had == [CONDITIONAL]) != (wanted == [CONDITIONAL]):
        raise _invalid("the connection method of a webhook cannot be changed")


def _check_authentication(given: Json | None) -> None:
    if not given:
        return
    needed = SECRET_KEYS.get(str(given.get("type")))
    data = given.get("data")
    if needed is None:
        raise _invalid(f"authentication.type must be one of {', '.join(sorted(SECRET_KEYS))}")
    if not isinstance(data, dict) or not needed <= data.keys():
        raise _invalid(f"authentication.data needs {', '.join(sorted(needed))}")


def _invalid(detail: str) -> Exception:
    return webhook_error(400, "InvalidWebhook", detail)


def show(call: Call, number: str) -> Json:
    """One webhook, its secrets left out."""
    return {"webhook": webhook_json(find(call.account, number))}


def patch(call: Call, number: str) -> Reply:
    """What is sent changes, the rest stays: 204."""
    webhook = find(call.account, number)
    return _replace(call, webhook, _as_sent(webhook) | {"name": webhook.name} | call.part("webhook"))


def put(call: Call, number: str) -> Reply:
    """What is not sent is gone, authentication included; only the subscriptions survive: 204."""
    webhook, raw = find(call.account, number), call.part("webhook")
    return _replace(call, webhook, {"subscriptions": list(webhook.subscriptions)} | raw)


def _replace(call: Call, webhook: Webhook, raw: Json) -> Reply:
    _assign(webhook, raw)
    webhook.updated_at = call.account.clock.now()
    return Reply(None, 204)


def delete(call: Call, number: str) -> Reply:
    """Gone, unless an active rule still calls it: 204."""
    webhook = find(call.account, number)
    for rule in (*call.account.triggers, *call.account.automations):
        calls = [action["value"][0] for action in rule.actions if action["field"] == "notification_webhook"]
        if rule.active and webhook.id in calls:
            raise _invalid(f"the webhook is used by the active rule {rule.title!r}")
    del call.account.webhooks[webhook.id]
    return Reply(None, 204)


def show_secret(call: Call, number: str) -> Json:
    """The text that signatures are keyed with."""
    return {"signing_secret": {"secret": find(call.account, number).secret, "algorithm": "SHA256"}}


def reset_secret(call: Call, number: str) -> Reply:
    """A new secret; the next delivery is signed with it."""
    find(call.account, number).secret = call.account.ids.signing_secret()
    return Reply(show_secret(call, number), 201)


def test(call: Call, courier: Courier) -> Json:
    """Send one request now, for a saved webhook or one not saved yet, and show the receiver's answer."""
    asked = dict(call.part("request"))
    with call.account.lock:
        saved = find(call.account, str(call.arg("webhook_id"))) if call.arg("webhook_id") else None
        moment = call.account.clock.now()
        webhook = Webhook(
            id=saved.id if saved else call.account.ids.ulid(moment),
            name=saved.name if saved else "test",
            endpoint=str(asked.get("endpoint") or (saved.endpoint if saved else "")),
            http_method=str(asked.get("http_method") or (saved.http_method if saved else "POST")),
            request_format=str(asked.get("request_format") or (saved.request_format if saved else "json")),
            status="active",
            created_at=moment,
            updated_at=moment,
            created_by=str(call.user.id),
            secret=saved.secret if saved else TEST_SECRET,
            authentication=asked.get("authentication") or (saved.authentication if saved else None),
            custom_headers=saved.custom_headers if saved else None,
        )
    if not webhook.endpoint:
        raise _invalid("endpoint is required")
    return {"response": courier.send_test(webhook, str(asked.get("payload") or "").encode())}


def invocations(call: Call, number: str, courier: Courier) -> Json:
    """What was sent to this webhook, latest first."""
    rows = {row.id: row for row in courier.dispatcher.log_of(find(call.account, number).id)}
    if call.arg("filter[status]"):
        rows = {key: row for key, row in rows.items() if row.status == call.arg("filter[status]")}
    picked, envelope = _page(call, list(rows))
    return envelope | {"invocations": [rows[key].summary() for key in picked]}


def attempts(call: Call, number: str, invocation: str, courier: Courier) -> Json:
    """Every try of one invocation, with what was sent and what came back."""
    rows = courier.dispatcher.log_of(find(call.account, number).id)
    found = next((row for row in rows if row.id == invocation), None)
    if found is None:
        raise webhook_error(404, "InvocationNotFound", f"Invocation {invocation} was not found")
    return {"attempts": found.tries()}
