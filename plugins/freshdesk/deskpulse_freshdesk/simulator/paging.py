"""The vendor's way through a list: numbered pages of bare arrays, and a Link header while there is more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from deskpulse_freshdesk.simulator.api import Call, Reply
from deskpulse_freshdesk.simulator.checks import refuse
from deskpulse_freshdesk.simulator.errors import Problem, mismatch, wrong_value
from deskpulse_simulation.records import Json

USUAL, MOST = 30, 100
PAGING = ("page", "per_page")
Row = TypeVar("Row")


def paged(call: Call, rows: Sequence[Row], render: Callable[[Row], Json], *, deepest: int | None = None) -> Reply:
    """One page of the rows. ``deepest`` is the last page that the endpoint gives."""
    number, size = page_of(call, deepest)
    start = (number - 1) * size
    picked = rows[start : start + size]
    headers = {}
    if start + size < len(rows):
        kept = {key: value for key, value in call.request.args.items() if key not in PAGING}
        query = urlencode({**kept, "page": number + 1, "per_page": size})
        headers["Link"] = f'<{call.account.base_url}{call.request.path}?{query}>; rel="next"'
    return Reply([render(row) for row in picked], headers=headers)


def page_of(call: Call, deepest: int | None = None) -> tuple[int, int]:
    """The page asked for, and its size: 30 unless said, 100 at most."""
    problems: list[Problem] = []
    number = _positive(call, "page", 1, deepest, problems)
    size = _positive(call, "per_page", USUAL, MOST, problems)
    refuse(problems)
    return number, size


def _positive(call: Call, name: str, usual: int, most: int | None, problems: list[Problem]) -> int:
    given = call.arg(name)
    if given is None:
        return usual
    if not given.isdigit():
        problems.append(mismatch(name, "Positive Integer", given))
    elif int(given) < 1 or (most is not None and int(given) > most):
        limit = f" and less than or equal to {most}" if most else ""
        problems.append(wrong_value(name, f"It should be greater than 0{limit}"))
    else:
        return int(given)
    return usual
