"""Every call to Freshdesk's API: paths, paging and access. The answers are raw; ``mapping`` makes records of them.

Lists are bare arrays without a total. Pages are counted for as long as the header ``Link`` names a next one, whose
address is never used, so credentials go to the configured host only. Unknown keys in a write are refused with a 400.
https://developers.freshdesk.com/api/ (read 2026-08)
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from deskpulse.plugin_api import Answer, Connection, Misread, NotFound
from deskpulse_freshdesk.links import base_url

Raw = dict[str, Any]
Params = Sequence[tuple[str, str]]

PAGE = 100
"""The vendor's greatest page; a greater one is refused."""
LONG = 120.0
"""Seconds of pause that long work accepts for each call: limits are counted by the minute."""
UPDATES = 4
"""The type of automation rules that run when a ticket is updated."""
ARCHIVED = "archived"
"""Set by us in a ticket that was read from the archive."""
WHOLE = (("include", "requester,company,stats"),)
NEXT_PAGE = re.compile(r'rel="?next"?', re.IGNORECASE)


class Client:
    """The API of one connection's account. ``patience`` is what :meth:`HttpClient.request` calls so."""

    def __init__(self, connection: Connection, *, patience: float = 0.0) -> None:
        key = connection.secrets.get("api_key", "")
        self._http = connection.http
        self._base = base_url(connection.settings)
        self._sign_in = "Basic " + base64.b64encode(f"{key}:X".encode()).decode()
        self._http.redact_also((self._sign_in.removeprefix("Basic "),))
        self._patience = patience
        self.last_headers: Mapping[str, str] = {}
        """Headers of the latest answer."""

    # -- people and groups

    def me(self) -> Raw:
        """The agent to whom our key belongs."""
        return _object(self._ask("GET", "/agents/me"))

    def agent(self, key: str) -> Raw | None:
        """An agent; None where it does not exist, also for one who was made a contact."""
        return self._find("agents", key)

    def contact(self, key: str) -> Raw | None:
        """A contact; None where it does not exist, is an agent, or was merged into another."""
        return self._find("contacts", key)

    def contacts_by_email(self, email: str) -> list[Raw]:
        """Contacts with this address, also as a further one of theirs."""
        return _array(self._ask("GET", "/contacts", [("email", email)]))

    def company(self, key: str) -> Raw | None:
        """A customer's company."""
        return self._find("companies", key)

    def group(self, key: str) -> Raw | None:
        """A group."""
        return self._find("groups", key)

    def groups(self) -> Iterator[list[Raw]]:
        """Groups page by page."""
        return self._pages("/groups")

    def agents(self) -> Iterator[list[Raw]]:
        """Agents page by page. Deactivated ones are not among them."""
        return self._pages("/agents")

    def update_contact(self, key: str, changes: Mapping[str, Any]) -> Answer:
        """Change a contact. A 400 (a field is refused), 404 or 405 (gone, or merged) is returned."""
        return self._ask("PUT", f"/contacts/{key}", json=changes, expect=(400, 404, 405))

    # -- tickets

    def ticket(self, key: str) -> Raw | None:
        """A ticket with requester, company and stats; one from the archive is marked. None where it is not shown."""
        if not is_id(key):
            return None
        try:
            answer = self._ask("GET", f"/tickets/{key}", WHOLE, expect=(301, 405))
            if answer.status == 301:
                return self._archived(key)
        except NotFound:
            return None
        return None if answer.status == 405 else _object(answer)

    def _archived(self, key: str) -> Raw:
        """Where to is known, so the address in the redirect is not followed. The archive may take no ``include``."""
        path = f"/tickets/archived/{key}"
        answer = self._ask("GET", path, WHOLE, expect=(400,))
        if answer.status == 400:
            answer = self._ask("GET", path)
        return {**_object(answer), ARCHIVED: True}

    def tickets_since(self, since: str, page: int, only: str = "") -> list[Raw]:
        """A page of tickets changed at or after a time, oldest change first; ``only`` is ``deleted`` or ``spam``.

        Without ``updated_since`` the list would hide whatever is older than thirty days.
        """
        params = [("updated_since", since), ("order_by", "updated_at"), ("order_type", "asc"), ("include", "stats")]
        chosen = [("filter", only)] if only else []
        rows, _ = self._page("/tickets", [*params, *chosen], page)
        return rows

    def conversations(self, key: str) -> Iterator[list[Raw]]:
        """The ticket's replies and notes page by page; ``include=conversations`` would give the oldest ten only."""
        return self._pages(f"/tickets/{key}/conversations")

    def update_ticket(self, key: str, changes: Mapping[str, Any]) -> Answer:
        """Change a ticket. A 400 (a field is refused or missing), 404 or 405 is returned."""
        return self._ask("PUT", f"/tickets/{key}", json=changes, expect=(400, 404, 405))

    def add_note(self, key: str, html: str) -> Raw:
        """Add a private note; gives it as stored."""
        return _object(self._ask("POST", f"/tickets/{key}/notes", json={"body": html, "private": True}))

    def reply(self, key: str, html: str) -> Raw:
        """Write to the requester, in public; gives the reply as stored."""
        return _object(self._ask("POST", f"/tickets/{key}/reply", json={"body": html}))

    # -- set-up

    def readable(self, path: str) -> None:
        """Try to read a list; raises the API's error."""
        self._ask("GET", path)

    def fields(self, kind: str) -> list[Raw]:
        """All fields of ``ticket_fields`` or ``contact_fields``."""
        return [row for page in self._pages(f"/{kind}") for row in page]

    def create_field(self, kind: str, wanted: Mapping[str, Any]) -> Raw:
        """Make a field and give it as stored, with the name that Freshdesk made for it."""
        path = f"/admin/{kind}" if kind == "ticket_fields" else f"/{kind}"
        return _object(self._ask("POST", path, json=wanted))

    def rules(self) -> list[Raw]:
        """All automation rules that run on updates."""
        return [row for page in self._pages(f"/automations/{UPDATES}/rules") for row in page]

    def create_rule(self, wanted: Mapping[str, Any]) -> Raw:
        """Make a rule that runs on updates. A webhook action that lacks a part would be answered with a 500."""
        return _object(self._ask("POST", f"/automations/{UPDATES}/rules", json=wanted))

    def update_rule(self, key: str, wanted: Mapping[str, Any]) -> None:
        """Change a rule."""
        self._ask("PUT", f"/automations/{UPDATES}/rules/{key}", json=wanted)

    def delete_rule(self, key: str) -> None:
        """Remove a rule; one that is gone already is fine."""
        self._ask("DELETE", f"/automations/{UPDATES}/rules/{key}", expect=(404,))

    # -- one call

    def _find(self, kind: str, key: str) -> Raw | None:
        if not is_id(key):
            return None
        try:
            answer = self._ask("GET", f"/{kind}/{key}", expect=(405,))
        except NotFound:
            return None
        return None if answer.status == 405 else _object(answer)

    def _pages(self, path: str, params: Params = ()) -> Iterator[list[Raw]]:
        page, more = 1, True
        while more:
            rows, more = self._page(path, params, page)
            yield rows
            page += 1

    def _page(self, path: str, params: Params, page: int) -> tuple[list[Raw], bool]:
        answer = self._ask("GET", path, [*params, ("page", str(page)), ("per_page", str(PAGE))])
        return _array(answer), bool(NEXT_PAGE.search(answer.headers.get("Link") or ""))

    def _ask(
        self, method: str, path: str, params: Params = (), *, json: Any = None, expect: Iterable[int] = ()
    ) -> Answer:
        answer = self._http.request(
            method,
            f"{self._base}/api/v2{path}",
            headers={"Authorization": self._sign_in, "Accept": "application/json"},
            params=list(params) or None,
            json=json,
            expect=expect,
            patience=self._patience,
        )
        self.last_headers = answer.headers
        return answer


