"""Every call to Zendesk's API: paths, paging and access. The answers are raw; ``mapping`` makes records of them.

Pages are followed by their cursor and never by the ``links`` in an answer, so credentials go to the configured host
only. Unknown keys in a write are dropped with a 200 and named in ``x-zendesk-api-warn``, which is therefore logged.
https://developer.zendesk.com/api-reference/introduction/pagination/ (read 2026-08)
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from deskpulse.plugin_api import Answer, AuthExpired, Connection, Misread, NotFound
from deskpulse_zendesk.auth import Access
from deskpulse_zendesk.links import base_url

Raw = dict[str, Any]
Params = Sequence[tuple[str, str]]

PAGE = 100
"""The vendor's greatest page with cursors."""
MANY = 100
"""The most ids in one ``show_many``."""
LONG = 120.0
"""Seconds of pause that long work accepts for each call: the export allows 10 calls a minute."""
STAFF = (("role[]", "agent"), ("role[]", "admin"))

log = logging.getLogger(__name__)


class Client:
    """The API of one connection's account. ``patience`` is what :meth:`HttpClient.request` calls so."""

    def __init__(self, connection: Connection, *, patience: float = 0.0) -> None:
        self._http = connection.http
        self._base = base_url(connection.settings)
        self._access = Access(connection)
        self._patience = patience
        self.last_headers: Mapping[str, str] = {}
        """Headers of the latest answer."""

    # -- people and groups

    def me(self) -> Raw:
        """Our own user. Without valid credentials the vendor may answer with an anonymous one whose id is null."""
        return _object(self._ask("GET", "/users/me").json(), "user", inner=True)

    def user(self, key: str) -> Raw | None:
        """A user, also a suspended one; None where it does not exist, or was merged into another."""
        return self._find(f"/users/{key}", "user") if is_id(key) else None

    def users(self, keys: Iterable[str]) -> Iterator[Raw]:
        """Users by id, a hundred per call; unknown ones are left out."""
        wanted = list(keys)
        for start in range(0, len(wanted), MANY):
            params = [("ids", ",".join(wanted[start : start + MANY]))]
            yield from self._read("/users/show_many", "users", params)

    def staff(self) -> Iterator[list[Raw]]:
        """Agents and administrators page by page. Downgraded ones are no longer among them."""
        return self._pages("/users", "users", STAFF)

    def groups(self) -> Iterator[list[Raw]]:
        """Groups page by page, deleted ones included."""
        return self._pages("/groups", "groups")

    def memberships(self) -> Iterator[list[Raw]]:
        """Who is in which group, page by page, in no useful order."""
        return self._pages("/group_memberships", "group_memberships")

    def update_user(self, key: str, user_fields: Mapping[str, Any]) -> Answer:
        """Set user fields; those not named keep their values. A 404 or 422 is returned."""
        return self._send("PUT", f"/users/{key}", {"user": {"user_fields": user_fields}}, (404, 410, 422))

    # -- tickets

    def ticket(self, key: str, *, whole: bool = False) -> Raw | None:
        """A ticket as ``{"ticket": ...}``; if ``whole``, with people, group and organisation, and metrics inside it."""
        if not is_id(key):
            return None
        params = [("include", "users,groups,organizations,metric_sets")] if whole else []
        try:
            return _object(self._ask("GET", f"/tickets/{key}", params).json(), "ticket")
        except NotFound:
            return None

    def metrics(self, key: str) -> Raw | None:
        """The ticket's metric record. The vendor shows it as an object; older pages of the reference as a list."""
        try:
            raw = self._ask("GET", f"/tickets/{key}/metrics").json()
        except NotFound:
            return None
        found = raw.get("ticket_metric") if isinstance(raw, dict) else None
        if isinstance(found, list):
            found = found[0] if found else None
        return found if isinstance(found, dict) else None

    def comments(self, key: str) -> Iterator[list[Raw]]:
        """The ticket's comments and notes page by page, newest first."""
        return self._pages(f"/tickets/{key}/comments", "comments", [("sort", "-created_at")])

    def update_ticket(self, key: str, changes: Mapping[str, Any]) -> Answer:
        """Change a ticket. A 404, 409 (changed meanwhile) or 422 (closed, or a field is required) is returned."""
        return self._send("PUT", f"/tickets/{key}", {"ticket": changes}, (404, 409, 410, 422))

    def export(self, position: Mapping[str, str]) -> Answer:
        """A page of changed tickets by ``start_time`` or ``cursor``, never both; a refused position is returned."""
        params = [*position.items(), ("include", "metric_sets")]
        return self._ask("GET", "/incremental/tickets/cursor.json", params, expect=(400, 404, 410, 422))

    # -- set-up

    def find(self, kind: str, name: str, key: str) -> Raw | None:
        """One object of set-up by id, e.g. ``find("triggers", "trigger", "12")``."""
        return self._find(f"/{kind}/{key}", name) if re.fullmatch(r"[0-9A-Za-z]{1,40}", key) else None

    def every(self, kind: str, params: Params = ()) -> Iterator[Raw]:
        """All objects of set-up of a kind: triggers, webhooks, ticket fields, user fields."""
        for page in self._pages(f"/{kind}", kind, params):
            yield from page

    def readable(self, kind: str) -> None:
        """Try to read one object of a kind; raises the API's error."""
        self._ask("GET", f"/{kind}", [("page[size]", "1")])

    def create(self, kind: str, name: str, wanted: Mapping[str, Any]) -> Raw:
        """Make an object of set-up and give it as the vendor stored it."""
        return _object(self._send("POST", f"/{kind}", {name: wanted}).json(), name, inner=True)

    def replace(self, kind: str, name: str, key: str, wanted: Mapping[str, Any]) -> None:
        """PUT, which replaces a trigger's conditions and actions as a whole. Never for webhooks: it drops parts."""
        self._send("PUT", f"/{kind}/{key}", {name: wanted})

    def patch_webhook(self, key: str, wanted: Mapping[str, Any]) -> None:
        """Change some properties of a webhook and keep the others."""
        self._send("PATCH", f"/webhooks/{key}", {"webhook": wanted})

    def delete(self, kind: str, key: str) -> None:
        """Remove an object of set-up; one that is gone already is fine."""
        self._ask("DELETE", f"/{kind}/{key}", expect=(404,))

    def signing_secret(self, webhook_key: str) -> str:
        """The text that keys the webhook's signatures; it is used as it stands, not decoded."""
        return str(self._read(f"/webhooks/{webhook_key}/signing_secret", "signing_secret")["secret"])

    def trigger_condition_fields(self) -> frozenset[str]:
        """Names of the fields that a trigger's conditions may use in this account."""
        raw = self._read("/triggers/definitions", "definitions")
        found = raw.get("conditions_all") or ()
        return frozenset(str(one.get("subject")) for one in found if isinstance(one, dict))

    # -- one call

    def _read(self, path: str, name: str, params: Params = ()) -> Any:
        raw = self._ask("GET", path, params).json()
        if not isinstance(raw, dict) or name not in raw:
            raise Misread(f"GET {path}: no {name} in the answer")
        return raw[name]

    def _find(self, path: str, name: str) -> Raw | None:
        try:
            found = self._read(path, name)
        except NotFound:
            return None
        return found if isinstance(found, dict) else None

    def _pages(self, path: str, name: str, params: Params = ()) -> Iterator[list[Raw]]:
        after = ""
        while True:
            query = [*params, ("page[size]", str(PAGE)), *([("page[after]", after)] if after else [])]
            raw = _object(self._ask("GET", path, query).json(), name)
            yield [row for row in raw[name] or () if isinstance(row, dict)]
            raw_meta = raw.get("meta") or {}
            seen, after = after, str(raw_meta.get("after_cursor") or "")
            if not raw_meta.get("has_more") or after in ("", seen):
                return

    def _send(self, method: str, path: str, body: Raw, expect: Iterable[int] = ()) -> Answer:
        return self._ask(method, path, json=body, expect=expect)

    def _ask(
        self, method: str, path: str, params: Params = (), *, json: Any = None, expect: Iterable[int] = ()
    ) -> Answer:
        """One call; a refused bearer token is renewed once, then the call is made once more."""
        answer = self._once(method, path, params, json, expect)
        if answer.status == 401 and self._access.renewable:
            self._access.renew()
            answer = self._once(method, path, params, json, expect)
        if answer.status == 401:
            raise AuthExpired(f"{method} {path}: Zendesk did not accept the credentials", status=401)
        if warning := answer.headers.get("x-zendesk-api-warn"):
            log.warning("zendesk ignored part of %s %s: %s", method, path, self._http.redact(warning))
        self.last_headers = answer.headers
        return answer

    def _once(self, method: str, path: str, params: Params, json: Any, expect: Iterable[int]) -> Answer:
        return self._http.request(
            method,
            f"{self._base}/api/v2{path}",
            headers={"Authorization": self._access.header(), "Accept": "application/json"},
            params=list(params) or None,
            json=json,
            expect=(401, *expect),
            patience=self._patience,
        )


def rate_limit(headers: Mapping[str, str]) -> tuple[int, int] | None:
    """Calls per minute and calls left, as told by an answer; live answers and the reference spell them differently."""
    for prefix in ("x-rate-limit", "rate-limit", "ratelimit"):
        total = headers.get(prefix) or headers.get(f"{prefix}-limit")
        left = headers.get(f"{prefix}-remaining")
        if total and left and total.isdecimal() and left.isdecimal():
            return int(total), int(left)
    return None


def is_id(key: str) -> bool:
    """Whether this can be the id of a ticket or of a person: digits, which may safely become part of a path."""
    return bool(re.fullmatch(r"[0-9]{1,20}", key))


def _object(raw: Any, name: str, *, inner: bool = False) -> Raw:
    if not isinstance(raw, dict) or name not in raw or (inner and not isinstance(raw[name], dict)):
        raise Misread(f"no {name} in the answer")
    found: Raw = raw[name] if inner else raw
    return found
