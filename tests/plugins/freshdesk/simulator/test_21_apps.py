"""Behaviour 21, the half without a browser: the package's rules, the installation, the proxy, and app events."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
from werkzeug import Response

from deskpulse_freshdesk.simulator import apps

HOST = "nps.example.com"
SETTINGS = {"server_host": HOST, "app_token": "s3cret"}


def put(place: Any, *path: str, value: Any) -> None:
    """Set a value deep inside, or take it out where it is to be None."""
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value


def test_21_a_sound_package_is_installed(account: Any, app: Any) -> None:
    account.sim.install_app(app.package(), SETTINGS)
    shown = account.control("/app-installation", method="GET")
    assert shown == {"installed": True, "iparams": {"server_host": HOST}}


@pytest.mark.parametrize(
    ("path", "to", "words"),
    [
        (["name"], "NPS", "must NOT have additional properties 'name'"),
        (["product"], {}, "additional properties 'product'"),
        (["whitelisted-domains"], ["x"], "additional properties 'whitelisted-domains'"),
        (["platform-version"], "2.3", "2.3 is not supported"),
        (["engines"], None, "engines"),
        (["modules"], {"common": {"requests": {"getNps": {}}}}, "At least one product module"),
        (["modules", "moon"], {}, "Invalid module"),
        (["modules", "common", "location"], {"ticket_sidebar": {}}, "Invalid location"),
        (["modules", "support_ticket", "location", "contact_sidebar"], {}, "Invalid location"),
        (["modules", "common", "events"], {}, "common.events"),
        (["modules", "support_ticket", "functions"], {}, "support_ticket.functions"),
        (["modules", "common", "requests"], {}, "common.requests"),
        (["modules", "common", "requests", "other"], {}, "'other' is declared"),
        (["modules", "support_ticket", "events"], {"onTicketUpdate": {"handler": "h"}}, "server/server.js is missing"),
        (["modules", "support_ticket", "location", "ticket_sidebar", "icon"], "none.svg", "icon of ticket_sidebar"),
        (["modules", "support_ticket", "location", "ticket_sidebar", "url"], "none.html", "url of ticket_sidebar"),
    ],
)
def test_21_a_manifest_against_the_rules_is_refused(account: Any, app: Any, path: Any, to: Any, words: str) -> None:
    put(app.manifest, *path, value=to)
    with pytest.raises(ValueError, match=words):
        account.sim.install_app(app.package(), SETTINGS)


@pytest.mark.parametrize(
    ("path", "to", "words"),
    [
        (["host"], "nps.example.com:8443", "fully qualified"),
        (["host"], "https://nps.example.com", "fully qualified"),
        (["host"], "nps.example.com/api", "fully qualified"),
        (["host"], "nps%2Eexample.com", "fully qualified"),
        (["host"], "<%= iparam.app_token %>", "only be used in headers"),
        (["path"], "nps", "begin with /"),
        (["path"], "/<%= iparam.app_token %>", "only be used in headers"),
        (["query"], {"t": "<%= iparam.app_token %>"}, "only be used in headers"),
        (["headers", "X"], "<%= iparam.none %>", "'none' is not defined"),
        (["protocol"], "http", "must be https"),
        (["method"], "FETCH", "is no method"),
    ],
)
def test_21_a_request_template_against_the_rules_is_refused(
    account: Any, app: Any, path: Any, to: Any, words: str
) -> None:
    put(app.schema, *path, value=to)
    with pytest.raises(ValueError, match=words):
        account.sim.install_app(app.package(), SETTINGS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda schema: {"getNps": {"schema": schema}, "other": {"schema": schema}}, "'other' is not declared"),
        (lambda schema: {}, "'getNps' is declared"),
        (lambda schema: {f"t{number}": {"schema": schema} for number in range(101)}, "More than 100"),
        (lambda schema: {"getNps": {"schema": schema}, "bad name": {"schema": schema}}, "only letters"),
        (lambda schema: {"getNps": {}}, "'schema'"),
    ],
)
def test_21_templates_and_declarations_belong_together(account: Any, app: Any, change: Any, words: str) -> None:
    app.templates = change(app.schema)
    with pytest.raises(ValueError, match=words):
        account.sim.install_app(app.package(), SETTINGS)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"manifest.json": None}, r"manifest.json is missing"),
        ({"manifest.json": b"{"}, "not a proper JSON object"),
        ({"manifest.json": b"[1]"}, "not a proper JSON object"),
        ({"config/iparams.html": b"<p>"}, "not both"),
    ],
)
def test_21_what_is_no_package_is_refused(account: Any, app: Any, files: Any, words: str) -> None:
    app.files = files
    with pytest.raises(ValueError, match=words):
        account.sim.install_app(app.package(), SETTINGS)
    with pytest.raises(ValueError, match="not a zip"):
        account.sim.install_app(b"no zip", SETTINGS)


def test_21_installing_asks_for_what_the_parameters_say(account: Any, app: Any) -> None:
    for settings, words in (
        ({"server_host": HOST}, "app_token is required"),
        (SETTINGS | {"server_host": "https://x"}, "server_host: host only"),
        (SETTINGS | {"other": "x"}, "no parameters called other"),
    ):
        with pytest.raises(ValueError, match=words):
            account.sim.install_app(app.package(), settings)


def test_21_the_frame_gets_the_files_and_the_client_but_no_secret(account: Any, app: Any) -> None:
    account.sim.install_app(app.package(), SETTINGS)
    page = requests.get(f"{account.base}/_sim/app/index.html", timeout=10)
    assert '<script src="/_sim/appclient.js">' in page.text
    assert page.headers["Access-Control-Allow-Origin"] == "*"
    assert requests.get(f"{account.base}/_sim/app/none.js", timeout=10).status_code == 404
    assert requests.get(f"{account.base}/_sim/app/../config/iparams.json", timeout=10).status_code == 404
    screen = requests.get(f"{account.base}/a/tickets/3", timeout=10).text
    assert HOST in screen
    assert "s3cret" not in screen


Ask = Callable[..., Any]


@pytest.fixture
def ask(account: Any, app: Any, receiver: Any) -> Ask:
    """The app's request through the proxy; the name it asks for leads to the receiver."""
    receiver.answer = lambda number: Response('{"nps": 9}', content_type="application/json")
    account.sim.install_app(app.package(), SETTINGS)
    account.control("/hosts", {HOST: receiver.url.removesuffix("/in")})

    def asked(template: str = "getNps", **more: Any) -> Any:
        body = {"template": template, "context": {"ticket_id": 3, "contact_id": "a b&c"}} | more
        headers = {"X-Requested-With": "XMLHttpRequest"}
        return requests.post(f"{account.base}/_sim/app-request", json=body, headers=headers, timeout=10).json()

    return asked


