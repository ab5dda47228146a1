"""Jira's JSON to records: what counts as resolved, which solving it is, and who is a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from deskpulse_jira_sm import mapping, notes
from deskpulse_jira_sm.history import Solvings, item_of, solvings

DONE_IDS = {"5": "done", "6": "done", "10002": "done", "3": "indeterminate", "1": "new"}
US = "712020:bot"
RULE = mapping.Rule.of({})
UNTOLD = Solvings()


def change(number: int, at: str, source: str, target: str, by: str = "712020:aa", **more: Any) -> dict[str, Any]:
    names = {"5": "Resolved", "6": "Closed", "10002": "Canceled", "3": "In Progress", "1": "Open"}
    item = {"field": "status", "fieldId": "status", "from": source, "fromString": names[source]}
    item |= {"to": target, "toString": names[target]}
    return {"id": str(number), "created": f"2026-01-06T{at}+0100", "author": {"accountId": by}, "items": [item], **more}


def solved(*histories: Any, rule: mapping.Rule = RULE) -> Solvings:
    return solvings(
        histories,
        mapping.moment,
        lambda status: rule.counts(status[1], DONE_IDS.get(status[0])),
        lambda author: mapping.account(author) == US,
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-06T{text}+00:00")


FIRST = change(1, "10:00:00.100", "3", "5")
CLOSED = change(2, "11:00:00.000", "5", "6")
REOPENED = change(3, "12:00:00.000", "6", "3")
SECOND = change(4, "13:00:00.000", "3", "5")


def test_a_solving_begins_when_the_category_becomes_done() -> None:
    assert solved(FIRST).current == at("09:00:00.100")
    assert solved(FIRST, CLOSED).current == at("09:00:00.100"), "Resolved to Closed is no new one"
    assert solved(CLOSED, FIRST).current == at("09:00:00.100"), "whatever the order of the changelog"


def test_a_reopen_ends_it_and_the_next_is_another() -> None:
    assert solved(FIRST, CLOSED, REOPENED) == Solvings(None, (at("09:00:00.100"),), None, 0)
    again = solved(REOPENED, SECOND, FIRST, CLOSED)
    assert (again.current, again.past) == (at("12:00:00"), (at("09:00:00.100"),))


def test_a_reopen_that_our_own_account_took_back_never_happened() -> None:
    ours = change(4, "12:00:01.000", "3", "5", by=US)
    assert solved(FIRST, change(3, "12:00:00.000", "5", "3"), ours).current == at("09:00:00.100")
    assert solved(FIRST, change(3, "12:00:00.000", "5", "3"), ours).past == ()
    assert solved(change(1, "10:00:00.000", "3", "5", by=US)).current == at("09:00:00"), "the first one counts"


def test_a_status_left_out_by_name_is_no_solving() -> None:
    assert solved(change(1, "10:00:00.000", "3", "10002")).current is None
    corrected = solved(change(1, "10:00:00.000", "3", "10002"), change(2, "11:00:00.000", "10002", "5"))
    assert corrected.current == at("10:00:00")


def test_items_are_found_by_id_else_by_lower_case_name() -> None:
    assert item_of([{"field": "Estado", "fieldId": "status"}], "status")
    assert item_of([{"field": "Status"}], "status")
    assert item_of([{"field": "status", "fieldId": "customfield_7"}], "status") is None
    assert item_of("nonsense", "status") is None


def fields(**more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "summary": "VPN down",
        "project": {"id": "10000", "key": "SUP", "name": "Support", "projectTypeKey": "service_desk"},
        "issuetype": {"name": "[System] Incident"},
        "priority": {"name": "Medium"},
        "status": {"id": "5", "name": "Resolved", "statusCategory": {"key": "done", "name": "New"}},
        "resolution": {"id": "10000", "name": "Done"},
        "resolutiondate": "2026-01-06T10:00:00.000+0100",
        "statuscategorychangedate": "2026-01-06T10:00:00.100+0100",
        "assignee": {"accountId": "712020:aa", "displayName": "Luc Roy", "accountType": "atlassian"},
        "reporter": {"accountId": "qm:a7:5a", "displayName": "Ada Berg", "accountType": "customer"},
        "components": [],
        "created": "2026-01-05T08:00:00.000+0100",
    }
    return {**usual, **more}


def ticket(raw_fields: dict[str, Any], solving: Solvings = UNTOLD, settings: Any = None, facts: Any = None) -> Any:
    raw = {"id": "10021", "key": "SUP-22", "fields": raw_fields}
    return mapping.ticket(raw, settings or {}, facts or {}, solving, None)


def test_the_key_is_the_id_and_the_moment_in_utc() -> None:
    found = ticket(fields(), Solvings(at("09:00:00.100")))
    assert found.resolution_key == "10021:2026-01-06T09:00:00.100Z"
    assert ticket(fields()).resolution_key == found.resolution_key, "without a changelog, by the issue's own date"
    assert (found.ref.id, found.ref.number) == ("10021", "SUP-22")
    assert found.resolved_at == at("09:00:00.100")


def test_past_solvings_have_the_keys_that_they_had() -> None:
    open_again = fields(status={"id": "3", "name": "In Progress", "statusCategory": {"key": "indeterminate"}})
    found = ticket(open_again, Solvings(None, (at("09:00:00.100"),)))
    assert (found.resolution_key, found.past_resolution_keys) == (None, ("10021:2026-01-06T09:00:00.100Z",))
    assert found.reopens == 1


@pytest.mark.parametrize(
    ("settings", "changes", "resolved"),
    [
        ({}, {}, True),
        ({}, {"resolution": None}, True),
        ({"require_resolution": "yes"}, {"resolution": None}, False),
        ({}, {"status": {"name": "In Progress", "statusCategory": {"key": "indeterminate"}}}, False),
        ({}, {"status": {"name": "Canceled", "statusCategory": {"key": "done"}}}, False),
        ({"excluded_statuses": "-"}, {"status": {"name": "Canceled", "statusCategory": {"key": "done"}}}, True),
        ({"excluded_statuses": "Resolved"}, {}, False),
        ({}, {"resolution": {"name": "Duplicate"}}, False),
        ({"resolved_statuses": "Closed, Resolved"}, {}, True),
        ({"resolved_statuses": "Closed"}, {}, False),
        ({"projects": "OPS"}, {}, False),
        ({"projects": "OPS, SUP"}, {}, True),
        ({}, {"project": {"key": "DEV", "projectTypeKey": "software"}}, False),
        ({}, {"status": {"name": "Resolved"}}, False),
    ],
)
def test_what_counts_as_resolved(settings: dict[str, str], changes: dict[str, Any], resolved: bool) -> None:
    assert (ticket(fields(**changes), settings=settings).resolution_key is not None) is resolved


@pytest.mark.parametrize(
    "reporter",
    [
        None,
        {"accountId": "unknown", "displayName": "Ada"},
        {"accountId": "712020:bb", "displayName": "Former user", "active": False},
        {"accountId": "557058:x", "accountType": "app"},
        {},
    ],
)
def test_reporters_who_are_nobody(reporter: Any) -> None:
    assert ticket(fields(reporter=reporter)).customer is None


def test_a_deactivated_reporter_is_inactive_and_a_data_center_one_has_a_key() -> None:
    gone = {"accountId": "712020:bb", "displayName": "Ben", "active": False, "accountType": "atlassian"}
    assert not ticket(fields(reporter=gone)).customer.active
    server = {"name": "ada", "key": "JIRAUSER10001", "displayName": "Ada", "emailAddress": "ada@acme.example"}
    found = ticket(fields(reporter=server)).customer
    assert (found.id, found.email) == ("JIRAUSER10001", "ada@acme.example")


def test_an_issue_without_assignee_was_solved_by_whoever_solved_it() -> None:
    human, app = {"accountId": "712020:cc", "displayName": "Cleo"}, {"accountId": "557058:a", "accountType": "app"}
    by_human = ticket(fields(assignee=None), Solvings(at("09:00:00"), author=human))
    assert (by_human.agent.name, by_human.by_bot) == ("Cleo", False)
    by_app = ticket(fields(assignee=None), Solvings(at("09:00:00"), author=app))
    assert (by_app.agent, by_app.by_bot) == (None, True)
    assert not ticket(fields(), Solvings(at("09:00:00"), author=app)).by_bot


def test_fields_become_text() -> None:
    settings = {
        "segment1_field": "customfield_1",
        "segment2_field": "customfield_2",
        "category_field": "request_type",
        "mapped_fields": "labels, customfield_3 components customfield_4",
    }
    facts = {"organizations_field_id": "customfield_8", "request_type_field_id": "customfield_9"}
    raw = fields(
        customfield_1={"value": "Berlin", "child": {"value": "Mitte"}},
        customfield_2=[{"name": "Sales"}, {"value": "Office"}],
        customfield_3=9.5,
        customfield_8=[{"id": "3", "name": "ACME"}],
        customfield_9={"requestType": {"id": "7", "name": "Get IT help", "serviceDeskId": "1"}},
        labels=["a", "b"],
        components=[{"id": "1", "name": "Mail"}],
    )
    found = ticket(raw, settings=settings, facts=facts)
    assert (found.segment1, found.segment2, found.category) == ("Berlin / Mitte", "Sales, Office", "Get IT help")
    assert found.organisation == "ACME"
    assert found.fields["labels"] == "a, b"
    assert found.fields["customfield_3"] == "9.5"
    assert found.fields["components"] == "Mail"
    assert set(mapping.wanted_fields(settings, facts)) >= {
        "customfield_1",
        "customfield_4",
        "customfield_8",
        "customfield_9",
    }
    assert "request_type" not in mapping.wanted_fields(settings, facts)


@pytest.mark.parametrize("raw", [None, "", "yesterday", 7, [], "0001-01-01T00:00:00.000+1400"])
def test_odd_times_are_none(raw: Any) -> None:
    assert mapping.moment(raw) is None
    assert mapping.moment("2026-01-06T10:00:00.100+0100") == datetime(2026, 1, 6, 9, 0, 0, 100_000, UTC)


def test_pairs_of_a_table() -> None:
    assert mapping.pairs("Network = l2-net; Desk=l1 ;; broken; = x\nMail = m") == {
        "network": "l2-net",
        "desk": "l1",
        "mail": "m",
    }


def test_a_mark_is_found_in_wiki_text_and_in_documents_but_not_in_quoted_words() -> None:
    mark = "[DeskPulse r7.1]"
    document = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": mark}]}]}
    assert notes.ends_with(document, mark)
    assert notes.ends_with(f"x\n{{noformat}}{mark}{{noformat}}", mark)
    assert not notes.ends_with(f"{mark}\nand more", mark)
    assert not notes.ends_with(f"he wrote {mark}", mark)
    assert not notes.ends_with(None, mark)
    assert not notes.ends_with(notes.invitation_mark("invite-11"), notes.invitation_mark("invite-1"))
