"""Contract 12 and 13: the bodies of refusals, limits, and OAuth tokens."""

from __future__ import annotations

from typing import Any

import pytest
import requests

ANONYMOUS = {"message": "User Not Authenticated", "detail": "Required to provide Auth information"}


def test_12_wrong_credentials(account: Any) -> None:
    address = f"{account.base}/api/now/table/incident"
    for auth in (None, ("deskpulse.integration", "wrong"), ("nobody", "x")):
        answer = requests.get(address, auth=auth, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (401, ANONYMOUS)
        assert answer.json()["status"] == "failure"
    answer = requests.get(address, headers={"Authorization": "Bearer nonsense"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (401, ANONYMOUS)


def test_12_an_api_key_stands_for_its_user(account: Any) -> None:
    address = f"{account.base}/api/now/table/incident"
    key = {"x-sn-apikey": account.sim.api_key()}
    assert requests.get(address, headers=key, timeout=10).status_code == 200
    assert requests.get(address, headers={"x-sn-apikey": "wrong"}, timeout=10).status_code == 401
    asked = account.control("/requests", method="GET")
    assert [one["user"] for one in asked[-2:]] == ["deskpulse.integration", None]


def test_12_malformed_requests(account: Any) -> None:
    unknown = account.call("GET", "/table/nonsense")
    assert (unknown.status_code, unknown.json()["error"]) == (
        400,
        {"message": "Invalid table nonsense", "detail": None},
    )
    path = f"{account.base}/api/now/table/incident"
    headers = {"Content-Type": "application/json"}
    assert account.session.post(path, data="{", headers=headers, timeout=10).status_code == 400
    assert account.session.post(path, data="[]", headers=headers, timeout=10).status_code == 400
    assert account.session.post(path, data={"a": "b"}, timeout=10).status_code == 415
    assert account.session.get(path, headers={"Accept": "text/csv"}, timeout=10).status_code == 406
    assert account.call("PUT", "/table/incident").status_code == 405


def test_12_no_api_takes_an_update_set(account: Any) -> None:
    for path in ("sn_cicd/update_set/retrieve", "now/import/sys_remote_update_set.xml"):
        answer = account.admin.session.post(f"{account.base}/api/{path}", json={}, timeout=10)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "Requested URI does not represent any resource"


def test_12_a_table_that_web_services_may_not_use(account: Any) -> None:
    table = account.admin.create("sys_db_object", {"name": "u_own", "label": "Own"})["sys_id"]
    assert account.admin.call("GET", "/table/u_own").status_code == 403
    account.admin.patch("sys_db_object", table, {"ws_access": "true"})
    row = account.admin.create("u_own", {})["sys_id"]
    assert account.rows("u_own") == []
    assert account.call("GET", f"/table/u_own/{row}").status_code == 404


def test_12_limits_count_by_user_hour_and_resource(account: Any) -> None:
    account.control("/limits", {"per_hour": 2})
    first = account.call("GET", "/table/incident")
    assert first.headers["X-RateLimit-Limit"] == "2"
    assert len(first.headers["X-RateLimit-Rule"]) == 32
    account.call("GET", "/table/sys_user")
    denied = account.call("GET", "/table/incident")
    assert denied.status_code == 429
    assert denied.json() == {
        "error": {
            "message": "Rate limit exceeded",
            "detail": "Rate limit of 2 requests per hour for Table API exceeded",
        },
        "status": "failure",
    }
    assert 3500 < int(denied.headers["Retry-After"]) <= 3600
    assert denied.headers["X-RateLimit-Reset"].isdigit()
    assert account.call("GET", "/stats/incident").status_code == 200
    assert account.admin.call("GET", "/table/incident").status_code == 200
    account.control("/clock", {"advance": 3600})
    assert account.call("GET", "/table/incident").status_code == 200


def test_12_a_429_may_say_nothing_of_time(account: Any) -> None:
    account.control("/limits", {"per_hour": 0, "headers": False})
    denied = account.call("GET", "/table/incident")
    assert denied.status_code == 429
    assert not [name for name in denied.headers if "ratelimit" in name.lower() or name == "Retry-After"]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_12_faults_answer_in_the_instances_words(account: Any, status: int) -> None:
    account.control("/faults", {"status": status, "retry_after": 7})
    answer = account.call("GET", "/table/incident")
    assert answer.status_code == status
    if status < 500:
        assert answer.json()["status"] == "failure"
    else:
        assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers.get("Retry-After") == ("7" if status in (429, 500, 503) else None)
    assert account.call("GET", "/table/incident").status_code == 200


def token(account: Any, **fields: str) -> requests.Response:
    client_id, client_secret = account.sim.oauth_client()
    form = {"client_id": client_id, "client_secret": client_secret} | fields
    return requests.post(f"{account.base}/oauth_token.do", data=form, timeout=10)


def by_password(account: Any) -> Any:
    user, password = account.session.auth
    answer = token(account, grant_type="password", username=user, password=password)
    assert answer.status_code == 200, answer.text
    return answer.json()


def reading(account: Any, access: str) -> int:
    headers = {"Authorization": f"Bearer {access}"}
    return requests.get(f"{account.base}/api/now/table/incident", headers=headers, timeout=10).status_code


def test_13_tokens_are_asked_for_by_form_only(account: Any) -> None:
    user, password = account.session.auth
    client_id, client_secret = account.sim.oauth_client()
    body = {"grant_type": "password", "client_id": client_id, "client_secret": client_secret}
    body |= {"username": user, "password": password}
    assert requests.post(f"{account.base}/oauth_token.do", json=body, timeout=10).status_code == 401
    assert token(account, grant_type="password", username=user, password="no").status_code == 401
    found = by_password(account)
    assert found.keys() == {"scope", "token_type", "expires_in", "refresh_token", "access_token"}
    assert (found["scope"], found["token_type"], found["expires_in"]) == ("useraccount", "Bearer", 1800)
    assert reading(account, found["access_token"]) == 200


def test_13_the_same_token_comes_while_it_is_good(account: Any) -> None:
    first = by_password(account)
    account.control("/clock", {"advance": 600})
    second = by_password(account)
    assert second["access_token"] == first["access_token"]
    assert 1190 <= second["expires_in"] <= 1200
    account.control("/clock", {"advance": 1300})
    assert reading(account, first["access_token"]) == 401
    assert by_password(account)["access_token"] != first["access_token"]


def test_13_refreshing(account: Any) -> None:
    first = by_password(account)
    assert account.control("/oauth/expire")["expired"] == 1
    assert reading(account, first["access_token"]) == 401
    again = token(account, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert "refresh_token" not in again
    assert reading(account, again["access_token"]) == 200
    assert token(account, grant_type="refresh_token", refresh_token="no").status_code == 401


def test_13_client_credentials_need_their_property(account: Any) -> None:
    assert token(account, grant_type="client_credentials").status_code == 401
    account.control("/properties", {"glide.oauth.inbound.client.credential.grant_type.enabled": "true"})
    found = token(account, grant_type="client_credentials").json()
    assert "refresh_token" not in found
    assert reading(account, found["access_token"]) == 200