def rate_limit(headers: Mapping[str, str]) -> tuple[int, int] | None:
    """Calls allowed and calls left in this minute, as told by an answer; the numbers may come as ``100.0``."""
    try:
        total, left = (float(headers.get(f"x-ratelimit-{name}") or "") for name in ("total", "remaining"))
        return int(total), int(left)
    except (ValueError, OverflowError):
        return None


def problems(answer: Answer) -> str:
    """What a refusal says: fields and what is wrong with them. An answer without a body says nothing."""
    try:
        raw = answer.json()
    except Misread:
        return f"no reason given ({answer.status})"
    rows = raw.get("errors") if isinstance(raw, dict) else None
    found = [f"{row.get('field')}: {row.get('message')}" for row in rows or () if isinstance(row, dict)]
    said = raw.get("message") or raw.get("description") if isinstance(raw, dict) else None
    return "; ".join(found) or str(said or f"no reason given ({answer.status})")


def is_id(key: str) -> bool:
    """Whether this can be the id of anything at Freshdesk: digits, which may safely become part of a path."""
    return bool(re.fullmatch(r"[1-9][0-9]{0,19}", key))


def _object(answer: Answer) -> Raw:
    raw = answer.json()
    if not isinstance(raw, dict) or not raw.get("id"):
        raise Misread("the answer is no record with an id", status=answer.status)
    return raw


def _array(answer: Answer) -> list[Raw]:
    raw = answer.json()
    if not isinstance(raw, list):
        raise Misread("the answer is no list", status=answer.status)
    return [row for row in raw if isinstance(row, dict)]
