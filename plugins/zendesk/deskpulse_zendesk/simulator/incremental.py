"""``/incremental``: everything changed since a moment, by cursor or by time. The last minute is always left out."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.api import Api, Call
from deskpulse_zendesk.simulator.changes import ChangeLog
from deskpulse_zendesk.simulator.errors import ApiError, bad_request
from deskpulse_zendesk.simulator.records import Ticket
from deskpulse_zendesk.simulator.rendering import organization_json, user_json
from deskpulse_zendesk.simulator.sideloads import beside, ticket_with, wanted

MOST_PER_PAGE = 1000
HIDDEN_SECONDS = 60

Entry = tuple[int, int, int]
LOGS: dict[str, Callable[[Account], ChangeLog]] = {
    "tickets": lambda account: account.ticket_log,
    "users": lambda account: account.user_log,
    "organizations": lambda account: account.organization_log,
}


def add_routes(api: Api) -> None:
    """Exports are for admins, ten a minute."""
    for kind in ("tickets", "users"):
        api.add("GET", f"/incremental/{kind}/cursor", partial(by_cursor, kind=kind), admin=True)
    for kind in LOGS:
        api.add("GET", f"/incremental/{kind}", partial(by_time, kind=kind), admin=True)


def by_cursor(call: Call, kind: str) -> Json:
    """Each record once, at its latest change; the cursor of the last page is where to go on another day."""
    call.headers.update(call.limits.export())
    cursor, size = call.arg("cursor"), _size(call)
    position = _read(cursor) if cursor else (_start_time(call), -1)
    entries = list(_entries(call, kind, position, size + 1))
    more = len(entries) > size
    entries = entries[:size]
    after = entries[-1][:2] if entries else position
    written = base64.b64encode(f"{after[0]}.0||{after[1]}".encode()).decode()
    return _rendered(call, kind, entries) | {
        "after_url": f"{call.account.base_url}/api/v2/incremental/{kind}/cursor.json?cursor={written}",
        "after_cursor": written,
        "before_url": None,
        "before_cursor": None,
        "end_of_stream": not more,
    }


def _read(cursor: str) -> tuple[int, int]:
    try:
        moment, _, sequence = base64.b64decode(cursor).decode().partition(".0||")
        return int(moment), int(sequence)
    except ValueError:
        raise bad_request("InvalidValue", "The cursor is not valid") from None


def by_time(call: Call, kind: str) -> Json:
    """Pages that end with a whole second and begin with it again: records at the border come twice."""
    call.headers.update(call.limits.export())
    start, size = _start_time(call), _size(call)
    entries: list[Entry] = []
    repeated = 0
    more = False
    for entry in _entries(call, kind, (start, -1), None):
        if len(entries) - repeated >= size and entry[0] != entries[-1][0]:
            more = True
            break
        entries.append(entry)
        repeated += entry[0] == start
    end = entries[-1][0] if entries else start
    return _rendered(call, kind, entries) | {
        "next_page": f"{call.account.base_url}/api/v2/incremental/{kind}.json?start_time={end}",
        "end_time": end,
        "count": len(entries),
        "end_of_stream": not more,
    }


def _start_time(call: Call) -> int:
    given = call.arg("start_time") or ""
    if not given.isdigit():
        raise bad_request("InvalidValue", "start_time must be a Unix time")
    if int(given) > call.account.now().timestamp() - HIDDEN_SECONDS:
        text = "Too recent start_time. Use a start_time older than 60 seconds"
        raise ApiError(422, {"error": "StartTimeTooRecent", "description": text})
    return int(given)


def _size(call: Call) -> int:
    given = call.arg("per_page") or str(MOST_PER_PAGE)
    if not given.isdigit() or int(given) < 1:
        raise bad_request("InvalidValue", "per_page must be a positive number")
    return min(int(given), MOST_PER_PAGE)


def _entries(call: Call, kind: str, position: tuple[int, int], most: int | None) -> list[Entry]:
    until = int(call.account.now().timestamp()) - HIDDEN_SECONDS
    found: list[Entry] = []
    for entry in LOGS[kind](call.account).after(position, until):
        found.append(entry)
        if most is not None and len(found) >= most:
            break
    return found


def _rendered(call: Call, kind: str, entries: list[Entry]) -> Json:
    account, numbers = call.account, [entry[2] for entry in entries]
    if kind == "tickets":
        include = wanted(call)
        rows = [_ticket(account, number) for number in numbers]
        return {"tickets": [ticket_with(account, row, include) for row in rows]} | beside(account, rows, include)
    if kind == "users":
        people = [account.users.get(number) or account.deleted_users[number] for number in numbers]
        return {"users": [user_json(account, user) for user in people]}
    return {"organizations": [organization_json(account, account.organizations[number]) for number in numbers]}


def _ticket(account: Account, number: int) -> Ticket:
    return account.tickets.get(number) or account.deleted_tickets[number]
