"""Set-up against the simulator: shown, done, repeated, repaired, undone; and what only an administrator can do."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from deskpulse.plugin_api import Change, ProvisionReport
from deskpulse_jira_sm import plugin
from deskpulse_jira_sm.kind import KIND

SCORE = {"name": "NPS score", "type": "com.atlassian.jira.plugin.system.customfieldtypes:float"}


def changes(report: ProvisionReport) -> dict[str, Change]:
    return {step.what: step.change for step in report.steps}


def named(site: Any, name: str) -> list[Any]:
    return [one for one in site.api("GET", "/rest/api/3/field") if one["name"] == name]


def test_shown_done_repeated_and_repaired(site: Any) -> None:
    shown = site.provision(dry_run=True)
    assert set(changes(shown).values()) == {Change.CREATE}
    assert site.writes() == []
    assert shown.facts == shown.secrets == {}

    done = site.provision()
    assert changes(done) == changes(shown)
    assert len(done.secrets["signing_secret"]) >= 32
    assert {name for name, value in done.facts.items() if value} >= {
        "account_id", "cloud_id", "webhook_id", "score_field_id", "text_field_id", "detail_field",
        "organizations_field_id", "request_type_field_id", "status_categories",
    }  # fmt: skip
    again = site.provision()
    assert set(changes(again).values()) == {Change.KEEP}
    assert (dict(again.secrets), again.manual_steps) == ({}, ())
    assert {**done.facts, **again.facts} == done.facts

    path = f"/rest/webhooks/1.0/webhook/{site.facts['webhook_id']}"
    site.api("PUT", path, {"enabled": False})
    assert changes(site.provision())["webhook"] is Change.REPAIR
    assert site.api("GET", path)["enabled"] is True


def test_the_webhook_signs_and_knows_its_projects(site: Any) -> None:
    site.provision(site.connection(projects="SD, F"))
    raw = site.api("GET", f"/rest/webhooks/1.0/webhook/{site.facts['webhook_id']}")
    assert raw["isSigned"] is True
    assert raw["events"] == ["jira:issue_updated"]
    assert raw["filters"]["issue-related-events-section"] == 'project in ("SD", "F")', (
        "a key may be one of JQL's own words"
    )
    assert raw["excludeBody"] is False


def test_a_lost_secret_is_replaced_by_sending_a_new_one(site: Any) -> None:
    """Jira never tells the secret, and a PUT without one would keep the old."""
    site.provision()
    before = site.secrets.pop("signing_secret")
    report = site.provision()
    assert changes(report)["webhook"] is Change.REPAIR
    assert report.secrets["signing_secret"] != before
    key = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/solve")
    assert site.simulator.wait_idle()
    assert all(plugin.deskpulse_verify_delivery(site.connection(), one) for one in site.deliveries)
    assert site.deliveries


def test_a_second_field_of_one_name_is_never_made(site: Any) -> None:
    site.provision()
    site.facts.clear()
    assert Change.CREATE not in changes(site.provision()).values(), "a lost memory makes no second copy"
    assert len(named(site, "NPS score")) == len(named(site, "NPS answer")) == 1


def test_a_field_that_was_there_before_is_used_and_never_removed(site: Any) -> None:
    own = site.api("POST", "/rest/api/3/field", {**SCORE, "description": "made by hand"})
    assert changes(site.provision())["field 'NPS score'"] is Change.KEEP
    assert site.facts["score_field_id"] == own["id"]
    assert "field 'NPS score'" not in changes(site.provision(remove=True, dry_run=True))


def test_a_field_of_that_name_but_of_another_type_is_not_used(site: Any) -> None:
    text = {**SCORE, "type": SCORE["type"].replace("float", "textfield")}
    other = site.api("POST", "/rest/api/3/field", text)
    assert changes(site.provision())["field 'NPS score'"] is Change.CREATE
    assert site.facts["score_field_id"] != other["id"]


def test_fields_are_on_the_screens_so_that_they_can_be_set(site: Any) -> None:
    site.provision()
    key = site.ticket("Printer")
    site.api("PUT", f"/rest/api/3/issue/{key}", {"fields": {site.facts["score_field_id"]: 9}})
    assert site.raw(key)["fields"][site.facts["score_field_id"]] == 9


def test_team_managed_projects_are_for_their_administrators(site: Any) -> None:
    site.simulator._parts.site.projects[10001].simplified = True
    report = site.provision()
    (step,) = (one for one in report.manual_steps if "Team-managed" in one)
    assert "Request types" in step
    assert set(changes(site.provision()).values()) == {Change.KEEP}, "said once, not at every run"


def test_the_first_detail_field_of_a_site_is_ours(site: Any) -> None:
    site.simulator._parts.site.detail_fields.clear()
    assert changes(site.provision())["customer detail field 'Last NPS'"] is Change.CREATE


def test_a_site_without_customer_details_says_what_is_left(site: Any) -> None:
    site.program("POST", "/switches", customer_details=False)
    report = site.provision()
    assert "customer detail field 'Last NPS'" not in changes(report)
    assert [one for one in report.manual_steps if "Last NPS" in one]
    assert report.facts["detail_field"] == ""


def test_access_that_may_make_no_webhook_gets_exact_steps(site: Any) -> None:
    access = site.simulator.access("scoped_token")
    ours = site.make(settings=access.settings, secrets=access.secrets)
    assert plugin.deskpulse_check_connection(ours).ok
    report = site.provision(ours)
    assert "webhook" not in changes(report)
    text = "\n".join(report.manual_steps)
    assert site.inlet_url in text
    assert "X-DeskPulse-Secret" in text
    assert '{"v": 1, "event": "resolved", "issue": "{{issue.id}}", "key": "{{issue.key}}"}' in text
    assert "initiator is not DeskPulse's user" in text
    assert "no JQL" in text
    again = site.make(settings=access.settings, secrets=access.secrets, facts=site.facts)
    assert set(changes(site.provision(again)).values()) == {Change.KEEP}
    (left,) = (step for step in site.provision(again, remove=True).manual_steps if "made by hand" in step)
    assert "System > WebHooks" in left


def test_an_automation_rule_made_by_those_steps_works(site: Any) -> None:
    site.provision()
    site.api("DELETE", f"/rest/webhooks/1.0/webhook/{site.facts['webhook_id']}")
    site.secrets["automation_secret"] = "chosen-by-an-administrator"
    body = '{"v": 1, "event": "resolved", "issue": "{{issue.id}}", "key": "{{issue.key}}"}'
    headers = {"X-DeskPulse-Secret": "chosen-by-an-administrator"}
    rule = {"url": site.inlet_url, "headers": headers, "body": "custom", "custom": body, "to": ["done"]}
    site.program("POST", "/automation", **rule)
    key = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/solve")
    assert [event.ticket.id for event in site.events()] == [key]
    assert all(plugin.deskpulse_verify_delivery(site.connection(), one) for one in site.deliveries)


@pytest.mark.parametrize("body", ["issue_jira", "issue_automation", "empty"])
def test_automations_ready_made_bodies_are_read_too(site: Any, body: str) -> None:
    site.program("POST", "/automation", url=site.inlet_url, body=body, to=["done"])
    key = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/solve")
    assert [event.ticket.id for event in site.events()] == ([] if body == "empty" else [key])


def test_somebody_who_is_no_administrator_is_told(site: Any) -> None:
    site.program("POST", "/users/deskpulse@acme.example", admin=False)
    report = plugin.deskpulse_check_connection(site.connection())
    assert any("May not read webhooks" in one for one in report.warnings)


def test_removal_takes_the_webhook_first_and_only_what_is_ours(site: Any) -> None:
    done = site.provision()
    shown = site.provision(remove=True, dry_run=True)
    assert set(changes(shown).values()) == {Change.REMOVE}
    removed = site.provision(remove=True)
    assert list(changes(removed)) == list(changes(shown))
    assert removed.steps[0].what == "webhook"
    assert len(removed.steps) == len(done.steps) - 1, "screens forget fields that are gone by themselves"
    assert set(removed.facts.values()) == set(removed.secrets.values()) == {""}
    assert site.api("GET", "/rest/webhooks/1.0/webhook") == []


def test_no_secret_is_in_a_step(site: Any) -> None:
    site.secrets["automation_secret"] = "chosen-by-an-administrator"
    report = site.provision()
    said = repr(report)
    assert report.secrets["signing_secret"] not in said
    assert "chosen-by-an-administrator" not in said
    assert set(report.secrets) <= KIND.secret_fields()


def test_the_tenant_info_is_public(site: Any) -> None:
    assert requests.get(f"{site.url}/_edge/tenant_info", timeout=5).json()["cloudId"]
