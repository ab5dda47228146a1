"""What must exist in a Jira site for the loop to work, and the steps that only an administrator can take. Pure.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/ (read 2026-08)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deskpulse_jira_sm import deliveries
from deskpulse_jira_sm.kind import AUTOMATION

MARKER = "managed-by deskpulse"
"""In the description of every field that we made, so that it is known again, and nothing else is ever removed."""
TYPES = "com.atlassian.jira.plugin.system.customfieldtypes"


@dataclass(frozen=True, slots=True)
class Field:
    """A custom field and the fact that keeps its id."""

    fact: str
    name: str
    description: str
    type: str
    searcher: str

    @property
    def custom(self) -> str:
        """The type as the API writes it."""
        return f"{TYPES}:{self.type}"

    def body(self) -> Mapping[str, Any]:
        """What makes it."""
        return {
            "name": self.name,
            "description": f"{self.description} ({MARKER})",
            "type": self.custom,
            "searcherKey": f"{TYPES}:{self.searcher}",
        }


FIELDS = (
    Field("score_field_id", "NPS score", "The customer's latest Net Promoter answer, 0 to 10", "float", "exactnumber"),
    Field(
        "text_field_id",
        "NPS answer",
        "The customer's latest Net Promoter answer in words",
        "readonlyfield",
        "textsearcher",
    ),
)
"""Both may be written through the API only where a screen has them, also the one that people cannot edit."""


def webhook_name(connection_key: str) -> str:
    """By which our webhook is known again."""
    return f"DeskPulse {connection_key}"


def by_hand(inlet_url: str, jql: str) -> tuple[str, ...]:
    """How an administrator makes what this access may not make."""
    chosen = f"the JQL {jql!r}" if jql else "no JQL"
    webhook = (
        "Webhook by hand: a Jira administrator opens System > WebHooks > Create a WebHook, enters the URL "
        f"{inlet_url}, a secret of their own, {chosen} and the event Issue: updated, then "
        "stores the same secret as signing_secret with: deskpulse connection set KEY --stdin"
    )
    return (webhook, *automation(inlet_url))


def automation(inlet_url: str) -> tuple[str, ...]:
    """How a project's administrator makes the two Automation rules that do without a webhook."""
    choose = (
        "Or Automation rules: choose a secret of 24 characters or more and store it as automation_secret with: "
        "deskpulse connection set KEY --stdin"
    )
    sends = (
        f"condition: the initiator is not DeskPulse's user, action Send web request to {inlet_url}, method POST, "
        f"header {AUTOMATION.header} with the secret (hidden), web request body Custom data: "
    )
    solved, reopened = (deliveries.automation_body(event) for event in (deliveries.RESOLVED, deliveries.REOPENED))
    return (
        choose,
        f"Rule 1: trigger Issue transitioned to each status of the category Done, {sends}{solved}",
        f"Rule 2: trigger Issue transitioned from each status of the category Done to any other, {sends}{reopened}",
    )


HAND_MADE = (
    "Delete the webhook or the Automation rules that were made by hand: System > WebHooks, or the rules' own pages."
)
GUARD_STEP = (
    "In every Automation rule that reopens issues, restarts SLAs or mails somebody when a comment is added or a field "
    "changes, add the condition: the initiator is not DeskPulse's user."
)
SIGNING_STEP = (
    "Resolve a test request, then run: deskpulse connection refusals KEY. 'signature missing' there means that Jira "
    "did not take the webhook's secret; unsigned calls are always refused."
)


def screen_step(projects: Iterable[str]) -> str:
    """What has to be done by hand in team-managed projects, whose fields the API cannot place."""
    names = " and ".join(repr(field.name) for field in FIELDS)
    return (
        f"Team-managed projects ({', '.join(projects)}): in Project settings > Request types add the fields {names} to "
        "each request type; until then the score is in the issue's property and in the internal comment only."
    )


def refused_screen_step(reason: str) -> str:
    """What has to be done by hand where the API refuses to place the fields."""
    names = " and ".join(repr(field.name) for field in FIELDS)
    return f"Add the fields {names} to the edit screens of your service projects; Jira said: {reason}"


def detail_step(name: str, reason: str) -> str:
    """What has to be done by hand where the API makes no customer detail field."""
    return (
        f"To see the last score with the customer, make a customer detail field {name!r} of type text (Customer "
        f"Service Management, or service project > Customers > Manage details) and run the set-up again; until then a "
        f"user property holds it. Jira said: {reason}"
    )
