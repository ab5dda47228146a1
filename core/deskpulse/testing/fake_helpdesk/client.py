"""Every call to the Fake helpdesk's API: paths, paging, access. Answers are raw; ``mapping`` makes records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from deskpulse.plugin_api import Answer, Connection, Misread, NotFound
from deskpulse.testing.fake_helpdesk.links import base_url

Raw = dict[str, Any]

PAGE = 50
"""The vendor's greatest page."""
LONG = 120.0
"""Seconds of pause that a synchronisation accepts."""


class Client:
    """The API of one connection's account; ``patience`` is what :meth:`HttpClient.request` calls so."""

    def __init__(self, connection: Connection, *, patience: float = 0.0) -> None:
        self._http = connection.http
        self._base = f"{base_url(connection.settings)}/api"
        self._headers = {"Authorization": f"Bearer {connection.secrets.get('api_token', '')}"}
        self._patience = patience

    def find(self, *path: str) -> Raw | None:
        """One record, or None where there is none."""
        try:
            return self.read(*path)
        except NotFound:
            return None

    def read(self, *path: str) -> Raw:
        """One record."""
        return _object(self._ask("GET", path))

    def pages(self, *path: str) -> Iterator[list[Raw]]:
        """A list, page by page, by cursor: the address that comes with it might lead our token elsewhere."""
        cursor: str | None = ""
        while cursor is not None:
            raw = _object(self._ask("GET", path, {"limit": str(PAGE), "cursor": cursor}))
            yield [item for item in raw.get("items") or () if isinstance(item, dict)]
            cursor = raw.get("next")

    def every(self, *path: str) -> Iterator[Raw]:
        """A list, item by item."""
        for page in self.pages(*path):
            yield from page

    def changes(self, position: Mapping[str, str]) -> Raw:
        """A page of the change feed, ``since`` a time or ``after`` a number."""
        return _object(self._ask("GET", ("changes",), {"limit": str(PAGE), **position}))

    def create(self, path: str, wanted: Raw) -> Raw:
        """Make a record, and give it as the vendor stored it."""
        return _object(self._ask("POST", (path,), body=wanted))

    def change(self, *path: str, version: int | None = None, **changes: Any) -> Answer:
        """Change a record; with ``version`` only if nobody else has since. A 404 or 422 is the caller's to judge."""
        match = {} if version is None else {"If-Match": str(version)}
        return self._ask("PATCH", path, body=changes, headers=match, expect=(404, 422))

    def delete(self, *path: str) -> None:
        """Remove a record; one that is gone already is fine."""
        self._ask("DELETE", path, expect=(404,))

    def _ask(
        self,
        method: str,
        path: tuple[str, ...],
        params: Mapping[str, str] | None = None,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        expect: tuple[int, ...] = (),
    ) -> Answer:
        return self._http.request(
            method,
            "/".join([self._base, *(quote(part, safe="") for part in path)]),
            headers={**self._headers, **(headers or {})},
            params=params,
            json=body,
            expect=expect,
            patience=self._patience,
        )


def _object(answer: Answer) -> Raw:
    raw = answer.json()
    if not isinstance(raw, dict):
        raise Misread("the answer is no object")
    return raw
