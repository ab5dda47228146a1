"""Granting access in the browser: OAuth with PKCE."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from deskpulse.capabilities import Capability
from deskpulse.errors import HelpdeskError
from deskpulse.kinds import OAuthGrant
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench

REDIRECT = "https://feedback.example.com/oauth/conformance/callback"
STATE, CHALLENGE, VERIFIER = "a-state", "a-challenge", "a-verifier-that-nobody-has-seen-before"


class Granting(Conformance):
    """The address to visit proves nothing away, and a made-up code opens nothing."""

    def grant(self, bench: Bench) -> OAuthGrant | None:
        """The kind's grant; None where it declares that it has none."""
        assert bench.kind.can(Capability.OAUTH) == (bench.kind.oauth is not None)
        return bench.kind.oauth

    def test_address_to_visit_carries_state_and_challenge(self, bare: Bench) -> None:
        grant = self.grant(bare)
        if grant is None:
            return
        link = grant.authorize_url(bare.connection.settings, REDIRECT, STATE, CHALLENGE)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        assert (asked["state"], asked["redirect_uri"], asked["response_type"]) == (STATE, REDIRECT, "code")
        assert (asked["code_challenge"], asked["code_challenge_method"]) == (CHALLENGE, "S256")
        assert not any(secret in link for secret in bare.own_secrets())

    def test_says_whether_these_settings_want_it(self, bare: Bench) -> None:
        grant = self.grant(bare)
        assert grant is None or isinstance(grant.wanted(bare.connection.settings), bool)

    def test_made_up_code_is_refused(self, bare: Bench) -> None:
        grant = self.grant(bare)
        if grant is None:
            return
        with pytest.raises(HelpdeskError) as error:
            grant.exchange(bare.connection, "made-up-code", VERIFIER, REDIRECT)
        assert not any(secret in str(error.value) for secret in (*bare.own_secrets(), "made-up-code", VERIFIER))
