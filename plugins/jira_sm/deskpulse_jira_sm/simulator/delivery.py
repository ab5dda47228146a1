"""What a webhook's request looks like, and when it is sent again: five times at most, and only after some failures."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from deskpulse_jira_sm.simulator.dynamic_webhooks import bearer
from deskpulse_jira_sm.simulator.events import UPDATED, Event, body
from deskpulse_jira_sm.simulator.jql import parse
from deskpulse_jira_sm.simulator.jql_match import Matcher
from deskpulse_jira_sm.simulator.records import Webhook
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_simulation.attempts import Attempt, Call, Delivery, Outcome
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.delivery import Dispatcher, Timings
from deskpulse_simulation.oauth import Client

AGENT = "Atlassian Webhook HTTP Client"
RETRIED = frozenset((408, 409, 425, 429))
"""Answers tried again beside every 5xx, time-outs and failed connections. All other 4xx are final."""
LARGEST = 25 * 1024 * 1024
"""Bytes; larger bodies are dropped."""


@dataclass
class JiraTimings(Timings):
    """The vendor's rules: tries after the first, and in seconds the shortest and longest wait before each of them.

    After ``cut_after`` seconds of nothing but failures a webhook is cut to a single attempt. ``retry_wait``, where
    set, takes the place of the random waits.
    """

    timeout: float = 20.0
    retries: int = 5
    shortest_wait: float = 300.0
    longest_wait: float = 900.0
    cut_after: float = 1800.0
    retry_wait: float | None = None


@dataclass
class JiraDelivery(Delivery):
    """One event on its way to a webhook, or a rule's web request. ``flow`` empty: no vendor headers, no retries."""

    url: str
    payload: bytes
    method: str = "POST"
    secret: str = ""
    flow: Literal["", "Primary", "Secondary"] = ""
    headers: dict[str, str] = field(default_factory=dict)
    app: Client | None = None


def signature(secret: str, payload: bytes) -> str:
    """``X-Hub-Signature``: HMAC-SHA256 over the raw body, keyed with the secret's bytes."""
    return "sha256=" + hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


class JiraCourier:
    """Makes and judges attempts."""

    def __init__(self, timings: JiraTimings, clock: Clock, seed: int) -> None:
        self._timings = timings
        self._clock = clock
        self._failing_since: dict[str, datetime] = {}
        self._random = random.Random(seed)  # noqa: S311 (the vendor's waits are random, nothing secret)

    def call(self, delivery: JiraDelivery) -> Call:
        """The request: the identifier stays the same, the retry count comes with the second attempt."""
        headers = {"Content-Type": "application/json", "User-Agent": AGENT} | delivery.headers
        if delivery.flow:
            headers["X-Atlassian-Webhook-Identifier"] = delivery.id
            headers["X-Atlassian-Webhook-Flow"] = delivery.flow
            if delivery.attempts:
                headers["X-Atlassian-Webhook-Retry"] = str(len(delivery.attempts))
        if delivery.app:
            headers["Authorization"] = bearer(delivery.app, self._clock.wall())
        if delivery.secret:
            headers["X-Hub-Signature"] = signature(delivery.secret, delivery.payload)
        return Call(delivery.method, delivery.url, headers, delivery.payload)

    def judge(self, delivery: JiraDelivery, attempt: Attempt) -> Outcome:
        """Whether it is tried again, and when."""
        now = self._clock.now()
        if attempt.taken:
            self._failing_since.pop(delivery.target, None)
            return Outcome("delivered")
        failing = (now - self._failing_since.setdefault(delivery.target, now)).total_seconds()
        if failing > self._timings.cut_after:
            return Outcome("failed")
        code = attempt.status_code
        again = code is None or code >= 500 or code in RETRIED
        if not delivery.flow or not again or len(delivery.attempts) >= self._timings.retries:
            return Outcome("failed")
        usual = self._random.uniform(self._timings.shortest_wait, self._timings.longest_wait)
        return Outcome("failed", usual if self._timings.retry_wait is None else self._timings.retry_wait)


class Postman:
    """Turns events into deliveries of the webhooks that listen. Its caller holds the site's lock."""

    def __init__(self, site: Site, dispatcher: Dispatcher[JiraDelivery], app: Client) -> None:
        self._site = site
        self._app = app
        self._dispatcher = dispatcher

    def notify(self, event: Event) -> None:
        """Queue the event for every webhook whose filter the issue meets, as it is after the change."""
        for webhook in self._site.webhooks.values():
            alive = webhook.expires_at is None or webhook.expires_at > self._site.now()
            if webhook.enabled and alive and event.name in webhook.events and self._listens(webhook, event):
                self._send(webhook, event)

    def _listens(self, webhook: Webhook, event: Event) -> bool:
        changed = {item["fieldId"] for item in (event.change.items if event.change else ())}
        if webhook.field_ids and event.name == UPDATED and changed.isdisjoint(webhook.field_ids):
            return False
        condition = parse(webhook.filter).condition
        if condition is None:
            return True
        actor = self._site.users.get(event.actor) or next(iter(self._site.users.values()))
        return Matcher(self._site, actor, strict=False).matches(condition, event.issue)

    def _send(self, webhook: Webhook, event: Event) -> None:
        site = self._site
        data = json.dumps(body(site, event), separators=(",", ":"), ensure_ascii=False).encode()
        if webhook.exclude_body:
            data = b""
        if len(data) > LARGEST:
            return
        url = webhook.url
        for name, value in (("id", str(event.issue.id)), ("key", event.issue.key)):
            url = url.replace(f"{{issue.{name}}}" if site.server else f"${{issue.{name}}}", value)
        flow: Literal["", "Primary", "Secondary"] = "Secondary" if event.bulk else "Primary"
        delivery = JiraDelivery(
            id=site.ids.uuid(),
            target=str(webhook.id),
            url=url,
            payload=data,
            secret=webhook.secret,
            flow="" if site.server else flow,
            app=self._app if webhook.owner else None,
        )
        self._dispatcher.send(delivery)
