"""The vendor's two ways through a list: cursors, and numbered pages."""

from __future__ import annotations

import base64
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote, urlencode

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.api import Call
from deskpulse_zendesk.simulator.errors import bad_request

MAX_PAGE = 100
DEEPEST = 10_000

Row = TypeVar("Row")


def paged(
    call: Call,
    key: str,
    ids: Sequence[int],
    load: Callable[[int], Row],
    render: Callable[[Row], Json],
    *,
    sideload: Callable[[list[Row]], Json] | None = None,
    descending: bool = False,
) -> Json:
    """One page of the records named by ``ids`` (ascending), cursor or offset as the request asks."""
    if any(name.startswith("page[") for name in call.request.args):
        picked, envelope = _cursor_page(call, ids, descending)
    else:
        ordered = ids[::-1] if descending else ids
        picked, envelope = offset_page(call, ordered)
    rows = [load(number) for number in picked]
    body: Json = {key: [render(row) for row in rows]}
    if sideload is not None:
        body |= sideload(rows)
    return body | envelope


def page_size(call: Call, name: str) -> int:
    """A page size: 1 to 100, 100 when not said or beyond."""
    given = call.arg(name)
    if given is None:
        return MAX_PAGE
    if not given.isdigit() or int(given) < 1:
        raise bad_request("InvalidPaginationParameter", f"{name} must be a positive number")
    return min(int(given), MAX_PAGE)


def _cursor_page(call: Call, ids: Sequence[int], descending: bool) -> tuple[list[int], Json]:
    size = page_size(call, "page[size]")
    after, before = call.arg("page[after]"), call.arg("page[before]")
    if descending:
        ids = ids[::-1]
        keys: Sequence[int] = [-number for number in ids]
    else:
        keys = ids
    if before:
        stop = bisect_left(keys, read_cursor(before))
        start = max(stop - size, 0)
    else:
        start = bisect_right(keys, read_cursor(after)) if after else 0
        stop = min(start + size, len(ids))
    picked = list(ids[start:stop])
    has_more = start > 0 if before else stop < len(ids)
    first = write_cursor(keys[start]) if picked else before or after
    last = write_cursor(keys[stop - 1]) if picked else after or before
    meta: Json = {"has_more": has_more, "after_cursor": last, "before_cursor": first}
    links = {
        "prev": cursor_link(call, "page[before]", first) if start > 0 else None,
        "next": cursor_link(call, "page[after]", last) if stop < len(ids) else None,
    }
    return picked, {"meta": meta, "links": links}


def offset_page(call: Call, rows: Sequence[Row]) -> tuple[list[Row], Json]:
    """One numbered page, with its neighbours' addresses and the count of all."""
    size = page_size(call, "per_page")
    given = call.arg("page") or "1"
    if not given.isdigit() or int(given) < 1:
        raise bad_request("InvalidPaginationParameter", "page must be a positive number")
    number = int(given)
    if number * size > DEEPEST:
        raise bad_request(
            "InvalidPaginationDepth",
            "Page depth beyond 100 pages or 10000 records is not supported; please use cursor based pagination",
        )
    start = (number - 1) * size
    more = start + size < len(rows)
    envelope: Json = {
        "next_page": _numbered_link(call, number + 1) if more else None,
        "previous_page": _numbered_link(call, number - 1) if number > 1 else None,
        "count": len(rows),
    }
    return list(rows[start : start + size]), envelope


def write_cursor(position: int | str) -> str:
    """A cursor: opaque to whoever receives it."""
    return base64.urlsafe_b64encode(f"o:{position}".encode()).decode()


def read_cursor(cursor: str) -> int:
    """The position a cursor stands for, or a 400."""
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("o:"))
    except ValueError:
        raise bad_request("InvalidPaginationParameter", "The cursor is not valid") from None


def cursor_link(call: Call, name: str, cursor: str | None) -> str:
    """The next page's address: brackets percent-encoded, the other parameters kept."""
    kept = [(key, value) for key, value in call.request.args.items(multi=True) if key not in _CURSORS]
    query = urlencode([*kept, (name, cursor or "")], quote_via=quote)
    return f"{own_url(call)}?{query}"


_CURSORS = ("page[after]", "page[before]")


def own_url(call: Call) -> str:
    """The request's address as the account names it, with the ``.json`` it may have come without."""
    return f"{call.account.base_url}{quote(call.request.path)}.json"


def _numbered_link(call: Call, number: int) -> str:
    kept: Mapping[str, str] = {key: value for key, value in call.request.args.items() if key != "page"}
    return f"{own_url(call)}?{urlencode({**kept, 'page': str(number)})}"
