"""Putting fields onto the screens of projects: a field that is on none can be neither seen nor set.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/ (read 2026-08)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from deskpulse.plugin_api import Answer
from deskpulse_jira_sm import mapping
from deskpulse_jira_sm.client import Client, words
from deskpulse_jira_sm.directory import Desk

MOST_PROJECTS = 100
"""In one association."""


@dataclass(frozen=True, slots=True)
class Placed:
    """How it went: projects whose fields only people can place, and what Jira said where it refused the others."""

    team_managed: tuple[str, ...] = ()
    refusal: str = ""


def place(client: Client, fields: Sequence[str], desks: Sequence[Desk]) -> Placed:
    """Put the fields onto the projects' screens; on Data Center, and where that is refused, onto the default screen."""
    if client.server:
        return Placed(refusal=_onto_default(client, fields))
    simplified = {desk.key: _is_team_managed(client, desk) for desk in desks}
    company = [desk.project_id for desk in desks if not simplified[desk.key]]
    refusal = ""
    for start in range(0, len(company), MOST_PROJECTS):
        if _associate(client, fields, company[start : start + MOST_PROJECTS]).status >= 400:
            refusal = _onto_default(client, fields)
            break
    return Placed(tuple(key for key, told in simplified.items() if told), refusal)


def _associate(client: Client, fields: Sequence[str], projects: Sequence[str]) -> Answer:
    body: dict[str, Any] = {
        "associationContexts": [{"type": "PROJECT_ID", "identifier": int(project)} for project in projects],
        "fields": [{"type": "FIELD_ID", "identifier": field} for field in fields],
    }
    return client.send("PUT", f"{client.api}/field/association", body, expect=(400, 403, 404, 405))


def _onto_default(client: Client, fields: Sequence[str]) -> str:
    """Empty where each field is on the screen afterwards; one that is there already is answered with 400."""
    for field in fields:
        answer = client.send("POST", f"{client.api}/screens/addToDefault/{field}", expect=(400, 403, 404))
        if answer.status >= 400 and "already" not in words(answer).lower():
            return words(answer)
    return ""


def _is_team_managed(client: Client, desk: Desk) -> bool:
    raw = client.find(f"{client.api}/project/{quote(desk.key, safe='')}")
    return bool(mapping.mapping_of(raw).get("simplified"))
