"""Behaviour 25, the half without a browser: the package validator, the installation, the proxy."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
import requests

MANIFEST: dict[str, Any] = {
    "name": "Last NPS",
    "author": {"name": "Example", "email": "dev@example.com", "url": "https://example.com"},
    "defaultLocale": "en",
    "private": True,
    "version": "1.0.0",
    "frameworkVersion": "2.0",
    "signedUrls": False,
    "location": {"support": {"ticket_sidebar": {"url": "assets/iframe.html", "flexible": True}}},
    "parameters": [
        {"name": "server_host", "type": "text", "required": True},
        {"name": "app_token", "type": "text", "secure": True, "required": True, "scopes": ["header"]},
    ],
    "domainWhitelist": ["127.0.0.1"],
}
TEXTS = {"app": {"name": "Last NPS", "parameters": {"server_host": {"label": "Host"}, "app_token": {"label": "Token"}}}}
SDK = b'<script src="https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"></script>'


def package(manifest: Any = None, texts: Any = None, html: bytes = SDK, **files: Any) -> bytes:
    """A zip like the vendor's tool makes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("manifest.json", json.dumps(MANIFEST | (manifest or {})))
        archive.writestr("translations/en.json", json.dumps(texts or TEXTS))
        archive.writestr("assets/iframe.html", html)
        for name, content in files.items():
            archive.writestr(f"{name}.json", json.dumps(content))
    return made.getvalue()


def _validate(account: Any, data: bytes) -> requests.Response:
    files = {"file": ("app.zip", data, "application/zip")}
    answer: requests.Response = account.session.post(f"{account.base}/api/v2/apps/validate", files=files, timeout=10)
    return answer


def test_25_a_sound_package_is_accepted(account: Any) -> None:
    assert _validate(account, package()).status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"author": None}, "Missing required field in manifest: author"),
        ({"frameworkVersion": "1.0"}, "1.0 is not a valid framework version. Available: 2.0"),
        ({"location": {"support": {"moon": {"url": "assets/iframe.html"}}}}, "is an invalid location in Support."),
        ({"location": {"support": {"ticket_sidebar": "http://x.example"}}}, "does not use HTTPS"),
        ({"location": {"support": {"ticket_sidebar": "assets/none.html"}}}, "refers to a missing asset"),
        ({"parameters": [{"name": "x", "type": "password"}]}, "password is an invalid parameter type"),
        ({"parameters": [{"name": "name", "type": "text"}]}, "Can't call a parameter 'name'"),
        ({"parameters": [{"name": "x", "type": "hidden", "required": True}]}, "hidden and required"),
        ({"parameters": [{"name": "x", "type": "text"}] * 2}, "Duplicate app parameters"),
        ({"parameters": [{"name": "x", "type": "text", "scopes": ["header"]}]}, "not secure"),
        ({"parameters": [{"name": "x", "type": "text", "secure": True, "scopes": ["moon"]}]}, "invalid scopes"),
        ({"domainWhitelist": "127.0.0.1"}, "domainWhitelist"),
        ({"version": 1}, "version must be a string"),
        ({"signedUrls": "no"}, "signedUrls must be a boolean"),
        ({"author": {"name": "x", "url": "nonsense"}}, "not a valid author url"),
        ({"private": False}, "short_description"),
    ],
)
def test_25_an_unsound_one_is_refused_in_words(account: Any, change: Any, words: str) -> None:
    answer = _validate(account, package(change))
    assert answer.status_code == 422
    assert words in answer.json()["description"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": None, "version": "0"},
        {"location": {"support": {"ticket_sidebar": "https://app.example.com/x"}}},
        {"location": {"support": {"user_sidebar": {"url": "https://{{setting.server_host}}/x"}}}},
    ],
)
def test_25_what_the_vendor_lets_through(account: Any, change: Any) -> None:
    assert _validate(account, package(change)).status_code == 200


def test_25_requirements_translations_and_things_that_are_no_package(account: Any) -> None:
    assert _validate(account, b"no zip").status_code == 422
    assert _validate(account, package(requirements={"moons": {}})).status_code == 422
    assert _validate(account, package(requirements={"user_fields": {"x": {"title": "T"}}})).status_code == 422
    sound = {
        "webhooks": {
            "w": {
                "name": "W",
                "status": "active",
                "endpoint": "https://x",
                "http_method": "POST",
                "request_format": "json",
            }
        }
    }
    assert _validate(account, package(requirements=sound)).status_code == 200
    assert _validate(account, package(texts={"app": {"parameters": {"server_host": {}}}})).status_code == 422
    assert account.call("POST", "/apps/validate").status_code == 422


def test_25_installing_serves_the_files_with_our_sdk(account: Any) -> None:
    with pytest.raises(ValueError, match="app_token"):
        account.sim.install_app(package(), {"server_host": "x"})
    account.sim.install_app(package(), {"server_host": "nps.example.com", "app_token": "s3cret"})
    page = requests.get(f"{account.base}/_sim/app/assets/iframe.html", timeout=10)
    assert page.text == '<script src="/_sim/zaf_sdk.js"></script>'
    assert page.headers["Access-Control-Allow-Origin"] == "*"
    screen = requests.get(f"{account.base}/agent/tickets/1", timeout=10).text
    assert "s3cret" not in screen
    assert "nps.example.com" in screen
    assert account.get("/apps/installations")["installations"][0]["settings"] == {"server_host": "nps.example.com"}


def _proxied(account: Any, **asked: Any) -> requests.Response:
    headers = {"X-Requested-With": "XMLHttpRequest"}
    return requests.post(f"{account.base}/_sim/app-request", json=asked, headers=headers, timeout=10)


def test_25_the_proxy_fills_in_secrets_for_listed_hosts_only(account: Any, receiver: Any) -> None:
    account.sim.install_app(package(), {"server_host": "x", "app_token": "s3cret"})
    headers = {"Authorization": "Bearer {{setting.app_token}}"}
    body = _proxied(account, url=f"{receiver.url}?t={{{{setting.app_token}}}}", headers=headers, secure=True).json()
    assert body["status"] == 202
    delivery = receiver.wait(1)[0]
    assert delivery.headers["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in delivery.path

    _proxied(account, url=receiver.url, headers=headers)
    assert receiver.wait(2)[1].headers["Authorization"] == "Bearer {{setting.app_token}}"
    assert _proxied(account, url="http://other.example/x", secure=True).status_code == 403
    for address in ("https://acme.zendesk.com/api", f"{account.base}/api/v2/tickets"):
        refused = _proxied(account, url=address, secure=True)
        assert refused.status_code == 400
        assert "is not a proxyable URI" in refused.json()["error"]


def test_25_the_proxy_listens_to_our_own_pages_only(account: Any) -> None:
    account.sim.install_app(package(), {"server_host": "x", "app_token": "s3cret"})
    plain = requests.post(f"{account.base}/_sim/app-request", json={"url": "http://127.0.0.1:9"}, timeout=10)
    assert plain.status_code == 403
