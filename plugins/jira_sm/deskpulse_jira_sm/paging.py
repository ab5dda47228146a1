"""Jira's ways of handing out long lists, one function for each family of its API. All of them end by themselves.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#pagination and
https://developer.atlassian.com/cloud/jira/service-desk/rest/intro/#pagination (read 2026-08)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from deskpulse.plugin_api import Misread

Rows = list[dict[str, Any]]
Params = Sequence[tuple[str, str]]
Get = Callable[[str, Params], Any]

PAGE = 50
"""What most lists give at most: ``group/member`` allows no more."""
DESK_PAGE = 100


def by_position(get: Get, path: str, name: str, size: int = PAGE, params: Params = ()) -> Iterator[Rows]:
    """``startAt`` and ``maxResults``; ends by ``isLast``, by ``total``, or with an empty page.

    The server may give fewer rows than asked for, so the next position is counted by what it gave.
    """
    start = 0
    while True:
        raw = _page(get(path, [*params, ("startAt", str(start)), ("maxResults", str(size))]))
        page = rows(raw.get(name))
        yield page
        start += len(raw[name]) if isinstance(raw.get(name), list) else 0
        total = raw.get("total")
        if raw.get("isLast") is True or not page or (isinstance(total, int) and start >= total):
            return
        if "isLast" not in raw and not isinstance(total, int) and len(page) < size:
            return


def by_array(get: Get, path: str, params: Params = (), size: int = PAGE) -> Iterator[Rows]:
    """Plain arrays without a total: filtered after slicing, so that only an empty page is the end."""
    start = 0
    while page := rows(get(path, [*params, ("startAt", str(start)), ("maxResults", str(size))])):
        yield page
        start += size


def by_token(ask: Callable[[Mapping[str, Any]], Any]) -> Iterator[Rows]:
    """``nextPageToken``; ends by ``isLast``, or where no new token comes."""
    token = ""
    while True:
        raw = _page(ask({"nextPageToken": token} if token else {}))
        yield rows(raw.get("issues"))
        seen, token = token, str(raw.get("nextPageToken") or "")
        if raw.get("isLast") is True or token in ("", seen):
            return


def by_desk(get: Get, path: str, params: Params = ()) -> Iterator[Rows]:
    """``start`` and ``limit`` of servicedeskapi; ends by ``isLastPage``, which is spelt so here only."""
    start = 0
    while True:
        raw = _page(get(path, [*params, ("start", str(start)), ("limit", str(DESK_PAGE))]))
        page = rows(raw.get("values"))
        yield page
        start += len(page)
        if raw.get("isLastPage") is not False or not page:
            return


def rows(raw: Any) -> Rows:
    """The objects in a list."""
    if not isinstance(raw, list):
        raise Misread("a page has no list")
    return [one for one in raw if isinstance(one, dict)]


def _page(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Misread("a page is no object")
    return raw
