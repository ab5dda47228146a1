"""A simulator on real loopback HTTP, and a client that speaks to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from deskpulse_jira_sm.simulator import JiraSimulator
from fixtures.simulators import Client, filled, world


@dataclass
class Desk(Client):
    """A Jira site, as the integration sees it."""

    version: str = "3"
    tokens: dict[str, Any] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """One call; a path that names no other family is one of the platform's."""
        full = path if path.startswith(("/rest", "/ex", "/jsm", "/gateway")) else f"/rest/api/{self.version}{path}"
        return super().call(method, full, body, **more)

    def put(self, path: str, body: Any, status: int = 204, **more: Any) -> Any:
        return super().put(path, body, status, **more)

    def key(self, subject: str) -> str:
        """The key of the issue with that summary."""
        return str(self.listed(subject)["number"])

    def issue(self, project: str = "SD", **fields: Any) -> str:
        """A new issue's key."""
        raw = {"project": {"key": project}, "issuetype": {"name": "[System] Incident"}, "summary": "Printer"}
        return str(self.post("/issue", {"fields": raw | fields})["key"])

    def transition(self, key: str, number: str) -> None:
        self.post(f"/issue/{key}/transitions", {"transition": {"id": number}}, 204)

    def fields(self, key: str) -> Any:
        return self.get(f"/issue/{key}")["fields"]

    def as_user(self, email: str, means: str = "classic", **more: Any) -> tuple[str, str]:
        """Credentials of somebody else."""
        return email, self.control("/tokens", {"email": email, "means": means, **more})["token"]

    def gateway(self) -> str:
        """The gateway's paths of this site."""
        return f"/ex/jira/{requests.get(self.base + '/_edge/tenant_info', timeout=10).json()['cloudId']}"

    def consent(self, scope: str = "read:jira-user read:jira-work") -> str:
        """An OAuth access token, asked for as a person consents; ``tokens`` keeps the whole answer."""
        client, target = self.control("/oauth/client"), "https://nps.example.com/oauth"
        asked = {"client_id": client["client_id"], "redirect_uri": target, "state": "s", "response_type": "code"}
        asked["scope"] = f"{scope} offline_access"
        page = requests.get(f"{self.base}/authorize", params=asked, timeout=10).text
        form = asked | {"ticket": page.partition('name="ticket" value="')[2].partition('"')[0], "decision": "allow"}
        answer = requests.post(f"{self.base}/authorize", data=form, timeout=10, allow_redirects=False)
        code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        grant = client | {"grant_type": "authorization_code", "code": code, "redirect_uri": target}
        self.tokens = requests.post(f"{self.base}/oauth/token", json=grant, timeout=10).json()
        return str(self.tokens["access_token"])

    def webhook(self, url: str, **values: Any) -> Any:
        raw = {"name": "NPS", "url": url, "events": ["jira:issue_created", "jira:issue_updated"], "secret": "k3y"}
        return self.post("/rest/webhooks/1.0/webhook", raw | values)

    def search(self, jql: str, **more: Any) -> Any:
        return self.post("/search/jql", {"jql": jql, **more}, 200)

    def found(self, jql: str, **more: Any) -> set[str]:
        return {row["key"] for row in self.search(jql, fields=["summary"], **more)["issues"]}


@contextmanager
def desk_of(**options: Any) -> Iterator[Desk]:
    """A filled simulator on a free port."""
    sim = JiraSimulator(seed=7, **options)
    with filled(sim, world()) as (base, session):
        access = sim.access()
        if "email" in access.settings:
            session.auth = (access.settings["email"], access.secrets["api_token"])
        else:
            session.headers["Authorization"] = f"Bearer {access.secrets['personal_access_token']}"
        yield Desk(sim, base, session, "3" if "email" in access.settings else "2")


@pytest.fixture
def site() -> Iterator[Desk]:
    """A filled Cloud site."""
    with desk_of() as desk:
        yield desk


@pytest.fixture
def server() -> Iterator[Desk]:
    """A filled Data Center site."""
    with desk_of(deployment="server") as desk:
        yield desk


@pytest.fixture
def still() -> Iterator[Desk]:
    """A Cloud site whose clock moves only when told."""
    moment = datetime.now(UTC)
    with desk_of(clock=lambda: moment) as desk:
        yield desk
