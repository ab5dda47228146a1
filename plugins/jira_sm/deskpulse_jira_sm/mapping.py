"""Jira's JSON to records. Pure; anything the vendor may leave empty may be empty here.

Names are translated and differ between REST and webhooks, so ids and keys decide: a status by its category's key, a
field by its id. https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (read 2026-08)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deskpulse.plugin_api import Agent, Customer, Group, Ticket, TicketRef
from deskpulse_jira_sm.history import Solvings
from deskpulse_jira_sm.kind import EXCLUDED, FIELD

Raw = Mapping[str, Any]

DONE = "done"
"""The category's key; servicedeskapi writes it in capitals."""
SERVICE = "service_desk"
"""The type of a service project."""
NOBODY = "unknown"
"""The account id that deleted users share, where they keep none of their own."""
FORMER = "Former user"
"""What a deleted user is called."""
ORGANIZATIONS = "com.atlassian.servicedesk:sd-customer-organizations"
REQUEST_TYPE = "com.atlassian.servicedesk:vp-origin"
"""Types of custom fields, whose ids and names differ from site to site."""
FIELDS = (
    "summary",
    "status",
    "resolution",
    "resolutiondate",
    "statuscategorychangedate",
    "reporter",
    "assignee",
    "project",
    "issuetype",
    "priority",
    "components",
    "labels",
    "created",
)
FIELD_SETTINGS = ("segment1_field", "segment2_field", "category_field", "mapped_fields")
REQUEST_TYPE_WORD = "request_type"
"""How an administrator names the request type, whose field's id set-up finds out."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as resolved on this site, from the connection's settings."""

    statuses: frozenset[str]
    excluded: frozenset[str]
    resolution_required: bool
    projects: frozenset[str]

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Rule:
        """The rule as an administrator chose it."""
        return cls(
            frozenset(_names(settings.get("resolved_statuses") or "")),
            frozenset(_names(settings.get("excluded_statuses") or EXCLUDED)) - {"-"},
            settings.get("require_resolution") == "yes",
            frozenset(words(settings.get("projects") or "")),
        )

    def counts(self, name: str, category: str | None) -> bool:
        """Whether a status means resolved: in the category Done, and not left out by name."""
        word = name.casefold()
        return category == DONE and word not in self.excluded and (not self.statuses or word in self.statuses)

    def is_resolved(self, raw_fields: Raw) -> bool:
        """Whether an issue is resolved now, in a project that counts.

        A resolution alone means nothing: it may be set while work goes on.
        """
        project = mapping_of(raw_fields.get("project"))
        if self.projects and project.get("key") not in self.projects:
            return False
        if project.get("projectTypeKey", SERVICE) != SERVICE:
            return False
        status = mapping_of(raw_fields.get("status"))
        resolution = (text(mapping_of(raw_fields.get("resolution")).get("name")) or "").casefold()
        if self.resolution_required and not resolution:
            return False
        return resolution not in self.excluded and self.counts(text(status.get("name")) or "", category(status))


def ticket(
    raw: Raw, settings: Mapping[str, str], facts: Mapping[str, str], solved: Solvings, found: Group | None
) -> Ticket:
    """An issue from ``GET /issue/{id}``; its solvings and its group have been worked out before.

    The agent is the assignee, or whoever solved an issue that nobody was assigned to. One that an app solved without
    an assignee was solved by a bot.
    """
    fields = mapping_of(raw.get("fields"))
    resolved = Rule.of(settings).is_resolved(fields)
    at = (solved.current or fallback_moment(fields)) if resolved else None
    values = field_values(fields, settings, facts)
    solver = person_as_agent(fields.get("assignee")) or (person_as_agent(solved.author) if resolved else None)
    past = tuple(resolution_key(raw, one) for one in solved.past)
    return Ticket(
        ref=reference(raw),
        subject=text(fields.get("summary")) or "",
        customer=customer(fields.get("reporter")),
        agent=solver,
        group=found,
        resolution_key=resolution_key(raw, at) if resolved else None,
        past_resolution_keys=past,
        created_at=moment(fields.get("created")),
        resolved_at=at,
        reopens=len(past),
        reassignments=solved.reassignments,
        priority=text(mapping_of(fields.get("priority")).get("name")),
        category=values.get(settings.get("category_field") or "")
        or text(mapping_of(fields.get("issuetype")).get("name")),
        organisation=_organisation(fields, facts),
        segment1=values.get(settings.get("segment1_field") or ""),
        segment2=values.get(settings.get("segment2_field") or ""),
        by_bot=resolved and solver is None,
        fields=values,
    )


def reference(raw: Raw) -> TicketRef:
    """An issue's id, which stays, and its key, which changes when it moves."""
    key = text(raw.get("key")) or ""
    return TicketRef(ident(raw.get("id")) or key, key)


def resolution_key(raw: Raw, at: datetime | None) -> str:
    """Which solving of the issue: its id, and when its status entered the category Done, in UTC."""
    when = at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else "done"
    return f"{ident(raw.get('id'))}:{when}"


def fallback_moment(raw_fields: Raw) -> datetime | None:
    """When an issue was solved whose changelog does not tell, being imported or made in a done status."""
    return moment(raw_fields.get("statuscategorychangedate")) or moment(raw_fields.get("resolutiondate"))


