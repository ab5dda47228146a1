"""What must stand in an instance's system properties for our update set to work. Pure.

Names are those of ``app/contents.json``. The value of a password cannot be read back, so the property's description
carries a fingerprint of the secret that was entered last.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from deskpulse.plugin_api import Connection, ProvisionPlan, Refused
from deskpulse_servicenow.app.contents import raw_contents
from deskpulse_servicenow.client import Raw, value
from deskpulse_servicenow.tables import states_property

ADDRESS, SECRET, USER = "deskpulse.inlet_url", "deskpulse.signing_secret", "deskpulse.integration_user"
STATES, LINK, LINK_KEY = "deskpulse.states", "deskpulse.invite_link", "deskpulse.link_key"
SECRETS = frozenset({SECRET, LINK_KEY})
COLUMNS = {
    "task": ("u_nps_score",),
    "sys_user": ("u_nps_last_score",),
    "u_nps_response": ("u_key",),
    "u_deskpulse_outbox": ("u_event_id",),
}
"""One column of each table that the update set brings or extends: where these are, all are."""
LINK_PLACEHOLDERS = {
    "tid": "{sys_id}",
    "rgid": "{assignment_group}",
    "agid": "{assigned_to}",
    "cid": "{customer}",
}
"""What ServiceNow fills into a survey link, by the link's parameter: ids, so that a link names nobody. The script
``DeskPulseLink`` knows these fields."""


@dataclass(frozen=True, slots=True)
class Property:
    """A system property with what shall stand in it; empty where nothing shall."""

    name: str
    text: str

    @property
    def fields(self) -> dict[str, str]:
        """The columns to write."""
        return {"value": self.text, "description": self.description}

    @property
    def new(self) -> dict[str, str]:
        """The columns of one that the import did not bring, as it happens to private properties."""
        kind = str(raw_contents()["properties"][self.name]["type"])
        return {"type": kind, "is_private": "true", **self.fields}

    @property
    def description(self) -> str:
        """What the update set says, and a secret's fingerprint."""
        words = str(raw_contents()["properties"][self.name]["description"])
        return f"{words} [{fingerprint(self.text)}]" if self.name in SECRETS and self.text else words

    def fits(self, raw: Raw) -> bool:
        """Whether the property is as it shall be."""
        if self.name in SECRETS:
            return value(raw.get("description")) == self.description
        return value(raw.get("value")) == self.text

    def is_set(self, raw: Raw) -> bool:
        """Whether something was entered in the property."""
        if self.name in SECRETS:
            return value(raw.get("description")).endswith("]")
        return bool(value(raw.get("value")))


def properties(connection: Connection, plan: ProvisionPlan, secret: str) -> Mapping[str, Property]:
    """All our properties by name, in the order in which they are written: the address last, as it sets all to work."""
    texts = {
        SECRET: secret,
        USER: connection.setting("user_name"),
        STATES: states_property(connection.settings),
        LINK_KEY: plan.link_key if plan.helpdesk_invites else "",
        LINK: _invite_link(plan),
        ADDRESS: plan.inlet_url,
    }
    return {name: Property(name, text) for name, text in texts.items()}


def nothing() -> Mapping[str, Property]:
    """All our properties empty; the address first, which ends all calls."""
    return {name: Property(name, "") for name in (ADDRESS, LINK, LINK_KEY, STATES, USER, SECRET)}


def fingerprint(secret: str) -> str:
    """Tells one secret from another, and nothing about it."""
    return hmac.new(secret.encode(), b"fingerprint", hashlib.sha256).hexdigest()[:12]


def _invite_link(plan: ProvisionPlan) -> str:
    if not plan.helpdesk_invites:
        return ""
    if plan.invite_link is None:
        raise Refused("invitations by ServiceNow need the address of the survey, which was not given")
    return plan.invite_link(LINK_PLACEHOLDERS)
