"""``/search``: the vendor's query words over tickets, users, groups and organizations."""

from __future__ import annotations

import base64
import operator as compare
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.api import Api, Call
from deskpulse_zendesk.simulator.conditions import PRIORITIES
from deskpulse_zendesk.simulator.errors import ApiError, bad_request
from deskpulse_zendesk.simulator.paging import cursor_link, offset_page, page_size
from deskpulse_zendesk.simulator.records import STATUSES, Group, Organization, Ticket, User
from deskpulse_zendesk.simulator.rendering import group_json, organization_json, ticket_json, user_json

MOST_PER_EXPORT = 1000
FINDABLE = 1000
_WORD = re.compile(r'(-?)(?:(\w+)\s*(>=|<=|:|>|<|=)\s*)?("[^"]*"|\S+)')
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ":": compare.eq,
    "=": compare.eq,
    ">": compare.gt,
    "<": compare.lt,
    ">=": compare.ge,
    "<=": compare.le,
}
_AGO = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
Found = Ticket | User | Group | Organization


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a query: ``-tags:nps`` is a negated comparison, a bare word is text."""

    key: str
    operator: str
    value: str
    negated: bool


@dataclass
class Query:
    """A parsed query."""

    kinds: set[str] = field(default_factory=set)
    terms: list[Term] = field(default_factory=list)
    order: str = ""
    descending: bool = True


def add_routes(api: Api) -> None:
    """Search is numbered pages only; its export is cursors only."""
    api.add("GET", "/search", search)
    api.add("GET", "/search/count", count)
    api.add("GET", "/search/export", export)


def search(call: Call) -> Json:
    """Records of every type that match, up to a thousand."""
    rows = matching(call.account, _query(call))
    number, size = int(call.arg("page") or 1), page_size(call, "per_page")
    if (number - 1) * size >= FINDABLE and number > 1:
        text = "Invalid search: Requested response size was greater than Search Response Limits"
        raise ApiError(422, {"error": "invalid", "description": text})
    picked, envelope = offset_page(call, rows)
    return {"results": [_result(call.account, row) for row in picked], "facets": None} | envelope


def count(call: Call) -> Json:
    """How many match."""
    return {"count": len(matching(call.account, _query(call)))}


def export(call: Call) -> Json:
    """All that match, of the one type in ``filter[type]``, by cursor."""
    kind = call.arg("filter[type]")
    if kind not in _KINDS:
        raise bad_request("InvalidValue", "filter[type] must be ticket, user, group or organization")
    query = _query(call)
    query.kinds = {kind}
    rows: Sequence[Found] = sorted(matching(call.account, query), key=lambda row: row.id)
    size = min(int(call.arg("page[size]") or 100), MOST_PER_EXPORT)
    after = call.arg("page[after]")
    try:
        last = int(base64.b64decode(after)) if after else 0
    except ValueError:
        raise bad_request("InvalidPaginationParameter", "The cursor is not valid") from None
    rest = [row for row in rows if row.id > last]
    picked = rest[:size]
    cursor = base64.b64encode(str(picked[-1].id).encode()).decode() if picked else after
    more = len(rest) > size
    return {
        "results": [_result(call.account, row) for row in picked],
        "facets": None,
        "meta": {"has_more": more, "after_cursor": cursor, "before_cursor": None},
        "links": {"prev": None, "next": cursor_link(call, "page[after]", cursor) if more else None},
    }


def _query(call: Call) -> Query:
    query = parse(call.arg("query") or "")
    if call.arg("sort_by"):
        query.order = str(call.arg("sort_by"))
        query.descending = call.arg("sort_order") != "asc"
    return query


def parse(text: str) -> Query:
    """Split a query into types, comparisons and words."""
    query = Query()
    for minus, key, sign, quoted in _WORD.findall(text):
        value = quoted.strip('"')
        if key == "type":
            query.kinds.add(value.lower())
        elif key in ("order_by", "sort"):
            if key == "sort":
                query.descending = value != "asc"
            else:
                query.order = value
        else:
            query.terms.append(Term(key, sign or ":", value, bool(minus)))
    return query


_KINDS = ("ticket", "user", "group", "organization")


def matching(account: Account, query: Query) -> list[Found]:
    """Everything that matches, newest first unless ordered otherwise; what changed within the lag is missing."""
    until = account.clock.now() - timedelta(seconds=account.switches.search_lag)
    tables: dict[str, Sequence[Found]] = {
        "ticket": list(account.tickets) if _asked(query, "ticket") else [],
        "user": list(account.users) if _asked(query, "user") else [],
        "group": [group for group in account.groups if not group.deleted] if _asked(query, "group") else [],
        "organization": list(account.organizations) if _asked(query, "organization") else [],
    }
    found: list[Found] = []
    for kind, rows in tables.items():
        tests = [_test(account, kind, term) for term in query.terms]
        found += [row for row in rows if row.updated_at <= until and all(test(row) for test in tests)]
    orders: dict[str, Callable[[Found], Any]] = {
        "updated_at": lambda row: row.updated_at,
        "created_at": lambda row: row.created_at,
        "status": lambda row: STATUSES.index(row.status) if isinstance(row, Ticket) else 0,
        "priority": lambda row: PRIORITIES.index(row.priority) if isinstance(row, Ticket) and row.priority else -1,
    }
    return sorted(found, key=orders.get(query.order, orders["created_at"]), reverse=query.descending)


def _asked(query: Query, kind: str) -> bool:
    return not query.kinds or kind in query.kinds


def _test(account: Account, kind: str, term: Term) -> Callable[[Found], bool]:
    """What one term asks of a record; a comparison that the type does not know matches nothing."""

    def test(row: Found) -> bool:
        values = _values(account, kind, row, term)
        wanted = term.value.lower()
        if wanted == "none" and term.operator in (":", "="):
            hit = not values or values == [None]
        elif not term.key:
            hit = any(wanted in str(value).lower() for value in values)
        else:
            hit = any(_compares(account, value, term) for value in values if value is not None)
        return hit != term.negated

    return test


def _compares(account: Account, value: Any, term: Term) -> bool:
    if isinstance(value, datetime):
        moment, whole_day = _moment(account, term.value)
        if whole_day and term.operator in (":", "="):
            return moment <= value < moment + timedelta(days=1)
        return _COMPARE[term.operator](value, moment)
    if term.key in ("status", "priority") and term.operator not in (":", "="):
        order: tuple[str, ...] = STATUSES if term.key == "status" else PRIORITIES
        if str(value) in order and term.value in order:
            return _COMPARE[term.operator](order.index(value), order.index(term.value))
        return False
    if term.key in ("subject", "description", "name"):
        return term.value.lower().strip("*") in str(value).lower()
    return str(value).lower() == term.value.lower()


def _moment(account: Account, text: str) -> tuple[datetime, bool]:
    ago = re.fullmatch(r"(\d+)(minute|hour|day|week)s?", text)
    if ago:
        return account.clock.now() - timedelta(seconds=int(ago[1]) * _AGO[ago[2]]), False
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request("invalid", f"Invalid search: {text} is not a date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC), len(text) == 10


def _values(account: Account, kind: str, row: Found, term: Term) -> list[Any]:
    key = term.key
    if key in ("created", "created_at"):
        return [row.created_at]
    if key in ("updated", "updated_at"):
        return [row.updated_at]
    if key == "tags" and not isinstance(row, Group):
        return list(row.tags)
    if isinstance(row, Ticket):
        return _ticket_values(account, row, key)
    if isinstance(row, User):
        known: dict[str, Any] = {"email": row.email, "name": row.name, "role": row.role, "phone": row.phone}
        known |= {"external_id": row.external_id, "user": row.name, "": f"{row.name} {row.email or ''}"}
        return [known[key]] if key in known else []
    return [row.name] if key in ("", "name", kind) else []


def _ticket_values(account: Account, ticket: Ticket, key: str) -> list[Any]:
    if key == "":
        text = [str(ticket.id), ticket.subject, *(comment.body for comment in ticket.comments)]
        return [*text, *ticket.tags]
    if key in ("requester", "assignee", "submitter"):
        user = account.users.get(getattr(ticket, f"{key}_id"))
        return [] if user is None else [str(user.id), user.email, user.name]
    if key == "group":
        group = account.groups.get(ticket.group_id)
        return [] if group is None else [str(group.id), group.name]
    if key == "organization":
        organization = account.organizations.get(ticket.organization_id)
        return [] if organization is None else [str(organization.id), organization.name]
    if key.startswith("custom_field_"):
        return [ticket.custom_fields.get(int(key.removeprefix("custom_field_")))]
    known: dict[str, Any] = {
        "id": str(ticket.id),
        "status": ticket.status,
        "priority": ticket.priority,
        "ticket_type": ticket.type,
        "subject": ticket.subject,
        "description": ticket.description,
        "external_id": ticket.external_id,
        "via": ticket.via,
        "solved": ticket.metrics.solved_at,
    }
    return [known[key]] if key in known else []


def _result(account: Account, row: Found) -> Json:
    if isinstance(row, Ticket):
        return ticket_json(account, row) | {"result_type": "ticket"}
    if isinstance(row, User):
        return user_json(account, row) | {"result_type": "user"}
    if isinstance(row, Group):
        return group_json(account, row) | {"result_type": "group"}
    return organization_json(account, row) | {"result_type": "organization"}
