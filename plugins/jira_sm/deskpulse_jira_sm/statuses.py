"""Which category a status is in, by its id: remembered by set-up, and asked for again where an id is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from deskpulse_jira_sm.client import Client
from deskpulse_jira_sm.mapping import Raw, category, ident, mapping_of

FACT = "status_categories"


def remembered(facts: Mapping[str, str]) -> dict[str, str]:
    """Categories' keys by status id, as :func:`as_fact` wrote them."""
    found = (entry.partition(":") for entry in facts.get(FACT, "").split())
    return {status: key for status, _, key in found if status and key}


def as_fact(raw_statuses: Iterable[Raw]) -> str:
    """The categories of all statuses, to be remembered."""
    return " ".join(f"{status}:{key}" for status, key in sorted(_categories(raw_statuses).items()))


def of_changes(client: Client, facts: Mapping[str, str], raw_status: Raw, wanted: Iterable[str]) -> Mapping[str, str]:
    """Categories that cover ``wanted``; a call only where one of them is not known yet. A deleted status has none."""
    known = remembered(facts) | _categories([raw_status])
    if all(status in known for status in wanted if status):
        return known
    return _categories(client.statuses()) | known


def _categories(raw_statuses: Iterable[Raw]) -> dict[str, str]:
    found = ((ident(mapping_of(raw).get("id")), category(raw)) for raw in raw_statuses)
    return {status: key for status, key in found if status and key}
