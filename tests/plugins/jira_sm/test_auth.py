"""Four ways in, each at the right address; tokens renewed once, and never shown."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from deskpulse.plugin_api import AuthExpired, Connection, HelpdeskError, Misread, Retry
from deskpulse.testing.factories import Renewal
from deskpulse_jira_sm import auth, links
from deskpulse_jira_sm.client import Client
from deskpulse_jira_sm.kind import KIND

MakeConnection = Callable[..., Connection]
SITE = "https://acme.atlassian.net"
GATEWAY = "https://api.atlassian.com/ex/jira/c-1"
TOKENS = "https://auth.atlassian.com/oauth/token"
OAUTH = {"auth": "oauth", "client_id": "app"}
FACTS = {"cloud_id": "c-1"}
PAIR = {"access_token": "access-1", "refresh_token": "refresh-1", "client_secret": "hush-hush"}


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def test_a_classic_token_goes_to_the_site(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    jira.get(f"{SITE}/rest/api/3/myself", json={"accountId": "a"})
    Client(connection()).me()
    assert jira.calls[0].request.headers["Authorization"] == basic("bot@acme.example", "token-1")


def test_a_scoped_token_goes_to_the_gateway_only(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    jira.get(f"{SITE}/_edge/tenant_info", json={"cloudId": "c-1"})
    jira.get(f"{GATEWAY}/rest/api/3/myself", json={"accountId": "a"})
    client = Client(connection(settings={"auth": "scoped_token"}))
    client.me()
    client.me()
    assert [call.request.url for call in jira.calls] == [
        f"{SITE}/_edge/tenant_info",
        *2 * [f"{GATEWAY}/rest/api/3/myself"],
    ]
    assert "Authorization" not in jira.calls[0].request.headers, "everybody may ask for the site's id"
    assert not client.at_site


def test_a_remembered_cloud_id_is_not_asked_for(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    jira.get(f"{GATEWAY}/rest/api/3/myself", json={"accountId": "a"})
    Client(connection(settings={"auth": "scoped_token"}, facts=FACTS)).me()
    assert len(jira.calls) == 1


@pytest.mark.parametrize("raw", [{}, {"cloudId": ""}, {"cloudId": "../x"}, []])
def test_an_odd_cloud_id_is_misread(connection: MakeConnection, jira: responses.RequestsMock, raw: Any) -> None:
    jira.get(f"{SITE}/_edge/tenant_info", json=raw)
    with pytest.raises(Misread):
        Client(connection(settings={"auth": "scoped_token"})).me()


def test_data_center_takes_a_personal_access_token(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    jira.get("https://jira.acme.example/rest/api/2/myself", json={"key": "JIRAUSER1"})
    settings = {"deployment": "data_center", "base_url": "https://jira.acme.example", "auth": "api_token"}
    Client(connection(settings=settings, secrets={"personal_access_token": "pat-1"})).me()
    assert jira.calls[0].request.headers["Authorization"] == "Bearer pat-1"


def test_tokens_of_any_length_are_fine(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    jira.get(f"{SITE}/rest/api/3/myself", json={"accountId": "a"})
    for token in ("x" * 24, "x" * 192, "x" * 400):
        Client(connection(secrets={"api_token": token})).me()


@pytest.mark.parametrize(
    ("settings", "secrets", "lacking"),
    [
        ({"email": ""}, {"api_token": "t"}, "e-mail"),
        ({}, {"api_token": ""}, "API token"),
        ({"auth": "oauth"}, {}, "grants"),
        ({"deployment": "data_center"}, {}, "personal access token"),
    ],
)
def test_what_is_missing_is_said(connection: MakeConnection, settings: Any, secrets: Any, lacking: str) -> None:
    ours = connection(settings=settings, secrets=secrets)
    assert lacking in auth.missing(ours)[0]
    with pytest.raises(AuthExpired, match="missing"):
        auth.Access(ours).header()


def test_a_refused_bearer_is_renewed_once(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    jira.get(f"{GATEWAY}/rest/api/3/myself", status=401)
    jira.get(f"{GATEWAY}/rest/api/3/myself", json={"accountId": "a"})
    jira.post(TOKENS, json={"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 3600})
    safe = Renewal(PAIR)
    Client(connection(settings=OAUTH, facts=FACTS, renewal=safe)).me()
    assert (safe.secrets["access_token"], safe.secrets["refresh_token"]) == ("access-2", "refresh-2")
    assert jira.calls[-1].request.headers["Authorization"] == "Bearer access-2"


def test_a_token_known_to_have_expired_is_renewed_first(
    connection: MakeConnection, jira: responses.RequestsMock
) -> None:
    jira.post(TOKENS, json={"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 3600})
    ended = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    ours = connection(settings=OAUTH, facts=FACTS, renewal=Renewal({**PAIR, "access_expires_at": ended}))
    assert auth.Access(ours).header() == "Bearer access-2"


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refused_refresh_asks_an_administrator(
    connection: MakeConnection, jira: responses.RequestsMock, status: int
) -> None:
    jira.get(f"{GATEWAY}/rest/api/3/myself", status=401)
    jira.post(TOKENS, status=status, json={"error": "invalid_grant"})
    with pytest.raises(AuthExpired, match="refused") as caught:
        Client(connection(settings=OAUTH, facts=FACTS, renewal=Renewal(PAIR))).me()
    assert "refresh-1" not in str(caught.value)
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize(
    "lost",
    [
        {"body": requests.ConnectionError("cut")},
        {"status": 500},
        {"status": 503, "headers": {"Retry-After": "1"}},
        {"status": 429, "headers": {"Retry-After": "9"}},
        {"status": 200, "body": "<html>"},
        {"status": 200, "json": {"token_type": "Bearer"}},
    ],
)
def test_a_refresh_without_an_answer_may_be_repeated_with_the_same_token(
    connection: MakeConnection, jira: responses.RequestsMock, lost: dict[str, Any]
) -> None:
    jira.get(f"{GATEWAY}/rest/api/3/myself", status=401)
    jira.post(TOKENS, **lost)
    safe = Renewal(PAIR)
    with pytest.raises(HelpdeskError) as caught:
        Client(connection(settings=OAUTH, facts=FACTS, renewal=safe)).me()
    assert caught.value.retry is Retry.LATER
    assert safe.secrets == PAIR


def test_a_refresh_token_that_is_not_replaced_stays(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    jira.get(f"{GATEWAY}/rest/api/3/myself", status=401)
    jira.get(f"{GATEWAY}/rest/api/3/myself", json={"accountId": "a"})
    jira.post(TOKENS, json={"access_token": "access-2", "expires_in": 3600})
    safe = Renewal(PAIR)
    Client(connection(settings=OAUTH, facts=FACTS, renewal=safe)).me()
    assert (safe.secrets["access_token"], safe.secrets["refresh_token"]) == ("access-2", "refresh-1")


def test_a_scope_that_is_missing_is_named(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    refusal = {"code": 401, "message": "Unauthorized; scope does not match"}
    jira.get(f"{GATEWAY}/rest/api/3/myself", status=401, json=refusal)
    with pytest.raises(AuthExpired, match="scope does not match"):
        Client(connection(settings={"auth": "scoped_token"}, facts=FACTS)).me()


def test_without_a_refresh_token_an_administrator_is_asked(
    connection: MakeConnection, jira: responses.RequestsMock
) -> None:
    jira.get(f"{GATEWAY}/rest/api/3/myself", status=401)
    with pytest.raises(AuthExpired, match="no refresh token"):
        Client(connection(settings=OAUTH, facts=FACTS, renewal=Renewal({**PAIR, "refresh_token": ""}))).me()


def test_the_address_to_visit_asks_for_a_rotating_token() -> None:
    link = links.authorize_url({"client_id": "app"}, "https://nps.example.com/oauth/k1/callback", "s", "c")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert link.startswith("https://auth.atlassian.com/authorize?")
    assert asked["audience"] == "api.atlassian.com"
    assert "offline_access" in asked["scope"].split()
    assert (asked["code_challenge"], asked["code_challenge_method"], asked["prompt"]) == ("c", "S256", "consent")
    assert KIND.oauth is not None
    assert KIND.oauth.wanted({"auth": "oauth"})
    assert not KIND.oauth.wanted({})
    assert not KIND.oauth.wanted({"auth": "oauth", "deployment": "data_center"})
