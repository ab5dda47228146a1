"""The webhook action of rules: what is sent, when it is tried again, and when it is given up.

Nothing is signed, numbered or dated. Retries after 5, 30 and 60 minutes, then a mail to the administrators; what does
not fit into the account's quota is postponed, and dropped after 24 hours.
https://support.freshdesk.com/support/solutions/articles/132589 and 225431 (read 2026-08)
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, tostring

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.limits import Limits
from deskpulse_freshdesk.simulator.placeholders import SIMPLE_KEYS, Placeholders
from deskpulse_freshdesk.simulator.records import Rule, Ticket, WebhookDelivery
from deskpulse_simulation.attempts import Attempt, Call, Outcome
from deskpulse_simulation.delivery import Dispatcher, Timings
from deskpulse_simulation.faults import Faults
from deskpulse_simulation.records import Json, Mail

SIMPLE = frozenset(("1", 1, "simple"))
LATE = "late_webhooks"
"""The fault that lets the next deliveries arrive hours late."""
HOURS_LATE = 10_800.0
"""Seconds."""
WRAPPER = "freshdesk_webhook"
CONTENT_TYPES = {
    "JSON": "application/json",
    "XML": "application/xml",
    "X-FORM-URLENCODED": "application/x-www-form-urlencoded",
}


@dataclass
class RetryTimes(Timings):
    """When a failed delivery is tried again, and for how long one is kept that the quota does not let through."""

    retry_after: tuple[float, ...] = (300.0, 1800.0, 3600.0)
    """Seconds after the first try."""
    retry_wait: float | None = None
    """Seconds before every other try, in place of those; None leaves them as the vendor has them."""
    given_up_after: float = 86_400.0


def send(account: Account, rule: Rule, action: Json, ticket: Ticket, triggered_event: str) -> None:
    """Queue the call that an action makes for a ticket."""
    filled = Placeholders(account, ticket, triggered_event)
    headers = {"User-Agent": "Freshdesk"}
    method = str(action["request_type"])
    body = b""
    if method in ("POST", "PUT", "PATCH"):
        body = _body(account, action, filled)
        headers["Content-Type"] = CONTENT_TYPES[action["content_type"]]
    headers |= {str(name): filled.fill(str(value)) for name, value in (action.get("custom_headers") or {}).items()}
    login = action.get("auth_header")
    if login:
        pair = f"{login.get('username', '')}:{login.get('password', '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    name = f"{rule.id}.{account.ids.secret(12)}"
    account.send_webhook(
        WebhookDelivery(name, str(rule.id), ticket.id, method, filled.fill(str(action["url"])), headers, body)
    )


def _body(account: Account, action: Json, filled: Placeholders) -> bytes:
    content = action["content"]
    simple = action["content_layout"] in SIMPLE
    if simple:
        content = _ticked(content)
    match action["content_type"]:
        case "XML":
            return bytes(
                tostring(_element(WRAPPER if simple else "ticket", _filled(content, filled)), encoding="utf-8")
            )
        case "X-FORM-URLENCODED":
            return urlencode(_filled(content, filled)).encode()
    if simple:
        values = _filled(content, filled)
        if account.switches.numeric_ids and "ticket_id" in values:
            values["ticket_id"] = int(values["ticket_id"])
        return json.dumps({WRAPPER: values}, ensure_ascii=False).encode()
    template = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    text = filled.fill_json(template)
    return (f'{{"{WRAPPER}":{text}}}' if account.switches.wrapped_webhooks else text).encode()


def _ticked(content: Any) -> Json:
    """The simple content as placeholders: a list of ticked keys, or keys with what stands for each."""
    if isinstance(content, dict):
        return content
    return {key: f"{{{{{_placeholder(key)}}}}}" for key in content}


def _placeholder(key: str) -> str:
    return f"ticket.{key.removeprefix('ticket_')}" if key.startswith("ticket_cf_") else SIMPLE_KEYS[key]


def _filled(content: Json, filled: Placeholders) -> Json:
    return {key: filled.fill(value) if isinstance(value, str) else value for key, value in content.items()}


def _element(name: str, values: Json) -> Element:
    root = Element(name)
    for key, value in values.items():
        SubElement(root, key).text = str(value)
    return root


class Courier:
    """The vendor's part of delivering."""

    def __init__(self, account: Account, limits: Limits, faults: Faults) -> None:
        self._account = account
        self._limits = limits
        self._faults = faults
        self.dispatcher: Dispatcher[WebhookDelivery] | None = None

    @property
    def _sending(self) -> Dispatcher[WebhookDelivery]:
        assert self.dispatcher is not None, "the simulator puts the two together"
        return self.dispatcher

    @property
    def _times(self) -> RetryTimes:
        timings = self._sending.timings
        assert isinstance(timings, RetryTimes)
        return timings

    def call(self, delivery: WebhookDelivery) -> Call | Outcome:
        """The request; or a wait for quota, of which it takes its share, and the end after a day of waiting."""
        if self._faults.take(LATE):
            return Outcome("postponed", HOURS_LATE)
        wait = self._limits.webhook()
        if wait is None:
            return Call(delivery.method, delivery.url, delivery.headers, delivery.body)
        if self._sending.age(delivery) >= self._times.given_up_after:
            self._complain(delivery, "was dropped: the rate limit was exceeded for 24 hours")
            return Outcome("dropped")
        return Outcome("postponed", wait)

    def judge(self, delivery: WebhookDelivery, attempt: Attempt) -> Outcome:
        """Anything but a 2xx is tried again, three times."""
        if attempt.taken:
            return Outcome("success")
        times, tried = (0.0, *self._times.retry_after), len(delivery.attempts)
        if tried + 1 < len(times):
            usual = times[tried + 1] - times[tried]
            return Outcome("failed", usual if self._times.retry_wait is None else self._times.retry_wait)
        self._complain(delivery, f"failed {tried + 1} times")
        return Outcome("failed")

    def _complain(self, delivery: WebhookDelivery, what: str) -> None:
        rule = self._account.rules.get(int(delivery.target))
        name = rule.name if rule else "a deleted rule"
        text = f"The webhook of the rule {name} for ticket {delivery.ticket_id} {what}."
        for agent in self._account.agents:
            if agent.admin and not agent.deactivated:
                mail = Mail(agent.email, f"Webhook failed: {name}", text, self._account.now(), delivery.ticket_id, name)
                self._account.send_mail(mail)
