"""The agent screen as a person uses it, and the framework's messages between it and the app in its sidebar."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from werkzeug import Response

from fixtures.browser import assert_accessible, assert_fits

pytestmark = pytest.mark.browser

PLACES = ("ticket_sidebar", "new_ticket_sidebar", "user_sidebar")
HTML = """<!doctype html><html lang="en"><head><title>Probe</title>
<script src="https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"></script>
<script src="probe.js"></script></head><body><p id="out">waiting</p><p id="events"></p></body></html>"""
PROBE = """
const client = ZAFClient.init();
const show = (id, text) => { document.getElementById(id).textContent += " " + text; };
const said = (promise, name) => promise.then((v) => show("out", name + "=" + JSON.stringify(v)),
                                             (e) => show("out", name + "!" + (e.message || e.status)));
client.on("app.activated", (e) => show("events", "activated:" + e.firstLoad));
client.on("ticket.requester.id.changed", (id) => show("events", "requester:" + id));
client.on("app.registered", async (data) => {
  await said(client.get("ticket.requester").then((r) => (r["ticket.requester"] || {}).name || null), "requester");
  await said(client.get(["ticket.id", "ticket.status"]).then((r) => [r["ticket.id"], r["ticket.status"]]), "ticket");
  await said(client.get("currentUser").then((r) => r.currentUser.name), "me");
  await said(client.get("user.email").then((r) => r["user.email"]), "user");
  await said(client.get("moon.phase"), "moon");
  await said(client.metadata().then((m) => m.settings), "settings");
  await said(client.context().then((c) => [c.location, c.product]), "context");
  await said(client.request("/api/v2/users/me.json").then((r) => r.user.name), "api");
  await said(client.request({url: "{{REMOTE}}", secure: true, headers: {Authorization: "Bearer {{setting.app_token}}"},
                             dataType: "json"}), "remote");
  await client.invoke("resize", {width: "100%", height: "222px"});
  await client.invoke("notify", "Hello <b>agent</b>");
  show("out", "done");
});
"""


@pytest.fixture
def with_app(account: Any, receiver: Any) -> Any:
    """The account with a probing app in all three places."""
    receiver.answer = lambda number: Response('{"nps": 9}', content_type="application/json")
    place = {"url": "assets/iframe.html"}
    manifest = {
        "name": "Probe",
        "author": {"name": "Example", "email": "dev@example.com"},
        "defaultLocale": "en",
        "frameworkVersion": "2.0",
        "location": {"support": dict.fromkeys(PLACES, place)},
        "parameters": [
            {"name": "shown", "type": "text"},
            {"name": "app_token", "type": "text", "secure": True, "scopes": ["header"]},
        ],
        "domainWhitelist": ["127.0.0.1"],
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("translations/en.json", '{"app": {"name": "Probe"}}')
        archive.writestr("assets/iframe.html", HTML)
        archive.writestr("assets/probe.js", PROBE.replace("{{REMOTE}}", receiver.url))
    account.sim.install_app(made.getvalue(), {"shown": "yes", "app_token": "s3cret"})
    return account


def _app(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def test_25_the_app_talks_to_its_host_on_a_ticket(with_app: Any, receiver: Any, page: Page) -> None:
    page.goto(f"{with_app.base}/agent/tickets/3")
    out = _app(page).locator("#out")
    expect(out).to_contain_text("done")
    for said in (
        'requester="Ann Customer"',
        'ticket=[3,"new"]',
        'me="Sam Agent"',
        'user!"user.email" No such Api',
        'moon!"moon.phase" No such Api',
        'settings={"shown":"yes"}',
        'context=["ticket_sidebar","support"]',
        'api="Sam Agent"',
        'remote={"nps":9}',
    ):
        expect(out).to_contain_text(said)
    expect(_app(page).locator("#events")).to_contain_text("activated:true")
    expect(page.locator("[data-notices]")).to_have_text("Hello agent")
    assert page.locator("iframe").evaluate("frame => frame.clientHeight") == 222
    assert receiver.wait(1)[0].headers["Authorization"] == "Bearer s3cret"


def test_25_the_app_in_the_user_and_new_ticket_sidebars(with_app: Any, page: Page) -> None:
    page.goto(f"{with_app.base}/agent/users/{with_app.user('ann@customer.example')}")
    out = _app(page).locator("#out")
    expect(out).to_contain_text("done")
    expect(out).to_contain_text('user="ann@customer.example"')
    expect(out).to_contain_text('context=["user_sidebar","support"]')

    page.goto(f"{with_app.base}/agent/tickets/new")
    expect(_app(page).locator("#out")).to_contain_text("done")
    expect(_app(page).locator("#out")).to_contain_text("requester=null")
    page.get_by_label("Requester's e-mail").fill("ann@customer.example")
    page.get_by_label("Subject").focus()
    expect(_app(page).locator("#events")).to_contain_text(f"requester:{with_app.user('ann@customer.example')}")


def test_25_without_origin_the_sdk_returns_false(with_app: Any, page: Page) -> None:
    page.goto(f"{with_app.base}/agent/")
    page.add_script_tag(url=f"{with_app.base}/_sim/zaf_sdk.js")
    assert page.evaluate("ZAFClient.init()") is False


def test_a_person_solves_and_reopens(account: Any, receiver: Any, page: Page) -> None:
    account.solving_webhook(receiver.url)
    page.goto(account.base)
    page.get_by_role("link", name="Still open").click()
    page.get_by_label("Write to this ticket").fill("All done")
    page.get_by_role("button", name="Solve").click()
    expect(page.locator(".status.solved")).to_be_visible()
    assert receiver.wait(1)[0].body == b'{"id":"3"}'
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator(".status.open")).to_be_visible()
    expect(page.get_by_text("It is happening again.")).to_be_visible()


def test_it_works_without_scripts(account: Any, new_page: Callable[..., Page]) -> None:
    page = new_page(scripts=False)
    page.goto(f"{account.base}/agent/tickets/3")
    page.get_by_role("button", name="Solve").click()
    assert account.get("/tickets/3")["ticket"]["status"] == "solved"
    page.get_by_role("button", name="Reopen").click()
    assert account.get("/tickets/3")["ticket"]["status"] == "open"


def test_a_score_and_a_note_appear_by_themselves(account: Any, page: Page) -> None:
    field = {"type": "integer", "title": "NPS score"}
    number = account.post("/ticket_fields", {"ticket_field": field})["ticket_field"]["id"]
    page.goto(f"{account.base}/agent/tickets/3")
    note = {"body": "NPS 9 (promoter)", "public": False}
    account.put(
        "/tickets/3", {"ticket": {"custom_fields": [{"id": number, "value": 9}], "comment": note, "tags": ["nps_9"]}}
    )
    expect(page.get_by_text("NPS 9 (promoter)")).to_be_visible()
    expect(page.get_by_text("Internal note", exact=True).last).to_be_visible()
    expect(page.locator("dd", has_text="9").first).to_be_visible()
    expect(page.get_by_text("nps_9")).to_be_visible()


def test_working_as_someone_else_and_writing_a_ticket(account: Any, page: Page) -> None:
    page.goto(f"{account.base}/agent/tickets/new")
    page.get_by_label("Working as").select_option("Nora Net")
    expect(page.get_by_label("Working as")).to_have_value(str(account.user("nora@desk.example")))
    page.get_by_label("Requester's e-mail").fill("new@customer.example")
    page.get_by_label("Subject").fill("No network")
    page.get_by_label("Group").select_option("Network")
    page.get_by_label("Description").fill("Nothing works")
    page.get_by_role("button", name="Create ticket").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("No network")
    ticket = account.get("/tickets/4")["ticket"]
    assert ticket["submitter_id"] == account.user("nora@desk.example")
    page.goto(f"{account.base}/agent/?q=network&status=all")
    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_accessible_and_fits(
    with_app: Any, new_page: Callable[..., Page], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    with_app.put("/tickets/3", {"ticket": {"comment": {"body": "psst", "public": False}, "tags": ["a_tag"]}})
    user = with_app.user("ann@customer.example")
    client = with_app.sim.oauth_client().identifier
    consent = f"/oauth/authorizations/new?client_id={client}&redirect_uri=http://127.0.0.1:9/cb&scope=read"
    for path in ("/agent/?status=all", "/agent/tickets/3", f"/agent/users/{user}", "/agent/tickets/new", consent):
        page.goto(f"{with_app.base}{path}")
        if page.locator("iframe").count():
            expect(_app(page).locator("#out")).to_contain_text("done")
        assert_accessible(page, skip=["region"] if page.locator("iframe").count() else [])
        assert_fits(page)
