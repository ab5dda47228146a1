"""What the kind declares: settings that an administrator can type, and abilities that are told honestly."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from deskpulse.plugin_api import Capability, Support
from deskpulse_jira_sm.kind import KIND


def problems(**settings: str) -> list[str]:
    return [error.message for error in Draft202012Validator(dict(KIND.settings_schema)).iter_errors(settings)]


@pytest.mark.parametrize(
    "settings",
    [
        {"site": "acme", "auth": "api_token", "email": "bot@acme.example"},
        {"site": "acme", "auth": "oauth", "client_id": "x", "projects": "SUP, OPS HR_2"},
        {"base_url": "https://jira.acme.example/jira", "deployment": "data_center", "auth": "pat"},
        {"base_url": "http://127.0.0.1:8080", "site": ""},
        {"group_source": "custom_field", "group_field": "customfield_10050", "group_map": "A = b; C = d"},
        {"resolved_statuses": "", "excluded_statuses": "-", "require_resolution": "yes"},
        {"mapped_fields": "customfield_10050, labels request_type", "category_field": "request_type"},
        {"automation_secret": "a-secret-of-some-length-1"},
    ],
)
def test_plausible_settings_are_accepted(settings: dict[str, str]) -> None:
    assert problems(**settings) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"site": "acme.atlassian.net/x"},
        {"base_url": "http://jira.acme.example"},
        {"deployment": "server"},
        {"auth": "password"},
        {"projects": "sup;ops"},
        {"group_source": "department"},
        {"group_field": "cf[10050]"},
        {"automation_secret": "short"},
        {"surprise": "x"},
    ],
)
def test_slips_are_refused(settings: dict[str, str]) -> None:
    assert problems(**settings)


def test_what_jira_cannot_do_is_declared() -> None:
    assert KIND.sends_invites
    assert KIND.support(Capability.FRESH_DELIVERIES) is Support.CANT, "Jira signs no time"
    assert KIND.support(Capability.PANEL) is Support.SOME_VERSIONS
    assert KIND.can(Capability.HELPDESK_INVITE)
    assert {"automation_secret", "signing_secret", "api_token", "personal_access_token"} <= KIND.secret_fields()
