"""The agent screen as a person uses it, and the app client's messages between it and the app in its sidebar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from werkzeug import Response

from fixtures.browser import assert_accessible, assert_fits

pytestmark = pytest.mark.browser

PROBE = """
const show = (text) => { document.getElementById("out").textContent += " " + text; };
const said = (promise, name) => promise.then((value) => show(name + "=" + JSON.stringify(value)),
                                             (error) => show(name + "!" + (error.message || error.status)));
const client = await app.initialized();
client.events.on("ticket.statusChanged", () => show("statusChanged"));
client.events.on("app.activated", async () => {
  show("activated");
  await said(client.data.get("ticket").then(({ ticket }) => [ticket.id, ticket.status]), "ticket");
  await said(client.data.get("contact").then(({ contact }) => contact.name), "contact");
  await said(client.data.get("requester").then(({ requester }) => requester.email), "requester");
  await said(client.data.get("loggedInUser").then(({ loggedInUser }) => loggedInUser.contact.name), "me");
  await said(client.data.get("moon"), "moon");
  await said(client.iparams.get(), "iparams");
  const context = { ticket_id: 3, contact_id: 7 };
  await said(client.request.invokeTemplate("getNps", { context }).then((r) => JSON.parse(r.response).nps), "nps");
  await said(client.request.invokeTemplate("other", {}), "other");
  await client.instance.resize({ height: "222px" });
  await client.interface.trigger("showNotify", { type: "success", message: "Hello <b>agent</b>" });
  show("done");
});
"""


@pytest.fixture
def with_app(account: Any, app: Any, receiver: Any) -> Any:
    """The account with a probing app beside tickets and contacts."""
    receiver.answer = lambda number: Response('{"nps": 9}', content_type="application/json")
    origin = receiver.url.removesuffix("/in")
    settings = {"server_host": "127.0.0.1", "app_token": "s3cret", "_panel_origin": origin}
    app.script = PROBE
    account.sim.install_app(app.package(), settings)
    return account


def _app(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def test_21_the_app_talks_to_its_host_on_a_ticket(with_app: Any, receiver: Any, page: Page) -> None:
    page.goto(f"{with_app.base}/a/tickets/3")
    out = _app(page).locator("#out")
    expect(out).to_contain_text("done")
    for said in (
        "ticket=[3,2]",
        'contact="Ann Customer"',
        'requester="ann@customer.example"',
        'me="Sam Agent"',
        "moon!moon is not available in ticket_sidebar",
        'iparams={"server_host":"127.0.0.1"}',
        "nps=9",
        "other!400",
    ):
        expect(out).to_contain_text(said)
    expect(page.locator("[data-notices]")).to_have_text("Hello agent")
    assert page.locator("iframe").evaluate("frame => frame.clientHeight") == 222
    assert receiver.wait(1)[0].headers["Authorization"] == "Bearer s3cret"


def test_21_the_app_on_a_contact_and_when_the_ticket_changes(with_app: Any, page: Page) -> None:
    page.goto(f"{with_app.base}/a/contacts/{with_app.contact('ann@customer.example')}")
    out = _app(page).locator("#out")
    expect(out).to_contain_text("done")
    expect(out).to_contain_text('contact="Ann Customer"')
    expect(out).to_contain_text("ticket!ticket is not available in contact_sidebar")

    page.goto(f"{with_app.base}/a/tickets/3")
    expect(_app(page).locator("#out")).to_contain_text("done")
    with_app.put("/tickets/3", {"status": 4})
    expect(_app(page).locator("#out")).to_contain_text("statusChanged")


def test_21_the_app_cannot_reach_the_page_around_it(with_app: Any, page: Page) -> None:
    page.goto(f"{with_app.base}/a/tickets/3")
    expect(_app(page).locator("#out")).to_contain_text("done")
    frame = next(one for one in page.frames if "/_sim/app/" in one.url)
    assert frame.evaluate("self.origin") == "null"


def test_a_person_solves_and_reopens(account: Any, receiver: Any, page: Page) -> None:
    account.webhook_rule(receiver.url)
    page.goto(account.base)
    page.get_by_role("link", name="Still open").click()
    page.get_by_label("Write to this ticket").fill("All done")
    page.get_by_role("button", name="Solve").click()
    expect(page.locator(".status.solved")).to_have_text("Resolved")
    assert receiver.wait(1)[0].body == b'{"v": 1, "ticket_id": "3"}'
    assert account.control("/mails", method="GET")[0]["to"] == "ann@customer.example"
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator(".status.open")).to_be_visible()
    expect(page.get_by_text("It is happening again.")).to_be_visible()


def test_it_works_without_scripts(account: Any, new_page: Callable[..., Page]) -> None:
    page = new_page(scripts=False)
    page.goto(f"{account.base}/helpdesk/tickets/3")
    page.get_by_role("button", name="Solve").click()
    assert account.get("/tickets/3")["status"] == 4
    page.get_by_role("button", name="Reopen").click()
    assert account.get("/tickets/3")["status"] == 2


def test_a_missing_field_is_told_when_solving(account: Any, new_page: Callable[..., Page]) -> None:
    account.text_field("Cause", required_for_closure=True)
    page = new_page(allow=["answered 400", "400"])
    page.goto(f"{account.base}/a/tickets/3")
    page.get_by_role("button", name="Solve").click()
    expect(page.get_by_role("alert")).to_contain_text("custom_fields.cf_cause")


def test_notes_and_replies_are_written_and_told_apart(account: Any, page: Page) -> None:
    page.goto(f"{account.base}/a/tickets/3")
    page.get_by_label("Write to this ticket").fill("between <us>")
    page.get_by_label("as", exact=True).select_option("Internal note")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("article.private")).to_contain_text("between <us>")
    expect(page.locator("article.private .tag")).to_have_text("Internal note")
    page.get_by_label("Write to this ticket").fill("for you")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("article:not(.private)").first).to_contain_text("for you")


def test_a_score_and_a_note_appear_by_themselves(account: Any, page: Page) -> None:
    name = account.text_field("NPS score")["name"]
    page.goto(f"{account.base}/a/tickets/3")
    account.put("/tickets/3", {"custom_fields": {name: "9"}, "tags": ["nps_9"]})
    account.post("/tickets/3/notes", {"body": "<p>NPS 9 (promoter)</p>", "private": True})
    expect(page.get_by_text("NPS 9 (promoter)")).to_be_visible()
    expect(page.locator("dd", has_text="9").first).to_be_visible()
    expect(page.get_by_text("nps_9")).to_be_visible()


def test_working_as_someone_else_and_writing_a_ticket(account: Any, page: Page) -> None:
    page.goto(f"{account.base}/a/tickets/new")
    page.get_by_label("Working as").select_option("Nora Net")
    expect(page.get_by_label("Working as")).to_have_value(str(account.agent("nora@desk.example")["id"]))
    page.get_by_label("Requester's e-mail").fill("new@customer.example")
    page.get_by_label("Subject").fill("No network")
    page.get_by_label("Group").select_option("Network")
    page.get_by_label("Description").fill("Nothing works")
    page.get_by_role("button", name="Create ticket").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("No network")
    page.goto(f"{account.base}/a/tickets?q=network&status=all")
    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_accessible_and_fits(
    with_app: Any, new_page: Callable[..., Page], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    with_app.post("/tickets/3/notes", {"body": "psst", "private": True})
    with_app.put("/tickets/3", {"tags": ["a_tag"]})
    person = with_app.contact("ann@customer.example")
    for path in ("/a/tickets?status=all", "/a/tickets/3", f"/a/contacts/{person}", "/a/tickets/new"):
        page.goto(f"{with_app.base}{path}")
        if page.locator("iframe").count():
            expect(_app(page).locator("#out")).to_contain_text("done")
        assert_accessible(page, skip=["region"] if page.locator("iframe").count() else [])
        assert_fits(page)