def wanted_fields(settings: Mapping[str, str], facts: Mapping[str, str]) -> list[str]:
    """The fields to ask for: the usual ones, those of the settings, and those that set-up found out."""
    named = [*_field_words(settings), settings.get("group_field") or ""]
    named += [facts.get("organizations_field_id", ""), facts.get("request_type_field_id", "")]
    return list(dict.fromkeys([*FIELDS, *(name for name in named if name and name != REQUEST_TYPE_WORD)]))


def field_values(raw_fields: Raw, settings: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, str]:
    """Every mapped field as text, under the very name of its setting."""
    found = {}
    for word in _field_words(settings):
        raw = request_type(raw_fields, facts) if word == REQUEST_TYPE_WORD else raw_fields.get(word)
        found[word] = field_text(raw)
    return {word: value for word, value in found.items() if value}


def request_type(raw_fields: Raw, facts: Mapping[str, str]) -> Raw:
    """What the customer chose in the portal; empty for an issue made inside Jira."""
    raw = mapping_of(raw_fields.get(facts.get("request_type_field_id") or ""))
    return mapping_of(raw.get("requestType"))


def category(raw_status: Any) -> str | None:
    """The key of a status's category: ``new``, ``indeterminate``, ``done``; None where it is not told."""
    key = text(mapping_of(mapping_of(raw_status).get("statusCategory")).get("key"))
    return key.lower() if key else None


def account(raw_user: Any) -> str | None:
    """Who somebody is: the account id, on Data Center the user key."""
    raw = mapping_of(raw_user)
    return text(raw.get("accountId")) or text(raw.get("key")) or text(raw.get("name"))


def agent(raw_user: Raw) -> Agent:
    """A user as one who resolves issues."""
    return Agent(account(raw_user) or "", _name(raw_user), text(raw_user.get("emailAddress")), _is_active(raw_user))


def person_as_agent(raw_user: Any) -> Agent | None:
    """A user as an agent; None for nobody, for deleted users and for apps."""
    return agent(raw_user) if is_person(raw_user) else None


def customer(raw_user: Any) -> Customer | None:
    """A user as one who asks for help. Deleted users, who share one id, and apps are nobody."""
    if not is_person(raw_user):
        return None
    email = text(raw_user.get("emailAddress"))
    return Customer(account(raw_user) or "", _name(raw_user), email, None, _is_active(raw_user))


def is_person(raw_user: Any) -> bool:
    """Whether a user is a human being who still exists."""
    raw = mapping_of(raw_user)
    return account(raw) not in (None, NOBODY) and raw.get("displayName") != FORMER and raw.get("accountType") != "app"


def group(key: Any, name: Any, members: tuple[Agent, ...] = (), lead: Agent | None = None) -> Group | None:
    """A support group; None without an id."""
    found = ident(key)
    return Group(found, text(name) or found, True, members, lead=lead) if found else None


def field_text(raw: Any) -> str:
    """A field's value as text: options have a value, users and most others a name."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, Mapping):
        found = next((raw[name] for name in ("value", "name", "displayName", "label") if raw.get(name)), "")
        child = field_text(raw.get("child"))
        return f"{field_text(found)} / {child}" if child else field_text(found)
    if isinstance(raw, list):
        return ", ".join(filter(None, map(field_text, raw)))
    return str(raw) if isinstance(raw, str | int | float) else ""


def pairs(table: str) -> dict[str, str]:
    """``one = two; three = four`` of a setting; the left side in lower case."""
    found = (entry.partition("=") for entry in re.split(r"[;\n]", table))
    return {left.strip().casefold(): right.strip() for left, _, right in found if left.strip() and right.strip()}


def words(given: str) -> list[str]:
    """The words of a setting, separated by commas or spaces."""
    return [word for word in re.split(r"[,\s]+", given) if word]


def in_projects(setting: str) -> str:
    """The JQL for the projects of the setting, empty for all. A bare key could be one of JQL's reserved words."""
    keys = ", ".join(f'"{key}"' for key in words(setting))
    return f"project in ({keys})" if keys else ""


def ident(raw: Any) -> str | None:
    """An id as text."""
    found = str(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    return found or None


def text(raw: Any) -> str | None:
    """Text, or None where there is none."""
    return raw if isinstance(raw, str) and raw else None


def moment(raw: Any) -> datetime | None:
    """A time, aware and in UTC: ``2026-01-06T10:00:00.100+0100``."""
    try:
        at = datetime.fromisoformat(raw)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def mapping_of(raw: Any) -> Raw:
    """An object, or an empty one."""
    return raw if isinstance(raw, Mapping) else {}


def _field_words(settings: Mapping[str, str]) -> Iterable[str]:
    every = (word for name in FIELD_SETTINGS for word in words(settings.get(name) or ""))
    return dict.fromkeys(word for word in every if re.fullmatch(FIELD, word))


def _organisation(raw_fields: Raw, facts: Mapping[str, str]) -> str | None:
    raw = raw_fields.get(facts.get("organizations_field_id") or "")
    first = raw[0] if isinstance(raw, list) and raw else None
    return text(mapping_of(first).get("name"))


def _names(given: str) -> Iterable[str]:
    return (name.strip().casefold() for name in given.split(",") if name.strip())


def _name(raw_user: Raw) -> str:
    return text(raw_user.get("displayName")) or ""


def _is_active(raw_user: Raw) -> bool:
    return raw_user.get("active") is not False
