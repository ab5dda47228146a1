"""Pages of a list, and the headers that tell of the others.

As recorded: joined by commas without a space, and on the first page often a ``prev`` at offset -1.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from deskpulse_servicenow.simulator.api import Call

DEFAULT_LIMIT = 10_000


def headers(call: Call, offset: int, limit: int, total: int) -> dict[str, str]:
    """``X-Total-Count`` and ``Link`` for one page."""
    counted = not call.flag("sysparm_no_count")
    found = {"X-Total-Count": str(total)} if counted else {}
    if call.flag("sysparm_suppress_pagination_header") or limit == 0 or total <= limit:
        return found
    last = (total - 1) // limit * limit
    places: list[tuple[str, int]] = [("first", 0)]
    if offset > 0 or call.instance.switches.first_page_prev:
        places.append(("prev", max(offset - limit, 0) if offset > 0 else -1))
    if offset + limit < total:
        places.append(("next", offset + limit))
    if counted:
        places.append(("last", last))
    return found | {"Link": ",".join(f'<{_address(call, place)}>;rel="{name}"' for name, place in places)}


def _address(call: Call, offset: int) -> str:
    query = parse_qsl(call.request.query_string.decode(), keep_blank_values=True)
    kept = [(name, value) for name, value in query if name != "sysparm_offset"]
    return f"{call.instance.base_url}{call.request.path}?{urlencode([*kept, ('sysparm_offset', str(offset))])}"
