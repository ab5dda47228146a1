"""Behaviours 1 to 4: who gets in, what is ignored, how refusals read, and what is too much."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from deskpulse_simulation.oauth import s256


def _tokens(account: Any, **asked: Any) -> requests.Response:
    client = account.sim.oauth_client()
    body = {"client_id": client.identifier, "client_secret": client.secret, **asked}
    return requests.post(f"{account.base}/oauth/tokens", json=body, timeout=10)


def _me(account: Any, access: str) -> requests.Response:
    return requests.get(f"{account.base}/api/v2/users/me", headers={"Authorization": f"Bearer {access}"}, timeout=10)


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_01_the_json_suffix_is_optional(account: Any, suffix: str) -> None:
    user = account.get(f"/users/me{suffix}")["user"]
    assert user["name"] == "DeskPulse"
    assert user["role"] == "admin"


@pytest.mark.parametrize(
    "credentials",
    [
        ("deskpulse@acme.example/token", "wrong"),
        ("deskpulse@acme.example", "{token}"),
        ("no@one.example/token", "{token}"),
    ],
)
def test_01_wrong_credentials_are_a_401(account: Any, credentials: tuple[str, str]) -> None:
    token = account.sim.access().secrets["api_token"]
    auth = (credentials[0], credentials[1].format(token=token))
    answer = requests.get(f"{account.base}/api/v2/tickets", auth=auth, timeout=10)
    assert answer.status_code == 401
    assert answer.json() == {"error": "Couldn't authenticate you"}


def test_01_nobody_is_anonymous_at_users_me_only(account: Any) -> None:
    answer = requests.get(f"{account.base}/api/v2/users/me", timeout=10)
    assert (answer.status_code, answer.json()["user"]["id"]) == (200, None)
    assert requests.get(f"{account.base}/api/v2/groups", timeout=10).status_code == 401


def test_01_client_credentials_give_a_bearer_without_refresh(account: Any) -> None:
    answer = _tokens(account, grant_type="client_credentials", scope="read write")
    assert answer.status_code == 201
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert "refresh_token" not in body
    assert _me(account, body["access_token"]).json()["user"]["name"] == "DeskPulse"


def test_01_consent_code_and_pkce_then_refresh_kills_the_old_pair(account: Any) -> None:
    first = _consented(account)
    assert _me(account, first["access_token"]).status_code == 200

    account.control("/oauth/expire")
    assert _me(account, first["access_token"]).status_code == 401

    second = _tokens(account, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert _me(account, second["access_token"]).status_code == 200
    assert _tokens(account, grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 400

    third = _tokens(account, grant_type="refresh_token", refresh_token=second["refresh_token"]).json()
    assert _me(account, second["access_token"]).status_code == 401
    assert _me(account, third["access_token"]).status_code == 200


def _consented(account: Any) -> Any:
    verifier = "v" * 50
    asked = {
        "response_type": "code",
        "client_id": account.sim.oauth_client().identifier,
        "redirect_uri": "http://127.0.0.1:9/oauth/callback",
        "scope": "read write",
        "state": "st",
        "code_challenge": s256(verifier),
        "code_challenge_method": "S256",
    }
    page = requests.get(f"{account.base}/oauth/authorizations/new", params=asked, timeout=10)
    assert page.status_code == 200
    ticket = page.text.partition('name="ticket" value="')[2].partition('"')[0]
    form = {key: value for key, value in asked.items() if key != "response_type"}
    answer = requests.post(
        f"{account.base}/oauth/authorizations",
        data=form | {"ticket": ticket, "decision": "allow"},
        allow_redirects=False,
        timeout=10,
    )
    given = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert given["state"] == ["st"]
    exchange = {"grant_type": "authorization_code", "code": given["code"][0], "redirect_uri": asked["redirect_uri"]}
    tokens = _tokens(account, **exchange, code_verifier=verifier)
    assert tokens.status_code == 201
    again = _tokens(account, **exchange, code_verifier=verifier)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    return tokens.json()


def test_01_a_wrong_verifier_gets_no_token(account: Any) -> None:
    page = requests.get(f"{account.base}/oauth/authorizations/new", params={"client_id": "stranger"}, timeout=10)
    assert page.status_code == 400
    answer = _tokens(account, grant_type="authorization_code", code="made-up", code_verifier="x")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_01_scopes_limit_what_a_token_reaches(account: Any) -> None:
    access = _tokens(account, grant_type="client_credentials", scope="tickets:read").json()["access_token"]
    headers = {"Authorization": f"Bearer {access}"}
    assert requests.get(f"{account.base}/api/v2/tickets", headers=headers, timeout=10).status_code == 200
    assert requests.get(f"{account.base}/api/v2/groups", headers=headers, timeout=10).status_code == 403


def test_01_agents_reach_no_admin_endpoints(account: Any) -> None:
    token = account.sim.access().secrets["api_token"]
    auth = ("sam@desk.example/token", token)
    assert requests.get(f"{account.base}/api/v2/tickets", auth=auth, timeout=10).status_code == 200
    assert requests.get(f"{account.base}/api/v2/webhooks", auth=auth, timeout=10).status_code == 403


def test_02_unknown_keys_are_ignored_with_a_warning_header(account: Any) -> None:
    number = account.ticket()["id"]
    answer = account.call("PUT", f"/tickets/{number}", {"ticket": {"id": 3, "bogus": 1, "priority": "high"}})
    assert answer.status_code == 200
    assert answer.json()["ticket"]["priority"] == "high"
    assert answer.headers["x-zendesk-api-warn"] == (
        '{:allowed_parameters=>{:controller=>"tickets", :action=>"update", '
        ':unpermitted_keys=>["ticket.id", "ticket.bogus"], :invalid_values=>[]}}'
    )


def test_03_missing_records_read_alike(account: Any) -> None:
    for path in ("/tickets/999999", "/users/1", "/groups/1", "/nowhere/at/all"):
        answer = account.call("GET", path)
        assert answer.status_code == 404
        assert answer.json() == {"error": "RecordNotFound", "description": "Not found"}


def test_03_invalid_records_say_which_field(account: Any) -> None:
    answer = account.call("POST", "/tickets", {"ticket": {"subject": "no description"}})
    assert answer.status_code == 422
    body = answer.json()
    assert (body["error"], body["description"]) == ("RecordInvalid", "Record validation errors")
    assert body["details"]["base"][0]["error"] == "BlankValue"
    assert account.call("PUT", f"/tickets/{account.ticket()['id']}", {"ticket": {"status": "lost"}}).status_code == 422


def test_03_malformed_json_is_a_400(account: Any) -> None:
    answer = account.session.post(f"{account.base}/api/v2/tickets", data="{nope", timeout=10)
    assert answer.status_code == 400


def test_03_one_403_has_an_object_as_its_error(account: Any) -> None:
    account.control("/switches", {"error_object_403": "/api/v2/ticket_fields"})
    answer = account.call("GET", "/ticket_fields")
    assert answer.status_code == 403
    assert answer.json()["error"]["title"] == "Forbidden"


def test_03_a_429_answers_in_html(account: Any) -> None:
    account.control("/faults", {"status": 429, "times": 1, "retry_after": 93})
    answer = account.call("GET", "/groups")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "93")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert account.call("GET", "/groups").status_code == 200


def test_04_faults_meet_the_endpoint_they_name(account: Any) -> None:
    account.control("/faults", {"status": 503, "times": 2, "retry_after": 1, "path": "/api/v2/groups", "method": "GET"})
    assert account.call("GET", "/users/me").status_code == 200
    assert [account.call("GET", "/groups").status_code for _ in range(3)] == [503, 503, 200]


def test_04_a_dropped_connection_and_a_slow_one(account: Any) -> None:
    account.control("/faults", {"drop": True, "times": 1})
    with pytest.raises(requests.ConnectionError):
        account.call("GET", "/groups")
    account.control("/faults", {"delay": 0.3, "times": 1})
    assert account.call("GET", "/groups").elapsed.total_seconds() >= 0.3
    log = account.control("/requests", method="GET")
    assert [row["status"] for row in log if row["path"] == "/api/v2/groups"] == [None, 200]


def test_04_thirty_updates_of_one_ticket_in_ten_minutes(account: Any) -> None:
    number = account.ticket()["id"]
    for count in range(30):
        answer = account.call("PUT", f"/tickets/{number}", {"ticket": {"external_id": str(count)}})
        assert answer.status_code == 200
    assert answer.headers["zendesk-rate-limit-tickets-update"].startswith("total=30; remaining=0; resets=")
    refused = account.call("PUT", f"/tickets/{number}", {"ticket": {"external_id": "x"}})
    assert refused.status_code == 429
    assert refused.text.startswith("Rate limit for ticket updates exceeded, ")
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    account.control("/clock", {"advance": 601})
    assert account.call("PUT", f"/tickets/{number}", {"ticket": {"external_id": "x"}}).status_code == 200


def test_04_rate_headers_in_both_spellings_but_not_from_webhooks(account: Any) -> None:
    account.control("/limits", {"account_per_minute": 3})
    headers = account.call("GET", "/groups").headers
    assert (headers["x-rate-limit"], headers["x-rate-limit-remaining"]) == ("3", "2")
    assert (headers["rate-limit"], headers["ratelimit-limit"]) == ("3", "3")
    assert int(headers["ratelimit-reset"]) == int(headers["rate-limit-reset"]) <= 60
    assert "x-rate-limit" not in account.call("GET", "/webhooks").headers
    assert [account.call("GET", "/groups").status_code for _ in range(3)] == [200, 200, 429]
