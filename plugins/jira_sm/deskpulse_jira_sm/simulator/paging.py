"""The paging styles: platform pages, comment lists, plain arrays, and servicedeskapi's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from deskpulse_jira_sm.simulator.api import Call
from deskpulse_jira_sm.simulator.errors import invalid
from deskpulse_simulation.records import Json

Row = TypeVar("Row")


def _number(call: Call, name: str, otherwise: int) -> int:
    text = call.arg(name)
    if text is None:
        return otherwise
    if not text.lstrip("-").isdigit():
        raise invalid(f"The {name} parameter must be a number.")
    return int(text)


def window(call: Call, most: int, usual: int = 50) -> tuple[int, int]:
    """``startAt`` and ``maxResults``, the latter lowered to what the server gives."""
    start, size = _number(call, "startAt", 0), _number(call, "maxResults", usual)
    if start < 0 or size < 0:
        raise invalid("The startAt and maxResults parameters must not be negative.")
    return start, min(size, most)


def page(
    call: Call, rows: Sequence[Row], shown: Callable[[Row], Any], *, most: int = 50, usual: int = 50, points: int = 1
) -> Json:
    """``{startAt, maxResults, total, isLast, nextPage, values}``."""
    start, size = window(call, most, usual)
    picked = rows[start : start + size]
    call.charge(points * len(picked))
    last = start + len(picked) >= len(rows)
    body: Json = {"maxResults": size, "startAt": start, "total": len(rows), "isLast": last}
    if not last and size:
        body["nextPage"] = _link(call, {"startAt": start + size, "maxResults": size})
    return {"self": _link(call, {}), **body, "values": [shown(row) for row in picked]}


def listing(call: Call, name: str, rows: Sequence[Row], shown: Callable[[Row], Any], *, most: int = 5000) -> Json:
    """``{startAt, maxResults, total, <name>: []}``, as comments come."""
    start, size = window(call, most, 100 if name == "values" else most)
    picked = rows[start : start + size]
    call.charge(len(picked))
    return {"startAt": start, "maxResults": size, "total": len(rows), name: [shown(row) for row in picked]}


def array(
    call: Call, rows: Sequence[Row], keep: Callable[[Row], bool], shown: Callable[[Row], Any], *, most: int = 1000
) -> list[Any]:
    """A bare array. Rows are dropped after the slice was cut, so pages are short before the end."""
    start, size = window(call, most)
    picked = [row for row in rows[start : start + size] if keep(row)]
    call.charge(2 * len(picked))
    return [shown(row) for row in picked]


def desk_page(call: Call, rows: Sequence[Row], shown: Callable[[Row], Any], *, most: int = 100) -> Json:
    """``{size, start, limit, isLastPage, _links, values}``."""
    start, limit = max(_number(call, "start", 0), 0), min(max(_number(call, "limit", 50), 1), most)
    picked = rows[start : start + limit]
    call.charge(len(picked))
    last = start + len(picked) >= len(rows)
    links = {"base": call.base, "context": "", "self": _link(call, {})}
    if not last:
        links["next"] = _link(call, {"start": start + limit, "limit": limit})
    if start:
        links["prev"] = _link(call, {"start": max(start - limit, 0), "limit": limit})
    shape: Json = {"_expands": [], "size": len(picked), "start": start, "limit": limit, "isLastPage": last}
    return {**shape, "_links": links, "values": [shown(row) for row in picked]}


def _link(call: Call, changes: Json) -> str:
    kept = call.request.args.to_dict(flat=False) | {key: [str(value)] for key, value in changes.items()}
    query = urlencode(kept, doseq=True)
    return f"{call.base}{call.request.path}" + (f"?{query}" if query else "")
