"""An organisation's preferences: one list of names, defaults, bounds and meanings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from deskpulse import entered
from deskpulse.errors import ConfigurationError


def _whole(low: int, high: int, meaning: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high, "description": meaning}


SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "quiet_days": _whole(1, 365, "Days between two invites to one person about different tickets."),
        "same_ticket_hours": _whole(24, 8760, "Hours before the same ticket may be asked about again."),
        "max_invites_per_ticket": _whole(1, 5, "Invites about one ticket, in all."),
        "delay_minutes": _whole(0, 10080, "Minutes between the resolution and the invite."),
        "validity_days": _whole(1, 90, "Days that an invite can be answered."),
        "change_minutes": _whole(0, 1440, "Minutes in which the same browser may change its answer."),
        "minimum_responses": _whole(1, 100, "Answers below which a score is withheld."),
        "invite_channel": {"enum": ["email", "helpdesk"], "description": "Who sends the invitation."},
        "without_address": {
            "enum": ["skip", "helpdesk"],
            "description": "Customers without an address: not asked, or asked through the helpdesk where it can.",
        },
        "require_signed_links": {"type": "boolean", "description": "Refuse links of the helpdesk without signature."},
        "project_field": {
            "type": "string",
            "maxLength": 80,
            "examples": ["product", "category"],
            "description": "Captured field that names the project; empty: none.",
        },
        "report_recipients": {
            "type": "string",
            "maxLength": 2000,
            "examples": ["cio@example.com, quality@example.com"],
            "description": "Addresses besides users and contacts that reports may be mailed to.",
        },
        "open_displays": {"type": "boolean", "description": "Displays open by organisation code, without sign-in."},
        "brand_colour": {
            "type": "string",
            "pattern": "^#[0-9a-fA-F]{6}$",
            "examples": ["#1f5fbf"],
            "description": "Accent of pages and mail.",
        },
        "sender_name": {"type": "string", "maxLength": 80, "description": "Name that invitations come from."},
    },
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """See ``SCHEMA`` for the meaning of each."""

    quiet_days: int = 30
    same_ticket_hours: int = 24
    max_invites_per_ticket: int = 2
    delay_minutes: int = 0
    validity_days: int = 14
    change_minutes: int = 30
    minimum_responses: int = 5
    invite_channel: str = "email"
    without_address: str = "skip"
    require_signed_links: bool = False
    project_field: str = ""
    report_recipients: str = ""
    open_displays: bool = False
    brand_colour: str = "#1f5fbf"
    sender_name: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Preferences:
        """The stored preferences over the defaults; names that no longer exist are passed over."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def changed(self, **changes: Any) -> Preferences:
        """Other preferences with some changes. Raises ConfigurationError naming what is not allowed."""
        merged = asdict(self) | changes
        problems = entered.problems(SCHEMA, merged)
        if not problems and contrast_with_white(merged["brand_colour"]) < MINIMUM_CONTRAST:
            problems = [f"brand_colour: {merged['brand_colour']} is too light for white text (WCAG 2.2 asks for 4.5:1)"]
        if problems:
            raise ConfigurationError("\n".join(problems))
        return Preferences(**merged)


MINIMUM_CONTRAST = 4.5


def contrast_with_white(colour: str) -> float:
    """Contrast ratio of ``#rrggbb`` against white, 1 to 21 (WCAG 2.2, relative luminance)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
