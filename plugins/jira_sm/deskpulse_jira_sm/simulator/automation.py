"""Automation rules with the action *Send web request*, run when a status changes.

The vendor has no API for them: they are made by hand, on the agent screen's page or through ``/_sim/automation``.
A request that fails is not repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from deskpulse_jira_sm.simulator.delivery import JiraDelivery
from deskpulse_jira_sm.simulator.events import UPDATED, Event
from deskpulse_jira_sm.simulator.rendering import change_json, issue_json, user_json
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_simulation.delivery import Dispatcher
from deskpulse_simulation.records import BadInput, Json

Body = Literal["issue_automation", "issue_jira", "custom", "empty"]
BODIES: Mapping[Body, str] = {
    "issue_automation": "Issue data (Automation format)",
    "issue_jira": "Issue data (Jira format)",
    "custom": "Custom data",
    "empty": "Empty",
}
"""What a request may hold, in the words of the rule's page."""
_SMART_VALUE = re.compile(r"\{\{\s*([\w.]+?)(\.asJsonString)?\s*\}\}")


@dataclass
class Rule:
    """One rule. ``projects`` empty: a global rule; ``to`` empty: any status, else names of statuses or categories.

    ``headers`` maps names to values, which the rule's page hides; ``not_initiated_by`` holds account ids.
    """

    id: int
    name: str
    url: str
    method: str = "POST"
    projects: list[str] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: Body = "issue_jira"
    custom: str = ""
    not_initiated_by: list[str] = field(default_factory=list)
    enabled: bool = True


class Automation:
    """The site's rules. Its caller holds the site's lock."""

    def __init__(self, site: Site, dispatcher: Dispatcher[JiraDelivery]) -> None:
        self._site = site
        self._dispatcher = dispatcher
        self.rules: dict[int, Rule] = {}

    def add(self, given: Json) -> Rule:
        """A new rule. Raises BadInput."""
        wanted = {name: value for name, value in given.items() if name in Rule.__dataclass_fields__ and name != "id"}
        url, chosen = str(wanted.get("url") or ""), wanted.get("body", "issue_jira")
        if not url.startswith(("https://", "http://")):
            raise BadInput("url must be a full address")
        if chosen not in BODIES:
            raise BadInput(f"body must be one of {', '.join(BODIES)}")
        rule = Rule(self._site.ids.number("rule", 1), **{"name": "Send web request", **wanted})
        self.rules[rule.id] = rule
        return rule

    def remove(self, number: int) -> None:
        """Delete a rule."""
        if self.rules.pop(number, None) is None:
            raise BadInput("there is no such rule", 404)

    def listing(self) -> list[Json]:
        """All rules, with the values of their headers hidden."""
        return [asdict(rule) | {"headers": dict.fromkeys(rule.headers, "***")} for rule in self.rules.values()]

    def notify(self, event: Event) -> None:
        """Run the rules that a change of status triggers."""
        items = event.change.items if event.change else ()
        if event.name == UPDATED and any(item["fieldId"] == "status" for item in items):
            for rule in self.rules.values():
                if self._meant(rule, event):
                    self._run(rule, event)

    def _meant(self, rule: Rule, event: Event) -> bool:
        site = self._site
        project, status = site.projects[event.issue.project_id], site.status(event.issue)
        wanted = {text.lower() for text in rule.to}
        return (
            rule.enabled
            and (not rule.projects or project.key in rule.projects)
            and (not wanted or not wanted.isdisjoint((status.name.lower(), status.category)))
            and event.actor not in rule.not_initiated_by
        )

    def _run(self, rule: Rule, event: Event) -> None:
        delivery = JiraDelivery(
            id=self._site.ids.uuid(),
            target=f"rule-{rule.id}",
            url=self._filled(rule.url, event),
            payload=self._payload(rule, event),
            method=rule.method,
            headers={"User-Agent": "Automation for Jira", **rule.headers},
        )
        self._dispatcher.send(delivery)

    def _payload(self, rule: Rule, event: Event) -> bytes:
        if rule.body == "empty":
            return b""
        if rule.body == "custom":
            return self._filled(rule.custom, event).encode()
        issue = self._issue(event)
        if rule.body == "issue_automation":
            rows = [change_json(self._site, change, "2", "Etc/UTC") for change in event.issue.changes[-1:]]
            issue["changelog"] = {"startAt": 0, "maxResults": len(rows), "total": len(rows), "histories": rows}
        return json.dumps(issue, separators=(",", ":"), ensure_ascii=False).encode()

    def _issue(self, event: Event) -> Json:
        return issue_json(self._site, event.issue, "2", "Etc/UTC", webhook=True)

    def _filled(self, text: str, event: Event) -> str:
        issue = self._issue(event)
        fields = issue["fields"]
        known: Json = {
            "issue": {**fields, **{name: issue[name] for name in ("id", "key", "self")}, "fields": fields},
            "initiator": user_json(self._site, self._site.users.get(event.actor), "2", webhook=True),
        }

        def value(found: re.Match[str]) -> str:
            words = _looked_up(known, found[1].split("."))
            return json.dumps(words) if found[2] else words

        return _SMART_VALUE.sub(value, text)


def _looked_up(known: Any, path: list[str]) -> str:
    for name in path:
        known = known.get(name) if isinstance(known, dict) else None
    if isinstance(known, dict):
        known = known.get("name", known.get("displayName"))
    return "" if known is None else str(known)
