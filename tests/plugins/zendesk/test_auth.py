"""Access: API token, OAuth with a rotating pair, client credentials, and every way they fail."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from deskpulse.plugin_api import AuthExpired, Connection, RateLimited, Refused, Unreachable
from deskpulse.testing.factories import Renewal
from deskpulse_zendesk.client import Client
from deskpulse_zendesk.kind import KIND

ME = "https://acme.zendesk.com/api/v2/users/me"
TOKENS = "https://acme.zendesk.com/oauth/tokens"
PAIR = {"access_token": "access-2", "token_type": "bearer", "refresh_token": "refresh-2", "expires_in": 86400}
EXPIRED = {"error": "invalid_token", "error_description": "The access token provided is expired"}

Make = Callable[..., Connection]


def only_with(token: str) -> Callable[[requests.PreparedRequest], tuple[int, dict[str, str], str]]:
    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        if request.headers.get("Authorization") == f"Bearer {token}":
            return 200, {}, json.dumps({"user": {"id": 1, "role": "admin"}})
        return 401, {}, json.dumps(EXPIRED)

    return answer


def test_an_api_token_is_basic_authentication(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(ME, json={"user": {"id": 1}})
    settings = {"auth": "api_token", "email": "agent@example.com"}
    Client(connection(settings=settings, secrets={"api_token": "s3cr3tT0ken"})).me()
    sent = zendesk.calls[0].request.headers["Authorization"]
    assert sent == "Basic YWdlbnRAZXhhbXBsZS5jb20vdG9rZW46czNjcjN0VDBrZW4="


def test_a_refused_api_token_cannot_be_renewed(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(ME, status=401, json={"error": "Couldn't authenticate you"})
    settings = {"auth": "api_token", "email": "a@example.com"}
    with pytest.raises(AuthExpired):
        Client(connection(settings=settings, secrets={"api_token": "wrong-token"})).me()
    assert len(zendesk.calls) == 1


def test_an_expired_token_is_renewed_once_and_the_pair_stored_first(
    connection: Make, zendesk: responses.RequestsMock
) -> None:
    zendesk.add_callback("GET", ME, only_with("access-2"))
    zendesk.post(TOKENS, json=PAIR, status=201)
    safe = Renewal({"access_token": "access-1", "refresh_token": "refresh-1", "client_secret": "cs", "other": "kept"})
    assert Client(connection(renewal=safe)).me()["id"] == 1
    asked = json.loads(zendesk.calls[1].request.body or "")
    assert {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1",
        "client_id": "deskpulse",
    }.items() <= asked.items()
    assert 300 < asked["expires_in"] < 172_800
    assert 604_800 < asked["refresh_token_expires_in"] < 7_776_000
    assert "Authorization" not in zendesk.calls[1].request.headers
    assert (safe.secrets["access_token"], safe.secrets["refresh_token"]) == ("access-2", "refresh-2")
    assert safe.secrets["other"] == "kept"


def test_a_token_past_its_time_is_renewed_before_it_is_used(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.add_callback("GET", ME, only_with("access-2"))
    zendesk.post(TOKENS, json=PAIR, status=201)
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    Client(connection(secrets={"access_token": "a", "refresh_token": "r", "access_expires_at": past})).me()
    assert [call.request.method for call in zendesk.calls] == ["POST", "GET"]


def test_a_token_that_stays_refused_is_access_lost(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(ME, status=401, json=EXPIRED)
    zendesk.post(TOKENS, json=PAIR, status=201)
    with pytest.raises(AuthExpired):
        Client(connection()).me()
    assert [call.request.method for call in zendesk.calls] == ["GET", "POST", "GET"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"body": requests.ConnectionError("gone")}, "lost"),
        ({"status": 502}, "lost"),
        ({"status": 503, "headers": {"Retry-After": "5"}}, "lost"),
        ({"status": 200, "body": "<html>"}, "lost"),
        ({"status": 200, "json": {}}, "lost"),
        ({"status": 400, "json": {"error": "invalid_grant"}}, "refused"),
        ({"status": 401, "json": {"error": "invalid_client"}}, "tokens: 401"),
    ],
)
def test_a_failed_refresh_needs_an_administrator(
    connection: Make, zendesk: responses.RequestsMock, answer: dict[str, Any], words: str
) -> None:
    zendesk.get(ME, status=401, json=EXPIRED)
    zendesk.post(TOKENS, **answer)
    with pytest.raises(AuthExpired, match=words):
        Client(connection()).me()
    assert len(zendesk.calls) == 2


def test_a_rate_limited_refresh_loses_nothing(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(ME, status=401, json=EXPIRED)
    zendesk.post(TOKENS, status=429, headers={"Retry-After": "7"})
    safe = Renewal({"access_token": "a1", "refresh_token": "r1"})
    with pytest.raises(RateLimited):
        Client(connection(renewal=safe)).me()
    assert safe.secrets["refresh_token"] == "r1"


def test_another_secret_that_changed_does_not_pass_for_a_renewal(
    connection: Make, zendesk: responses.RequestsMock
) -> None:
    zendesk.add_callback("GET", ME, only_with("access-2"))
    zendesk.post(TOKENS, json=PAIR, status=201)
    safe = Renewal({"access_token": "access-1", "refresh_token": "refresh-1"})
    held = connection(renewal=safe)
    safe.secrets["signing_secret"] = "new since"
    assert Client(held).me()["id"] == 1


def test_threads_that_find_the_token_expired_together_renew_it_once(
    connection: Make, zendesk: responses.RequestsMock
) -> None:
    zendesk.add_callback("GET", ME, only_with("access-2"))
    zendesk.post(TOKENS, json=PAIR, status=201)
    safe = Renewal({"access_token": "access-1", "refresh_token": "refresh-1"})
    held, found = connection(renewal=safe), []
    threads = [threading.Thread(target=lambda: found.append(Client(held).me()["id"])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 4
    assert safe.times == 1


def test_client_credentials_are_traded_whenever_needed(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.add_callback("GET", ME, only_with("access-2"))
    zendesk.post(TOKENS, json={"access_token": "access-2", "expires_in": 7200}, status=201)
    safe = Renewal({"client_secret": "cs"})
    Client(connection(settings={"auth": "client_credentials"}, renewal=safe)).me()
    asked = json.loads(zendesk.calls[0].request.body or "")
    assert (asked["grant_type"], asked["scope"]) == ("client_credentials", "read write")
    assert safe.secrets["refresh_token"] == ""


def test_client_credentials_lose_nothing_in_an_outage(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.post(TOKENS, status=502)
    with pytest.raises(Unreachable):
        Client(connection(settings={"auth": "client_credentials"}, secrets={"client_secret": "cs"})).me()


@pytest.mark.parametrize("auth", ["oauth", "api_token", "client_credentials"])
def test_missing_credentials_are_named_without_a_call(connection: Make, auth: str) -> None:
    with pytest.raises(AuthExpired, match="missing"):
        Client(connection(settings={"auth": auth, "client_id": ""}, secrets={})).me()


def test_the_authorisation_in_the_browser(connection: Make, zendesk: responses.RequestsMock) -> None:
    assert KIND.oauth is not None
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
    callback = "https://nps.example.com/oauth/k1/callback"
    url = KIND.oauth.authorize_url({"subdomain": "acme", "client_id": "deskpulse"}, callback, "state-1", challenge)
    assert url.startswith("https://acme.zendesk.com/oauth/authorizations/new?")
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query == {
        "response_type": "code",
        "client_id": "deskpulse",
        "redirect_uri": callback,
        "scope": "read write",
        "state": "state-1",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    zendesk.post(TOKENS, json=PAIR, status=201)
    secrets = KIND.oauth.exchange(connection(secrets={"client_secret": "cs"}), "the-code", "verifier", callback)
    asked = json.loads(zendesk.calls[0].request.body or "")
    assert (asked["code"], asked["code_verifier"], asked["redirect_uri"]) == ("the-code", "verifier", callback)
    assert (secrets["access_token"], secrets["refresh_token"]) == ("access-2", "refresh-2")
    life = datetime.fromisoformat(secrets["access_expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < life <= timedelta(days=1)


def test_errors_hold_no_token(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(ME, status=403, json={"error": {"title": "Forbidden", "message": "access-1 lacks a scope"}})
    with pytest.raises(Refused) as caught:
        Client(connection()).me()
    assert "access-1" not in str(caught.value)