def test_21_templates_are_filled_in_by_the_proxy(ask: Ask, receiver: Any) -> None:
    outcome = ask(context={"ticket_id": "a/../b?c", "contact_id": "a b&c"})
    assert (outcome["status"], outcome["response"], outcome["attempts"]) == (200, '{"nps": 9}', 1)
    got = receiver.wait(1)[0]
    assert got.path == "/nps/a/../b?c?contact=a+b%26c", "nothing in a value leads elsewhere"
    assert got.headers["Authorization"] == "Bearer s3cret"
    assert got.headers["X-Basic"] == "Basic czNjcmV0Olg="


def test_21_what_cannot_be_asked_is_refused_by_the_platform(ask: Ask, receiver: Any) -> None:
    for more, words in (
        ({"template": "other"}, "no request template"),
        ({"context": {"ticket_id": 3}}, "context.contact_id has no value"),
    ):
        outcome = ask(**more)
        assert (outcome["status"], outcome["errorSource"]) == (400, "PLATFORM")
        assert words in outcome["response"]
    assert receiver.got == []


def test_21_an_error_of_the_server_is_told_as_the_apps(ask: Ask, receiver: Any) -> None:
    receiver.answer = lambda number: Response("no", status=403)
    outcome = ask()
    assert (outcome["status"], outcome["response"], outcome["errorSource"]) == (403, "no", "APP")


def test_21_a_template_may_be_tried_again(account: Any, app: Any, ask: Ask, receiver: Any) -> None:
    app.templates["getNps"]["options"] = {"maxAttempts": 3, "retryDelay": 1}
    account.sim.install_app(app.package(), SETTINGS)
    receiver.answer = lambda number: Response(status=500 if number < 3 else 200)
    assert (ask()["attempts"], len(receiver.got)) == (3, 3)


def test_21_there_are_fifty_requests_a_minute(account: Any, ask: Ask) -> None:
    statuses = [ask()["status"] for _ in range(51)]
    assert statuses == [200] * 50 + [429]
    account.advance(seconds=61)
    assert ask()["status"] == 200


def test_21_a_host_that_cannot_be_reached(account: Any, ask: Ask) -> None:
    account.control("/hosts", {HOST: "http://127.0.0.1:9"})
    outcome = ask()
    assert (outcome["status"], outcome["errorSource"]) == (502, "PLATFORM")


def test_21_a_server_that_takes_too_long(ask: Ask, receiver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert apps.PROXY_TIMEOUT == 15
    monkeypatch.setattr(apps, "PROXY_TIMEOUT", 0.1)
    answered = threading.Event()
    receiver.answer = lambda number: Response(status=200 if answered.wait(10) else 500)
    outcome = ask()
    answered.set()
    assert (outcome["status"], outcome["errorSource"]) == (504, "PLATFORM")


def test_21_a_loopback_address_given_on_installing_leads_its_host_there(
    account: Any, app: Any, receiver: Any, ask: Ask
) -> None:
    origin = receiver.url.removesuffix("/in")
    account.sim.install_app(app.package(), SETTINGS | {"server_host": "127.0.0.1", "_panel_origin": origin})
    assert ask()["status"] == 200
    assert "_panel_origin" not in account.control("/app-installation", method="GET")["iparams"]


def test_21_the_proxy_listens_to_our_own_pages_only(account: Any, ask: Ask) -> None:
    answer = requests.post(f"{account.base}/_sim/app-request", json={"template": "getNps"}, timeout=10)
    assert answer.status_code == 403


def test_21_an_update_is_told_to_apps_with_suffixed_field_keys(account: Any) -> None:
    name = account.text_field("Score")["name"]
    account.put("/tickets/3", {"status": 4, "custom_fields": {name: "9"}})
    (told,) = account.control("/app-events", method="GET")
    number = told["account_id"]
    ticket = told["data"]["ticket"]
    assert (told["event"], told["domain"], told["region"]) == ("onTicketUpdate", "acme.freshdesk.com", "US")
    assert isinstance(told["timestamp"], float)
    assert ticket["custom_fields"][f"{name}_{number}"] == "9"
    assert ticket["changes"] == {"status": [2, 4], f"{name}_{number}": [None, "9"]}
    assert told["data"]["actor"]["type"] == "agent"
    assert told["data"]["requester"]["email"] == "ann@customer.example"
