"""Access: password, API key, OAuth by password and by client credentials, and every way they fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
import requests
import responses

from deskpulse.plugin_api import AuthExpired, Connection, Misread, Unreachable
from deskpulse.testing.factories import Renewal
from deskpulse_servicenow.client import Client

USER = f"https://acme.service-now.com/api/now/table/sys_user/{'a' * 32}"
TOKENS = "https://acme.service-now.com/oauth_token.do"
TOKEN = {"scope": "useraccount", "token_type": "Bearer", "expires_in": 1800, "access_token": "access-2"}
NOT_ME = {"error": {"message": "User Not Authenticated", "detail": "Required to provide Auth information"}}
OAUTH = {"auth": "oauth", "client_id": "deskpulse"}
SECRETS = {"password": "pass-word-1", "client_secret": "client-secret-1"}

Make = Callable[..., Connection]


def only_with(name: str, wanted: str) -> Callable[[requests.PreparedRequest], tuple[int, dict[str, str], str]]:
    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        if request.headers.get(name) == wanted:
            return 200, {}, json.dumps({"result": {"sys_id": "a" * 32}})
        return 401, {}, json.dumps(NOT_ME)

    return answer


def stock(servicenow: responses.RequestsMock, name: str, wanted: str) -> None:
    servicenow.add_callback("GET", USER, only_with(name, wanted), content_type="application/json")


def read(connection: Connection) -> None:
    assert Client(connection).row("sys_user", "a" * 32, ("sys_id",)) == {"sys_id": "a" * 32}


def forms(servicenow: responses.RequestsMock) -> list[dict[str, str]]:
    found = [call.request for call in servicenow.calls if call.request.url == TOKENS]
    assert {request.headers["Content-Type"] for request in found} <= {"application/x-www-form-urlencoded"}
    return [{name: values[0] for name, values in parse_qs(str(request.body)).items()} for request in found]


def test_a_password_is_basic_authentication(connection: Make, servicenow: responses.RequestsMock) -> None:
    stock(servicenow, "Authorization", "Basic ZGVza3B1bHNlLmludGVncmF0aW9uOnBhc3Mtd29yZC0x")
    read(connection())


def test_an_api_key_has_a_header_of_its_own(connection: Make, servicenow: responses.RequestsMock) -> None:
    stock(servicenow, "x-sn-apikey", "key-1")
    read(connection(settings={"auth": "api_key"}, secrets={"api_key": "key-1"}))
    assert "Authorization" not in servicenow.calls[0].request.headers


@pytest.mark.parametrize("auth", ["basic", "api_key"])
def test_what_cannot_be_renewed_is_asked_for_once(
    connection: Make, servicenow: responses.RequestsMock, auth: str
) -> None:
    servicenow.get(USER, status=401, json=NOT_ME)
    with pytest.raises(AuthExpired):
        read(connection(settings={"auth": auth}, secrets={"password": "wrong-pass", "api_key": "wrong-key"}))
    assert len(servicenow.calls) == 1


def test_a_password_is_traded_for_a_token_by_form(connection: Make, servicenow: responses.RequestsMock) -> None:
    servicenow.post(TOKENS, json={**TOKEN, "refresh_token": "refresh-2"})
    stock(servicenow, "Authorization", "Bearer access-2")
    renewal = Renewal(SECRETS)
    read(connection(settings=OAUTH, renewal=renewal))
    assert forms(servicenow) == [
        {
            "grant_type": "password",
            "username": "deskpulse.integration",
            "password": "pass-word-1",
            "client_id": "deskpulse",
            "client_secret": "client-secret-1",
        }
    ]
    assert (renewal.secrets["access_token"], renewal.secrets["refresh_token"]) == ("access-2", "refresh-2")
    ends = datetime.fromisoformat(renewal.secrets["access_expires_at"])
    assert timedelta(minutes=29) < ends - datetime.now(UTC) < timedelta(minutes=31)


def test_client_credentials_need_no_password(connection: Make, servicenow: responses.RequestsMock) -> None:
    servicenow.post(TOKENS, json=TOKEN)
    stock(servicenow, "Authorization", "Bearer access-2")
    settings = {"auth": "client_credentials", "client_id": "deskpulse"}
    read(connection(settings=settings, secrets={"client_secret": "client-secret-1"}))
    (form,) = forms(servicenow)
    assert form == {"grant_type": "client_credentials", "client_id": "deskpulse", "client_secret": "client-secret-1"}


def test_a_refused_token_is_refreshed_and_the_refresh_token_kept(
    connection: Make, servicenow: responses.RequestsMock
) -> None:
    servicenow.post(TOKENS, json=TOKEN)
    stock(servicenow, "Authorization", "Bearer access-2")
    renewal = Renewal({**SECRETS, "access_token": "access-1", "refresh_token": "refresh-1"})
    read(connection(settings=OAUTH, renewal=renewal))
    (form,) = forms(servicenow)
    assert (form["grant_type"], form["refresh_token"]) == ("refresh_token", "refresh-1")
    assert (renewal.secrets["access_token"], renewal.secrets["refresh_token"]) == ("access-2", "refresh-1")


def test_a_dead_refresh_token_leads_to_signing_in_again_and_then_to_the_end(
    connection: Make, servicenow: responses.RequestsMock
) -> None:
    refused = {"error": "access_denied", "error_description": "access_denied"}
    servicenow.post(TOKENS, status=401, json=refused)
    servicenow.post(TOKENS, json={**TOKEN, "access_token": "also-refused", "refresh_token": "refresh-3"})
    servicenow.get(USER, status=401, json=NOT_ME)
    renewal = Renewal({**SECRETS, "access_token": "access-1", "refresh_token": "refresh-1"})
    with pytest.raises(AuthExpired) as error:
        read(connection(settings=OAUTH, renewal=renewal))
    assert [form["grant_type"] for form in forms(servicenow)] == ["refresh_token", "password"]
    assert not any(secret in str(error.value) for secret in renewal.secrets.values())


def test_a_refreshed_token_that_is_refused_too_leads_to_signing_in(
    connection: Make, servicenow: responses.RequestsMock
) -> None:
    servicenow.post(TOKENS, json={**TOKEN, "access_token": "refused-as-well"})
    servicenow.post(TOKENS, json=TOKEN)
    stock(servicenow, "Authorization", "Bearer access-2")
    renewal = Renewal({**SECRETS, "access_token": "access-1", "refresh_token": "refresh-1"})
    read(connection(settings=OAUTH, renewal=renewal))
    assert [form["grant_type"] for form in forms(servicenow)] == ["refresh_token", "password"]


def test_a_token_that_is_known_to_end_is_renewed_before_it_is_used(
    connection: Make, servicenow: responses.RequestsMock
) -> None:
    servicenow.post(TOKENS, json=TOKEN)
    stock(servicenow, "Authorization", "Bearer access-2")
    ended = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    secrets = {**SECRETS, "access_token": "access-1", "refresh_token": "refresh-1", "access_expires_at": ended}
    read(connection(settings=OAUTH, secrets=secrets))
    assert [call.request.url.partition("?")[0] for call in servicenow.calls if call.request.url] == [TOKENS, USER]


def test_many_at_once_renew_once(connection: Make, servicenow: responses.RequestsMock) -> None:
    servicenow.post(TOKENS, json=TOKEN)
    stock(servicenow, "Authorization", "Bearer access-2")
    renewal = Renewal({**SECRETS, "access_token": "access-1", "refresh_token": "refresh-1"})
    connections = [connection(settings=OAUTH, renewal=renewal) for _ in range(6)]
    threads = [threading.Thread(target=read, args=(one,)) for one in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert renewal.times == 1
    assert len(forms(servicenow)) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"json": {"token_type": "Bearer"}}, Misread),
        ({"json": []}, Misread),
        ({"status": 503}, Unreachable),
        ({"status": 401, "json": {"error": "server_error"}}, AuthExpired),
        ({"status": 400, "json": {"error": "invalid_grant"}}, AuthExpired),
    ],
)
def test_a_token_endpoint_in_trouble(
    connection: Make, servicenow: responses.RequestsMock, answer: dict[str, object], error: type[Exception]
) -> None:
    servicenow.post(TOKENS, **answer)
    with pytest.raises(error) as raised:
        read(connection(settings=OAUTH, secrets=SECRETS))
    assert "client-secret-1" not in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "secrets", "lacking"),
    [
        ({}, {}, "password"),
        ({"user_name": ""}, {"password": "pass-word-1"}, "name of the user"),
        ({"auth": "api_key"}, {}, "REST API key"),
        (OAUTH, {"password": "pass-word-1"}, "client secret"),
        ({"auth": "client_credentials"}, {"client_secret": "client-secret-1"}, "client ID"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(
    connection: Make,
    servicenow: responses.RequestsMock,
    settings: dict[str, str],
    secrets: dict[str, str],
    lacking: str,
) -> None:
    with pytest.raises(AuthExpired, match=lacking):
        read(connection(settings=settings, secrets=secrets))
    assert not servicenow.calls
