"""The site's webhooks, in the two forms that Jira has for them.

Cloud, and Data Center before 10: ``/rest/webhooks/1.0/webhook`` with ``secret`` (before 10, calls cannot be signed).
Data Center from 10 on: ``/rest/jira-webhook/1.0/webhooks``, where a ``secret`` at the top is ignored in silence and
calls arrive unsigned, so it stands in ``configuration``.
https://developer.atlassian.com/cloud/jira/platform/webhooks/ and
https://confluence.atlassian.com/adminjiraserver/managing-webhooks-938846912.html (read 2026-08)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from deskpulse_jira_sm import paging
from deskpulse_jira_sm.client import Client, Raw
from deskpulse_jira_sm.deliveries import UPDATED
from deskpulse_jira_sm.mapping import mapping_of

SECTION = "issue-related-events-section"
SIGNS_FROM = 10
"""The first version of Data Center that signs its calls."""
NO_WEBHOOKS = (
    "This access may not make webhooks: set-up then says how an administrator makes one by hand, or an Automation rule."
)


class Webhooks:
    """Reading and writing webhooks of one site."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @cached_property
    def version(self) -> int:
        """The installation's major version; none on Cloud."""
        if not self._client.server:
            return 0
        numbers = mapping_of(self._client.get(f"{self._client.api}/serverInfo")).get("versionNumbers")
        return int(numbers[0]) if isinstance(numbers, list) and numbers else SIGNS_FROM

    @property
    def can_sign(self) -> bool:
        """Whether calls of this site can be signed at all."""
        return not self._client.server or self.version >= SIGNS_FROM

    def readable(self) -> None:
        """Try to read them; raises the API's error."""
        self._client.get(self._path)

    def find(self, key: str, name: str) -> Raw | None:
        """A webhook by its id, else by its name."""
        rows = paging.rows(self._client.get(self._path))
        by_id = (raw for raw in rows if key and self.key(raw) == key)
        return next(by_id, None) or next((raw for raw in rows if raw.get("name") == name), None)

    def key(self, raw: Raw) -> str:
        """A webhook's id; on Cloud it is the end of its address."""
        return str(raw.get("id") or str(raw.get("self") or "").rstrip("/").rpartition("/")[2])

    def fits(self, raw: Raw, name: str, url: str, jql: str) -> bool:
        """Whether a webhook does what we want, and signs."""
        if raw.get("name") != name or raw.get("url") != url or list(raw.get("events") or ()) != [UPDATED]:
            return False
        if self._is_new:
            configuration = mapping_of(raw.get("configuration"))
            return raw.get("active") is not False and _filter(configuration.get("FILTERS")) == jql
        signed = raw.get("isSigned") is not False
        return raw.get("enabled") is not False and signed and _filter(raw.get("filters")) == jql

    def create(self, name: str, url: str, jql: str, secret: str) -> str:
        """Make one; gives its id."""
        answer = self._client.send("POST", self._path, self._body(name, url, jql, secret))
        return self.key(dict(mapping_of(answer.json())))

    def replace(self, key: str, name: str, url: str, jql: str, secret: str) -> None:
        """Make one be as wanted. The secret is sent again: left out, an older one would stay."""
        self._client.send("PUT", f"{self._path}/{key}", self._body(name, url, jql, secret))

    def delete(self, key: str) -> None:
        """Remove one; it may be gone already."""
        self._client.send("DELETE", f"{self._path}/{key}", expect=(404,))

    def _body(self, name: str, url: str, jql: str, secret: str) -> Mapping[str, Any]:
        body: Raw = {"name": name, "url": url, "events": [UPDATED]}
        if not self._is_new:
            return {**body, "filters": {SECTION: jql}, "excludeBody": False, "enabled": True, "secret": secret}
        configuration = {"SECRET": secret, "EXCLUDE_BODY": "false", "FILTERS": jql}
        return {**body, "active": True, "scopeType": "global", "configuration": configuration}

    @property
    def _is_new(self) -> bool:
        return self._client.server and self.version >= SIGNS_FROM

    @property
    def _path(self) -> str:
        return "/rest/jira-webhook/1.0/webhooks" if self._is_new else "/rest/webhooks/1.0/webhook"


def _filter(raw: Any) -> str:
    """The JQL of a filter, whether it is an object or written as text."""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            return str(raw)
    return str(mapping_of(raw).get(SECTION) or "")
