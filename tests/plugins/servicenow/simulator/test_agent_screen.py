"""The agent screen as a person uses it, with an update set's macro on the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fixtures.browser import assert_accessible, assert_fits

pytestmark = pytest.mark.browser

MACRO = """<j:jelly xmlns:j="jelly:core" xmlns:g="glide"><tr><td colspan="2"><h4>Customer feedback</h4>
<j:if test="${current.caller_id.u_nps_last != ''}"><p>Last score: ${current.caller_id.u_nps_last}</p></j:if>
</td></tr></j:jelly>"""


@pytest.fixture
def with_set(account: Any, outbox: Any, receiver: Any) -> Any:
    """The account with the outbox, a column for the score, and a macro on the form."""
    role = outbox.role("u_nps_integration")
    outbox.column("task", "u_nps_score", "integer", column_label="NPS score")
    outbox.column("sys_user", "u_nps_last", "integer", column_label="Last NPS score")
    outbox.access("sys_user.u_nps_last", "write", role)
    outbox.add("sys_ui_macro", "panel", {"name": "u_panel", "active": "true", "xml": MACRO})
    formatter = {"name": "Panel", "formatter": "u_panel.xml", "table": "task", "type": "formatter", "active": "true"}
    outbox.add("sys_ui_formatter", "panel", formatter)
    account.sim.install_app(outbox.package(), {"address": receiver.url, "secret": "s"})
    return account


def test_a_person_solves_and_reopens(with_set: Any, receiver: Any, page: Page) -> None:
    page.goto(with_set.base)
    page.get_by_role("link", name="Open", exact=True).click()
    page.get_by_label("Write to this ticket").fill("All done")
    page.get_by_role("button", name="Solve").click()
    expect(page.locator(".status.solved")).to_be_visible()
    expect(page.get_by_text("All done")).to_be_visible()
    assert b'"state":"6"' in receiver.wait(1)[0].body
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator(".status.open")).to_be_visible()
    expect(page.get_by_text("It is happening again.")).to_be_visible()


def test_who_solves_an_unassigned_ticket_takes_it_on(account: Any, page: Page) -> None:
    key = account.id("Untouched")
    page.goto(f"{account.base}/agent/tickets/{key}")
    page.get_by_label("Working as").select_option("Nora Net")
    expect(page.get_by_label("Working as")).to_have_value(account.user("nora@desk.example"))
    page.get_by_role("button", name="Solve").click()
    expect(page.locator(".status.solved")).to_be_visible()
    row = account.one("incident", key, fields="assigned_to.name,resolved_by.name")
    assert row == {"assigned_to.name": "Nora Net", "resolved_by.name": "Nora Net"}


def test_it_works_without_scripts(account: Any, new_page: Callable[..., Page]) -> None:
    page = new_page(scripts=False)
    page.goto(f"{account.base}/agent/tickets/{account.id('Open')}")
    page.get_by_role("button", name="Solve").click()
    assert account.one("incident", account.id("Open"))["state"] == "6"
    page.get_by_role("button", name="Reopen").click()
    assert account.one("incident", account.id("Open"))["state"] == "2"


def test_a_score_a_note_and_the_macros_row_appear_by_themselves(with_set: Any, page: Page) -> None:
    key = with_set.id("Open")
    page.goto(f"{with_set.base}/agent/tickets/{key}")
    expect(page.get_by_role("heading", name="Customer feedback")).to_be_visible()
    with_set.patch("incident", key, {"u_nps_score": 9, "work_notes": "NPS 9 (promoter)"})
    with_set.patch("sys_user", with_set.user("ann@customer.example"), {"u_nps_last": 9})
    expect(page.get_by_text("NPS 9 (promoter)")).to_be_visible()
    expect(page.get_by_text("Internal note", exact=True).last).to_be_visible()
    expect(page.get_by_text("Last score: 9")).to_be_visible()
    expect(page.get_by_text("NPS score", exact=True)).to_be_visible()
    page.get_by_role("link", name="Ann Customer").first.click()
    expect(page.get_by_text("Last NPS score")).to_be_visible()


def test_a_note_is_sent(account: Any, page: Page) -> None:
    page.goto(f"{account.base}/agent/tickets/{account.id('Open')}")
    page.get_by_label("Write to this ticket").fill("between us")
    page.get_by_label("as", exact=True).select_option("Internal note")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".private", has_text="between us")).to_be_visible()


def test_a_closed_incident_cannot_be_changed(account: Any, page: Page) -> None:
    page.goto(f"{account.base}/agent/tickets/{account.id('Old')}")
    expect(page.get_by_text("This ticket is closed")).to_be_visible()
    expect(page.get_by_role("button", name="Reopen")).to_have_count(0)


def test_working_as_someone_else_and_writing_a_ticket(account: Any, page: Page) -> None:
    page.goto(f"{account.base}/agent/tickets/new")
    page.get_by_label("Working as").select_option("Nora Net")
    expect(page.get_by_label("Working as")).to_have_value(account.user("nora@desk.example"))
    page.get_by_label("Requester's e-mail").fill("new@customer.example")
    page.get_by_label("Subject").fill("No network")
    page.get_by_label("Group").select_option("Network")
    page.get_by_label("Description").fill("Nothing works")
    page.get_by_role("button", name="Create ticket").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("No network")
    (row,) = account.rows("incident", "short_description=No network", fields="opened_by.name,caller_id.email")
    assert row == {"opened_by.name": "Nora Net", "caller_id.email": "new@customer.example"}
    page.goto(f"{account.base}/agent/?q=no+network&status=all")
    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_accessible_and_fits(
    with_set: Any, new_page: Callable[..., Page], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    key, item = with_set.id("Open"), with_set.id("A laptop")
    with_set.patch("incident", key, {"work_notes": "psst", "u_nps_score": 9})
    user = with_set.user("ann@customer.example")
    paths = ("?status=all", f"tickets/{key}", f"tickets/{item}", f"users/{user}", "tickets/new")
    for path in paths:
        page.goto(f"{with_set.base}/agent/{path}")
        assert_accessible(page)
        assert_fits(page)
