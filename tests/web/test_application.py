"""The application as a whole: headers, errors, health, further pages, displays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from flask import Blueprint
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from deskpulse import hookimpl
from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.settings import Settings
from deskpulse_web.application import create_app


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return create_app(desk).test_client()


def test_every_answer_carries_the_policy(client: FlaskClient) -> None:
    for path in ("/healthz", "/sign-in", "/no-such-page"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_health_readiness_and_metrics(client: FlaskClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").status_code == 200
    assert "deskpulse_jobs" in client.get("/metrics").text


def test_the_bare_address_leads_to_the_overview_by_way_of_the_sign_in(client: FlaskClient) -> None:
    page = client.get("/", follow_redirects=True)
    assert [one.headers["Location"] for one in page.history] == ["/overview", "/sign-in?next=/overview"]
    assert page.status_code == 200


@pytest.mark.parametrize("path", ["/overview", "/status", "/review", "/responses/1", "/gauge", "/gauge?cpc=wrong"])
def test_internal_pages_ask_to_sign_in(client: FlaskClient, organisation: Organisation, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


def test_displays_open_only_where_the_organisation_says_so(
    desk: Desk, client: FlaskClient, organisation: Organisation
) -> None:
    assert client.get(f"/gauge?cpc={organisation.code}").status_code == 302
    with desk.db.write() as session:
        organisations.change_preferences(desk, session, session.merge(organisation), {"open_displays": True}, "test")
    page = client.get(f"/gauge?cpc={organisation.code}")
    assert page.status_code == 200
    assert "no responses" in page.text
    assert client.get(f"/gauge?cpc={organisation.code}&rgid=unknown").status_code == 404
    assert client.get(f"/overview?cpc={organisation.code}").status_code == 302


def test_an_unusable_database_is_said_with_503(
    desk: Desk, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(type(desk.db), "read", fail)
    answer = client.get("/metrics")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "SELECT" not in answer.text


def test_a_plugin_may_add_pages(desk: Desk) -> None:
    class Pages:
        @hookimpl(optionalhook=True)
        def deskpulse_web_blueprints(self, settings: Settings) -> Sequence[Blueprint]:
            extra = Blueprint("extra", __name__)
            hello: Callable[[], str] = lambda: settings.base_url  # noqa: E731
            extra.add_url_rule("/extra", view_func=hello, endpoint="hello")
            return [extra]

    desk.hub.register(Pages(), "pages")
    assert create_app(desk).test_client().get("/extra").text == "http://127.0.0.1:8000"
