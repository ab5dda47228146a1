"""OAuth (3LO): refresh tokens rotate; a spent one may be tried again for ten minutes, in case the answer was lost.

https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/ and
https://community.developer.atlassian.com/t/the-old-access-token-will-be-revoked-during-the-refresh-token-exchange/83103
(read 2026-11)
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import requests

from deskpulse_simulation.records import Json

LEEWAY, UNUSED = timedelta(minutes=10), timedelta(days=90)


def ask(site: Any, access: str, path: str = "") -> int:
    """What our own user's record answers, by default at the gateway."""
    url = site.base + (path or f"{site.gateway()}/rest/api/3/myself")
    return requests.get(url, headers={"Authorization": f"Bearer {access}"}, timeout=10).status_code


def refresh(site: Any, token: str) -> requests.Response:
    grant = {**site.control("/oauth/client"), "grant_type": "refresh_token", "refresh_token": token}
    return requests.post(f"{site.base}/oauth/token", json=grant, timeout=10)


def renewed(site: Any, token: str) -> Json:
    answer = refresh(site, token)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def refused(site: Any, token: str) -> None:
    answer = refresh(site, token)
    assert answer.status_code == 403, answer.text
    assert answer.json() == {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}


def advance(site: Any, span: timedelta, seconds: float = 0) -> None:
    site.control("/clock", {"advance": span.total_seconds() + seconds})


def test_12_access_tokens_end_and_are_good_at_the_gateway_only(site: Any) -> None:
    token = site.consent()
    assert ask(site, token) == 200
    assert ask(site, token, "/rest/api/3/myself") == 401
    resources = f"{site.base}/oauth/token/accessible-resources"
    (found,) = requests.get(resources, headers={"Authorization": f"Bearer {token}"}, timeout=10).json()
    assert site.gateway() == f"/ex/jira/{found['id']}"
    assert site.control("/oauth/expire") == {"expired": 1}
    assert ask(site, token) == 401
    fresh = renewed(site, site.tokens["refresh_token"])
    assert ask(site, fresh["access_token"]) == 200
    assert fresh["refresh_token"] != site.tokens["refresh_token"]


def test_a_refresh_whose_answer_was_lost_may_be_repeated(still: Any) -> None:
    first = still.consent()
    lost = renewed(still, still.tokens["refresh_token"])
    advance(still, LEEWAY, -1)
    again = renewed(still, still.tokens["refresh_token"])
    assert [ask(still, one) for one in (first, lost["access_token"], again["access_token"])] == [200, 200, 200]


def test_the_tokens_before_end_with_the_leeway(still: Any) -> None:
    first = still.consent()
    fresh = renewed(still, still.tokens["refresh_token"])
    advance(still, LEEWAY, 1)
    assert ask(still, first) == 401
    assert ask(still, fresh["access_token"]) == 200


def test_a_refresh_token_used_again_too_late_ends_all_that_came_of_it(still: Any) -> None:
    still.consent()
    fresh = renewed(still, still.tokens["refresh_token"])
    advance(still, LEEWAY, 1)
    refused(still, still.tokens["refresh_token"])
    refused(still, fresh["refresh_token"])
    assert ask(still, fresh["access_token"]) == 401


def test_a_refresh_token_that_lay_unused_for_too_long_is_refused(still: Any) -> None:
    still.consent()
    advance(still, UNUSED, -1)
    fresh = renewed(still, still.tokens["refresh_token"])
    advance(still, UNUSED, 1)
    refused(still, fresh["refresh_token"])


def test_after_a_year_a_person_must_consent_again(still: Any) -> None:
    still.consent()
    token = still.tokens["refresh_token"]
    for _ in range(5):
        advance(still, timedelta(days=70))
        token = renewed(still, token)["refresh_token"]
    advance(still, timedelta(days=14))
    token = renewed(still, token)["refresh_token"]
    advance(still, timedelta(days=2))
    refused(still, token)


def test_an_unknown_refresh_token_is_refused(site: Any) -> None:
    refused(site, "made up")
