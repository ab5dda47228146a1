"""Codes and tokens, and the page where a person consents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Blueprint, Flask

from deskpulse_simulation import consent
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.ids import SeededIds
from deskpulse_simulation.oauth import Client, Tokens, Useless, s256
from deskpulse_simulation.screen import static_files
from fixtures.receiver import served

BACK = "https://client.example/back"
ASKED = {"client_id": "me", "redirect_uri": f"{BACK}?kept=1", "scope": "read", "state": "s1", "response_type": "code"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(SeededIds(1), clock)


def test_a_code_is_good_once_and_in_time(tokens: Tokens, clock: Clock) -> None:
    code = tokens.authorise("7", BACK, "read", 60)
    found = tokens.redeem(code, BACK)
    assert (found.user, found.scope) == ("7", "read")
    late = tokens.authorise("7", BACK, "read", 60)
    clock.advance(61)
    for useless in (code, late, "nonsense"):
        with pytest.raises(Useless):
            tokens.redeem(useless, BACK)


def test_a_code_belongs_to_one_address_and_verifier(tokens: Tokens) -> None:
    with pytest.raises(Useless, match="redirect"):
        tokens.redeem(tokens.authorise("7", BACK, "read", 60), "https://other.example/")
    with pytest.raises(Useless, match="verifier"):
        tokens.redeem(tokens.authorise("7", BACK, "read", 60, s256("right")), BACK, "wrong")
    assert tokens.redeem(tokens.authorise("7", BACK, "read", 60, s256("right")), BACK, "right")


def test_tokens_rotate(tokens: Tokens) -> None:
    old = tokens.issue("7", "read", 60, 600)
    assert tokens.token(old.access) is old
    assert old.refresh
    retired = tokens.retire(old.refresh)
    new = tokens.issue(retired.user, retired.scope, 60, 600)
    assert (tokens.token(old.access), tokens.token(new.access)) == (None, new)
    with pytest.raises(Useless):
        tokens.retire(old.refresh)


def test_an_access_token_may_outlive_its_refresh_token(tokens: Tokens) -> None:
    old = tokens.issue("7", "read", 60, 600)
    assert old.refresh
    assert tokens.retire(old.refresh, access_ends=False) is tokens.token(old.access) is old
    with pytest.raises(Useless):
        tokens.retire(old.refresh, access_ends=False)


def test_tokens_end_on_the_clock_or_on_demand(tokens: Tokens, clock: Clock) -> None:
    token = tokens.issue("7", "read", 60)
    assert token.refresh is None
    clock.advance(61)
    assert tokens.token(token.access) is None
    fresh = tokens.issue("7", "read", 60, 100)
    assert tokens.expire() == 2
    assert tokens.token(fresh.access) is None
    assert fresh.refresh
    clock.advance(101)
    with pytest.raises(Useless):
        tokens.retire(fresh.refresh)


@pytest.fixture
def asking() -> Iterator[str]:
    """The address of a consent page whose codes tell what was asked for."""

    def code(asked: Mapping[str, str]) -> str:
        return f"code-for-{asked['scope']}"

    flask = Flask("consenting", static_folder=None)
    pages = Blueprint("oauth", __name__)
    consent.add_routes(pages, "/ask", "/decide", consent.Consent(Client("me", "s", "Me"), "Acme", lambda: "Ada", code))
    flask.register_blueprint(pages)
    flask.register_blueprint(static_files())
    with served(flask) as url:
        yield url


def decide(asking: str, decision: str, headers: Mapping[str, str] | None = None) -> requests.Response:
    page = requests.get(f"{asking}/ask", params=ASKED, timeout=10).text
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.partition("<button")[0]))
    form["decision"] = decision
    return requests.post(f"{asking}/decide", data=form, headers=headers, timeout=10, allow_redirects=False)


def test_a_yes_leads_back_with_a_code(asking: str) -> None:
    target = urlsplit(decide(asking, "allow").headers["Location"])
    assert target.netloc == "client.example"
    assert parse_qs(target.query) == {"kept": ["1"], "state": ["s1"], "code": ["code-for-read"]}


def test_a_no_leads_back_without_one(asking: str) -> None:
    query = parse_qs(urlsplit(decide(asking, "deny").headers["Location"]).query)
    assert query["error"] == ["access_denied"]
    assert "code" not in query


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "you"},
        {"redirect_uri": "javascript:alert(1)"},
        {"response_type": "token"},
        {"scope": ""},
        {"code_challenge": "x", "code_challenge_method": "plain"},
    ],
    ids=str,
)
def test_what_cannot_be_allowed_is_not_asked(asking: str, wrong: dict[str, str]) -> None:
    answer = requests.get(f"{asking}/ask", params=ASKED | wrong, timeout=10)
    assert (answer.status_code, "<form" in answer.text) == (400, False)


def test_a_form_of_nobodys_asking_is_refused(asking: str) -> None:
    form = ASKED | {"decision": "allow", "ticket": "guessed"}
    answer = requests.post(f"{asking}/decide", data=form, timeout=10, allow_redirects=False)
    assert answer.status_code == 400


def test_a_form_of_another_site_is_refused(asking: str) -> None:
    answer = decide(asking, "allow", {"Origin": "https://elsewhere.example"})
    assert answer.status_code == 400
