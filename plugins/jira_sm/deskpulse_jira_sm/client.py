"""Every call to a Jira site: addresses, paging and access. The answers are raw; ``mapping`` makes records of them.

Pages are followed by position or token and never by a link in an answer, so credentials go to the configured hosts
only. Each family of the API pages in its own way: ``paging`` knows them. An invisible issue is answered with 404.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/ (read 2026-08)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote

from deskpulse.plugin_api import Answer, AuthExpired, Connection, Misread, NotFound, Refused
from deskpulse_jira_sm import paging
from deskpulse_jira_sm.auth import ON_GATEWAY, Access
from deskpulse_jira_sm.links import KEY, gateway_url, is_data_center, site_url

Raw = dict[str, Any]
Params = Sequence[tuple[str, str]]

LONG = 300.0
"""Seconds of pause that long work accepts for each call: bursts are counted by the second, allowances by the hour."""
EXPERIMENTAL = {"X-ExperimentalApi": "opt-in"}
"""Some calls of servicedeskapi and of the customer service API want to be asked for like this."""
NO_CHECK = {"X-Atlassian-Token": "no-check"}
SEARCH_PAGE = 100
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._@+-]{0,127}")
"""An account's id on Cloud, a user's key or name on Data Center."""


class Client:
    """The API of one connection's site. ``patience`` is what :meth:`HttpClient.request` calls so."""

    def __init__(self, connection: Connection, *, patience: float = 0.0) -> None:
        self._connection = connection
        self._http = connection.http
        self._access = Access(connection)
        self._patience = patience
        self.server = is_data_center(connection.settings)
        self.api = "/rest/api/2" if self.server else "/rest/api/3"
        self.last_headers: Mapping[str, str] = {}
        """Headers of the latest answer."""

    # -- addresses

    @cached_property
    def cloud_id(self) -> str:
        """The site's id at Atlassian, remembered by set-up; else the site tells it to anybody."""
        if known := self._connection.facts.get("cloud_id"):
            return known
        answer = self._http.request("GET", f"{site_url(self._connection.settings)}/_edge/tenant_info")
        raw = answer.json()
        if not isinstance(raw, dict) or not re.fullmatch(r"[A-Za-z0-9-]{1,64}", str(raw.get("cloudId") or "")):
            raise Misread("the site does not tell its cloudId", status=answer.status)
        return str(raw["cloudId"])

    @cached_property
    def _root(self) -> str:
        if self._access.mode in ON_GATEWAY:
            return f"{gateway_url(self._connection.settings)}/ex/jira/{self.cloud_id}"
        return site_url(self._connection.settings)

    @property
    def at_site(self) -> bool:
        """Whether calls go to the site's own address, where alone webhooks are made and teams are read."""
        return self._access.mode not in ON_GATEWAY

    # -- people

    def me(self) -> Raw:
        """Our own user. An anonymous caller gets a 401 here, where issues would just be invisible."""
        return _object(self.get(f"{self.api}/myself"))

    def user(self, key: str) -> Raw | None:
        """A person by account id (on Data Center by user key), also a deactivated one."""
        if not ACCOUNT.fullmatch(key):
            return None
        return self.find(f"{self.api}/user", [("key" if self.server else "accountId", key)])

    def set_user_property(self, key: str, name: str, value: Any) -> Answer:
        """Keep a value with a person. Others' properties need a Jira administrator: a 403 or 404 is returned."""
        params = [("userKey" if self.server else "accountId", key)]
        return self.send("PUT", f"{self.api}/user/properties/{name}", value, params, expect=(400, 403, 404))

    def user_property(self, key: str, name: str) -> Any:
        """The value kept with a person, or None."""
        raw = self.find(f"{self.api}/user/properties/{name}", [("userKey" if self.server else "accountId", key)])
        return None if raw is None else raw.get("value")

    # -- issues

    def issue(self, key: str, fields: Iterable[str], *, changelog: bool = False, prop: str = "") -> Raw | None:
        """An issue by id or key with some fields; None where it is gone or invisible."""
        if not is_issue(key):
            return None
        params = [("fields", ",".join(fields))]
        params += [("expand", "changelog")] if changelog else []
        params += [("properties", prop)] if prop else []
        return self.find(f"{self.api}/issue/{key}", params)

    def changelog(self, key: str) -> Iterator[Raw]:
        """The whole changelog, oldest first. Cloud only: Data Center gives all of it with the issue."""
        for page in paging.by_position(self.get, f"{self.api}/issue/{key}/changelog", "values"):
            yield from page

    def request(self, key: str) -> Raw | None:
        """The issue as a customer's request; None where it was made inside Jira and has no request type."""
        return self.find(f"/rest/servicedeskapi/request/{key}", headers=EXPERIMENTAL) if is_issue(key) else None

    def statuses(self) -> Sequence[Raw]:
        """Every status with its category."""
        return _objects(self.get(f"{self.api}/status"))

    def search(self, jql: str, fields: Sequence[str], fresh: Sequence[int] = ()) -> Iterator[list[Raw]]:
        """Issues page by page. ``fresh`` are ids that shall be read past the search index, which lags a little."""
        body: Raw = {"jql": jql, "fields": list(fields), "maxResults": SEARCH_PAGE}
        if self.server:
            return paging.by_position(
                lambda path, params: self._json("POST", path, {**body, **{name: int(value) for name, value in params}}),
                f"{self.api}/search",
                "issues",
                SEARCH_PAGE,
            )
        if fresh:
            body["reconcileIssues"] = list(fresh)
        return paging.by_token(lambda more: self._json("POST", f"{self.api}/search/jql", {**body, **more}))

    def set_property(self, key: str, name: str, value: Any) -> Answer:
        """Keep a value with an issue; tells no webhook of changed issues."""
        return self.send("PUT", f"{self.api}/issue/{key}/properties/{name}", value, expect=(400, 403, 404))

    def update(self, key: str, fields: Mapping[str, Any]) -> Answer:
        """Set fields, all or none, without mails to watchers where our user may ask for that. A 4xx is returned."""
        params = [("notifyUsers", "false")]
        return self.send("PUT", f"{self.api}/issue/{key}", {"fields": fields}, params, expect=(400, 403, 404))

    def transitions(self, key: str) -> Sequence[Raw]:
        """The steps that the workflow offers from here."""
        return _objects(_object(self.get(f"{self.api}/issue/{key}/transitions")).get("transitions"))

    def transition(self, key: str, step: str) -> Answer:
        """Take a step of the workflow. A 4xx, such as for a field that must be filled, is returned."""
        body = {"transition": {"id": step}}
        return self.send("POST", f"{self.api}/issue/{key}/transitions", body, expect=(400, 403, 404))

    # -- comments

    def request_comments(self, key: str) -> Iterator[Raw]:
        """Comments of a request, public and internal, as plain text with ``public``."""
        params = [("public", "true"), ("internal", "true")]
        for page in self.desk_pages(f"/rest/servicedeskapi/request/{key}/comment", params):
            yield from page

    def issue_comments(self, key: str) -> Iterator[Raw]:
        """Comments of any issue, newest first, as a document or as wiki text."""
        params = [("orderBy", "-created")]
        for page in paging.by_position(self.get, f"{self.api}/issue/{key}/comment", "comments", params=params):
            yield from page

    def comment_request(self, key: str, text: str, *, public: bool) -> Answer:
        """Comment on a request. A 4xx is returned."""
        path = f"/rest/servicedeskapi/request/{key}/comment"
        body = {"body": text, "public": public}
        return self.send("POST", path, body, headers=EXPERIMENTAL, expect=(400, 403, 404))

    def comment_issue(self, key: str, body: Any) -> Answer:
        """Comment on an issue that is no request, internally: comments are public by default. A 4xx is returned."""
        internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
        payload = {"body": body, "properties": internal}
        return self.send("POST", f"{self.api}/issue/{key}/comment", payload, expect=(400, 403, 404))

    def delete_comment(self, key: str, comment: str) -> None:
        """Take back a comment; one that is gone already is fine."""
        self.send("DELETE", f"{self.api}/issue/{key}/comment/{quote(comment, safe='')}", expect=(403, 404))

    # -- customer details (Cloud)

    def details(self) -> Sequence[Raw]:
        """Every customer detail field of the site."""
        raw = self.get("/api/v1/customer/details", root=self._details_root)
        if isinstance(raw, dict):
            raw = raw.get("results", raw.get("values"))
        return _objects(raw)

    def create_detail(self, wanted: Mapping[str, Any]) -> Answer:
        """Make a customer detail field. A 4xx is returned."""
        return self.send("POST", "/api/v1/customer/details", wanted, root=self._details_root, expect=(400, 403, 404))

    def delete_detail(self, name: str) -> None:
        """Remove a customer detail field; one that is gone already is fine."""
        path = f"/api/v1/customer/details/{quote(name, safe='')}"
        self.send("DELETE", path, root=self._details_root, expect=(404,))

    def customer(self, key: str) -> Raw | None:
        """A customer with their details; None where the customer service API does not know them."""
        return self.find(f"/api/v1/customer/{quote(key, safe='')}", root=self._details_root)

    def set_detail(self, key: str, name: str, value: str) -> Answer:
        """Set one detail of a customer. A 4xx is returned: just-made customers and unknown fields are a 404."""
        path = f"/api/v1/customer/{quote(key, safe='')}/details"
        body = {"values": [value]}
        params = [("fieldName", name)]
        return self.send("PUT", path, body, params, root=self._details_root, expect=(400, 403, 404))

    @property
    def _details_root(self) -> str:
        return f"{gateway_url(self._connection.settings)}/jsm/csm/cloudid/{self.cloud_id}"

    # -- one call

    def desk_pages(self, path: str, params: Params = ()) -> Iterator[list[Raw]]:
        """Pages of servicedeskapi."""
        return paging.by_desk(lambda where, query: self.get(where, query, headers=EXPERIMENTAL), path, params)

    def get(
        self, path: str, params: Params = (), *, root: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Read something. Raises the errors of the API."""
        return self._ask("GET", path, params, root=root, headers=headers).json()

    def find(
        self, path: str, params: Params = (), *, root: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Raw | None:
        """Read one object; None where it is missing, invisible, or not addressed as one."""
        try:
            return _object(self.get(path, params, root=root, headers=headers))
        except NotFound:
            return None
        except Refused as error:
            if error.status == 400:
                return None
            raise

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        params: Params = (),
        *,
        root: str | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Iterable[int] = (),
    ) -> Answer:
        """Change something; statuses in ``expect`` are returned."""
        more = {**NO_CHECK, **(headers or {})}
        return self._ask(method, path, params, json=body, root=root, headers=more, expect=expect)

    def _json(self, method: str, path: str, body: Any) -> Any:
        return self.send(method, path, body).json()

    def _ask(
        self,
        method: str,
        path: str,
        params: Params = (),
        *,
        json: Any = None,
        root: str | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Iterable[int] = (),
    ) -> Answer:
        """One call; a refused bearer token is renewed once, then the call is made once more."""
        url = f"{self._root if root is None else root}{path}"
        for last in (not self._access.renewable, True):
            answer = self._http.request(
                method,
                url,
                headers={"Authorization": self._access.header(), "Accept": "application/json", **(headers or {})},
                params=list(params) or None,
                json=json,
                expect=(401, *expect),
                patience=self._patience,
            )
            if answer.status != 401 or last:
                break
            self._access.renew()
        if answer.status == 401:
            detail = f"{method} {path}: Jira did not accept the credentials: {words(answer)}"
            raise AuthExpired(self._http.redact(detail), status=401)
        self.last_headers = answer.headers
        return answer


def is_issue(key: str) -> bool:
    """Whether this can be an issue's id or key, which may safely become part of a path."""
    return bool(NUMBER.fullmatch(key) or KEY.fullmatch(key))


def words(answer: Answer) -> str:
    """What a refusal says, in any of the API's shapes: for people, short."""
    try:
        raw = answer.json()
    except Misread:
        return f"HTTP {answer.status}"
    if not isinstance(raw, dict):
        return f"HTTP {answer.status}"
    errors = raw.get("errors")
    found = [*(raw.get("errorMessages") or ()), raw.get("errorMessage"), raw.get("message")]
    found += list(errors.values()) if isinstance(errors, dict) else []
    found += [one.get("message") for one in errors or () if isinstance(one, dict)] if isinstance(errors, list) else []
    return "; ".join(str(one) for one in found if one)[:300] or f"HTTP {answer.status}"


def _object(raw: Any) -> Raw:
    if not isinstance(raw, dict):
        raise Misread("the answer is no object")
    return raw


def _objects(raw: Any) -> Sequence[Raw]:
    if not isinstance(raw, list):
        raise Misread("the answer is no list")
    return [one for one in raw if isinstance(one, dict)]
