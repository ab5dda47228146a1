"""Set-up against the simulator: shown, done, repeated, repaired, undone, and refused by a plan that has no rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses

from deskpulse.plugin_api import Change, Connection, ProvisionPlan, ProvisionReport, Unreachable
from deskpulse_freshdesk import plugin, wanted
from deskpulse_freshdesk.client import UPDATES

RULES = f"/automations/{UPDATES}/rules"
RESOLVED = "automation rule 'DeskPulse k1: ticket resolved'"


def changes(report: ProvisionReport) -> set[Change]:
    return {step.change for step in report.steps}


def rules(desk: Any) -> dict[str, Any]:
    return {rule["name"]: rule for rule in desk.api("GET", RULES)}


def test_shown_done_repeated_and_undone(desk: Any) -> None:
    shown = desk.provision(dry_run=True)
    assert changes(shown) == {Change.CREATE}
    assert desk.writes() == []
    assert shown.facts == shown.secrets == {}

    done = desk.provision()
    assert [step.what for step in done.steps] == [step.what for step in shown.steps]
    assert len(done.secrets["shared_secret"]) >= 32
    assert any("ticket forms" in step for step in done.manual_steps)
    again = desk.provision()
    assert changes(again) == {Change.KEEP}
    assert (dict(again.secrets), again.manual_steps) == ({}, ())
    assert dict(again.facts) == dict(done.facts)

    desk.facts.clear()
    assert changes(desk.provision()) == {Change.KEEP}, "a lost memory makes no second copy"
    assert len(rules(desk)) == 4

    shown = desk.provision(remove=True, dry_run=True)
    assert changes(shown) == {Change.REMOVE}
    removed = desk.provision(remove=True)
    assert [step.what for step in removed.steps] == [step.what for step in shown.steps]
    assert set(removed.facts.values()) == set(removed.secrets.values()) == {""}
    assert rules(desk) == {}
    assert desk.provision(remove=True).steps == ()


def test_fields_and_what_is_in_them_are_never_removed_and_it_says_so(desk: Any) -> None:
    desk.provision()
    removed = desk.provision(remove=True)
    assert not any("field" in step.what for step in removed.steps)
    assert any("'NPS score'" in step and "kept" in step for step in removed.manual_steps)
    assert "NPS score" in {field["label"] for field in desk.api("GET", "/ticket_fields")}
    desk.facts.clear()
    again = {step.what: step.change for step in desk.provision().steps}
    assert again["ticket field 'NPS score'"] is Change.KEEP
    assert again[RESOLVED] is Change.CREATE


def test_names_that_freshdesk_makes_are_remembered(desk: Any) -> None:
    desk.api("POST", "/admin/ticket_fields", {"label": "NPS-Score", "label_for_customers": "x", "type": "custom_text"})
    desk.provision()
    assert desk.facts["score_field"] == "cf_nps_score1", "cf_nps_score was taken by another field"
    assert desk.facts["contact_score_field"] == "nps_last_score", "contacts' keys have no cf_"
    assert set(desk.facts) == {field.fact for field in wanted.FIELDS} | set(wanted.RULES)


def test_rules_send_ids_only_with_the_secret_in_a_header(desk: Any) -> None:
    desk.provision()
    for fact, (event, performer, _) in wanted.RULES.items():
        rule = rules(desk)[wanted.rule_name(fact, "k1")]
        (action,) = rule["actions"]
        assert rule["performer"] == {"type": performer}
        assert action["content"] == {"v": 1, "event": event, "ticket_id": "{{ticket.id}}"}
        assert action["custom_headers"] == {"X-DeskPulse-Secret": desk.secrets["shared_secret"]}
        assert set(action) >= {"url", "request_type", "content_type", "content_layout", "content"}, "else 500"


def test_what_was_changed_deleted_or_is_outdated_is_repaired(desk: Any) -> None:
    desk.provision()
    found = rules(desk)
    resolved, reopened, system, _ = (found[wanted.rule_name(fact, "k1")]["id"] for fact in wanted.RULES)
    desk.api("PUT", f"{RULES}/{resolved}", {"active": False})
    desk.api("DELETE", f"{RULES}/{reopened}")
    desk.api("PUT", f"{RULES}/{system}", {"performer": {"type": 3}})
    repaired = {step.what: step.change for step in desk.provision().steps}
    assert repaired[RESOLVED] is Change.REPAIR
    assert repaired["automation rule 'DeskPulse k1: ticket reopened'"] is Change.CREATE
    assert repaired["automation rule 'DeskPulse k1: ticket resolved by the system'"] is Change.REPAIR
    assert changes(desk.provision()) == {Change.KEEP}


def test_a_rule_that_freshdesk_calls_outdated_is_repaired() -> None:
    want = wanted.rule(
        "rule_resolved_id", "k1", "https://x.example/in/k1", "s", wanted.Statuses((4, 5), (2, 3)), "advanced"
    )
    assert wanted.same_rule(want | {"outdated": False, "id": 1}, want)
    assert not wanted.same_rule(want | {"outdated": True, "id": 1}, want), "such a rule has stopped silently"


@pytest.mark.parametrize(("told", "same"), [(None, True), ("********", True), ("another", False)])
def test_a_header_that_is_not_told_is_taken_to_be_right(told: str | None, same: bool) -> None:
    want = wanted.rule(
        "rule_resolved_id", "k1", "https://x.example/in/k1", "s", wanted.Statuses((4, 5), (2, 3)), "advanced"
    )
    action = want["actions"][0] | {"custom_headers": {"X-DeskPulse-Secret": told} if told else None}
    assert wanted.same_rule(want | {"actions": [action]}, want) is same


def test_numbers_and_bodies_may_be_told_as_text() -> None:
    want = wanted.rule(
        "rule_resolved_id", "k1", "https://x.example/in/k1", "s", wanted.Statuses((4, 5), (2, 3)), "advanced"
    )
    told = json.loads(json.dumps(want))
    told["conditions"][0]["properties"][0]["value"] = ["5", "4"]
    told["events"] = [{"field_name": "status", "from": "--", "to": str(status)} for status in (5, 4)]
    told["actions"][0]["content"] = json.dumps(want["actions"][0]["content"])
    assert wanted.same_rule(told, want)
    told["actions"][0]["content"] = want["actions"][0]["content"] | {"v": "1"}
    assert wanted.same_rule(told, want)
    told["actions"][0]["content"] = "{"
    assert not wanted.same_rule(told, want)


def test_a_lost_secret_is_made_anew_in_every_rule(desk: Any) -> None:
    desk.provision()
    before = desk.secrets.pop("shared_secret")
    repaired = desk.provision()
    assert {step.change for step in repaired.steps if "rule" in step.what} == {Change.REPAIR}
    assert repaired.secrets["shared_secret"] != before
    headers = {rule["actions"][0]["custom_headers"]["X-DeskPulse-Secret"] for rule in rules(desk).values()}
    assert headers == {repaired.secrets["shared_secret"]}


def test_two_connections_have_rules_of_their_own(desk: Any) -> None:
    desk.provision()
    other = desk.connection()
    other = type(other)(**{name: getattr(other, name) for name in other.__slots__} | {"key": "k2", "facts": {}})
    plugin.deskpulse_provision(other, ProvisionPlan("https://x.example/in/k2"))
    assert len(rules(desk)) == 8
    assert changes(desk.provision()) == {Change.KEEP}


def test_statuses_of_ones_own_are_in_events_and_conditions(desk: Any) -> None:
    desk.program("POST", "/statuses", **{"8": ["Answered", "Answered"]})
    desk.provision(desk.connection(resolved_statuses="8"))
    resolved, reopened = (rules(desk)[wanted.rule_name(fact, "k1")] for fact in list(wanted.RULES)[:2])
    assert [event["to"] for event in resolved["events"]] == [4, 5, 8]
    assert resolved["conditions"][0]["properties"][0]["value"] == [4, 5, 8]
    assert [event["from"] for event in reopened["events"]] == [4, 5, 8]
    assert reopened["conditions"][0]["properties"][0]["value"] == [2, 3, 6, 7]


@pytest.mark.parametrize(("layout", "ours"), [("simple", "advanced"), (1, "2"), ("2", "2")])
def test_the_layout_is_written_as_the_accounts_other_rules_have_it(layout: object, ours: str) -> None:
    assert wanted.layout([{"actions": [{"field_name": "trigger_webhook", "content_layout": layout}]}]) == ours
    assert wanted.layout([{"actions": [{"field_name": "add_tag"}]}]) == "advanced"


# -- where it is refused


def test_without_rules_in_the_plan_the_exact_steps_are_shown(desk: Any) -> None:
    desk.program("POST", "/switches", withheld=["automations"])
    report = desk.provision()
    assert {step.what.split()[0] for step in report.steps} == {"ticket", "contact"}, "fields are made all the same"
    steps = " ".join(report.manual_steps)
    assert desk.inlet_url in steps
    assert "X-DeskPulse-Secret" in steps
    assert '{"v": 1, "event": "resolved", "ticket_id": "{{ticket.id}}"}' in steps
    assert '{"v": 1, "event": "reopened", "ticket_id": "{{ticket.id}}"}' in steps
    assert "Resolved (4), Closed (5)" in steps, "the screen shows names, not numbers"
    assert "Open (2), Pending (3), Waiting on Customer (6), Waiting on Third Party (7)" in steps
    assert "performed by: system" in steps
    assert all(wanted.rule_name(fact, "k1") in steps for fact in wanted.RULES), "by which they are found later"
    assert report.secrets == {}, "a secret that stands nowhere would only mislead"


def test_without_fields_in_the_plan_the_exact_steps_are_shown(desk: Any) -> None:
    desk.program("POST", "/switches", withheld=["ticket_fields", "contact_fields"])
    report = desk.provision()
    assert {step.what.split()[0] for step in report.steps} == {"automation"}
    assert sum("add a field of the type" in step for step in report.manual_steps) == len(wanted.FIELDS)
    assert "score_field" not in desk.facts


def test_where_rules_are_withheld_their_removal_is_left_to_people(desk: Any) -> None:
    desk.provision()
    desk.program("POST", "/switches", withheld=["automations"])
    report = desk.provision(remove=True)
    assert any("'DeskPulse k1:'" in step for step in report.manual_steps)
    assert set(report.facts.values()) == set(report.secrets.values()) == {""}


def test_a_label_that_another_kind_of_field_has_is_named(desk: Any) -> None:
    taken = {"label": "NPS score", "label_for_customers": "x", "type": "custom_text"}
    desk.api("POST", "/admin/ticket_fields", taken)
    report = desk.provision()
    (step,) = (step for step in report.manual_steps if "'NPS score'" in step and "another type" in step)
    assert "rename" in step.lower()
    assert "score_field" not in desk.facts
    assert RESOLVED in {step.what for step in report.steps}, "the rest is made all the same"


def test_fields_made_by_hand_are_found_by_the_next_run(desk: Any) -> None:
    desk.api(
        "POST", "/admin/ticket_fields", {"label": "NPS score", "label_for_customers": "x", "type": "custom_number"}
    )
    found = {step.what: step.change for step in desk.provision().steps}
    assert found["ticket field 'NPS score'"] is Change.KEEP
    assert desk.facts["score_field"] == "cf_nps_score"


def test_a_500_for_a_rule_is_passing_trouble(connection: Any, freshdesk: responses.RequestsMock) -> None:
    api = "https://acme.freshdesk.com/api/v2"
    label = {"type": "custom_number", "name": "x"}
    fields = [{"label": field.label, "type": field.type, "name": field.fact} | {"id": 1} for field in wanted.FIELDS]
    freshdesk.get(f"{api}/ticket_fields", json=[*fields, label])
    freshdesk.get(f"{api}/contact_fields", json=fields)
    freshdesk.get(f"{api}{RULES}", json=[])
    freshdesk.post(f"{api}{RULES}", status=500, json={"code": "internal_error"})
    linked: Connection = connection()
    with pytest.raises(Unreachable):
        plugin.deskpulse_provision(linked, ProvisionPlan("https://x.example/in/k1"))
