"""The agent screen as a person uses it, and a Forge panel beside the issue."""

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

INDEX = """
import React, { useEffect, useState } from "react";
import { invoke, router, view } from "@forge/bridge";
import ForgeReconciler, { Badge, Button, DynamicTable, Heading, Inline, Link, List, ListItem, Lozenge, SectionMessage,
  Spinner, Stack, Strong, Tag, Text, useProductContext } from "@forge/react";
import { label } from "./words";
const h = React.createElement;
function Where() {
  const context = useProductContext();
  return h(Text, {}, context ? `on ${context.extension.issue.key}` : "nowhere");
}
function Panel() {
  const [answer, set] = useState(null);
  const [turns, count] = useState(0);
  useEffect(() => { invoke("feedback", { turns }).then(set, (e) => set({ error: e.message })); }, [turns]);
  if (!answer) return h(Spinner, { label: "Loading" });
  return h(Stack, { space: "space.100" },
    h(Heading, { as: "h3" }, label), h(Where),
    answer.error ? h(SectionMessage, { appearance: "warning", title: "Problem" }, h(Text, {}, answer.error)) : null,
    h(Inline, {}, h(Strong, {}, `score ${answer.score}`), h(Lozenge, { appearance: "success" }, "Promoter"),
      h(Badge, {}, 3)),
    h(List, {}, h(ListItem, {}, answer.reporter), h(ListItem, {}, answer.key)),
    h(Tag, { text: `answer ${answer.turns}` }),
    h(DynamicTable, { caption: "Last scores", head: { cells: [{ key: "s", content: "Score" }] },
      rows: [{ key: "1", cells: [{ key: "s", content: String(turns) }] }] }),
    h(Link, { href: "https://nps.example.com", openNewTab: true }, "More"),
    h(Button, { onClick: () => count(turns + 1) }, "Again"));
}
ForgeReconciler.render(h(Panel));
"""
RESOLVER = """
import api, { route } from "@forge/api";
import Resolver from "@forge/resolver";
const resolver = new Resolver();
resolver.define("feedback", async ({ payload, context }) => {
  const path = route`/rest/api/3/issue/${context.extension.issue.id}?fields=reporter`;
  const issue = await (await api.asApp().requestJira(path)).json();
  const answer = await api.fetch(process.env.PANEL, { headers: { Authorization: `Bearer ${process.env.KEY}` } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const subtle = typeof crypto.subtle.sign === "function";
  const reporter = issue.fields.reporter.displayName;
  return { ...(await answer.json()), turns: payload.turns, reporter, key: subtle ? "crypto" : "none" };
});
export const handler = resolver.getDefinitions();
export const status = async ({ extension }) => ({
  status: { type: "lozenge", value: { label: `NPS ${extension.issue.key}`, type: "success" } } });
"""


@pytest.fixture
def with_app(site: Any, receiver: Any) -> Any:
    """The site with a probing app."""
    receiver.answer = lambda number: Response('{"score": 9}', content_type="application/json")
    manifest = {
        "modules": {
            "jira:issueContext": [
                {
                    "key": "nps",
                    "title": "Customer NPS",
                    "label": "Customer NPS",
                    "resource": "panel",
                    "render": "native",
                    "resolver": {"function": "resolver"},
                    "dynamicProperties": {"function": "status"},
                    "status": {"type": "lozenge", "value": {"label": "NPS", "type": "default"}},
                }
            ],
            "function": [
                {"key": "resolver", "handler": "resolver.handler"},
                {"key": "status", "handler": "resolver.status"},
            ],
        },
        "resources": [{"key": "panel", "path": "src/index.jsx"}],
        "permissions": {"scopes": ["read:jira-work"], "external": {"fetch": {"backend": [{"address": "127.0.0.1"}]}}},
        "app": {
            "id": "ari:cloud:ecosystem::app/8db33809-1f32-48bb-8c52-5877dab48107",
            "runtime": {"name": "nodejs22.x"},
        },
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("manifest.yml", json.dumps(manifest))
        archive.writestr("src/index.jsx", INDEX)
        archive.writestr("src/resolver.js", RESOLVER)
        archive.writestr("src/words.js", 'export const label = "From the app";')
    site.sim.install_app(made.getvalue(), {"PANEL": receiver.url, "KEY": "s3cret"})
    return site


def _panel(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='Customer NPS']")


def test_the_panel_asks_its_resolver_and_shows_the_answer(with_app: Any, receiver: Any, page: Page) -> None:
    key = with_app.key("Still open")
    page.goto(f"{with_app.base}/browse/{key}")
    panel = _panel(page)
    for words in ("From the app", f"on {key}", "score 9", "Promoter", "Ann Customer", "crypto", "Last scores"):
        expect(panel.get_by_text(words)).to_be_visible()
    expect(page.get_by_role("heading", name="Customer NPS")).to_contain_text(f"NPS {key}")
    assert receiver.wait(1)[0].headers["Authorization"] == "Bearer s3cret"
    panel.get_by_role("button", name="Again").click()
    expect(panel.get_by_role("cell", name="1")).to_be_visible()
    expect(panel.get_by_text("answer 1")).to_be_visible()
    assert len(receiver.wait(2)) == 2
    assert_accessible(page)


def test_the_panel_tells_what_went_wrong(with_app: Any, receiver: Any, page: Page) -> None:
    receiver.answer = lambda number: Response(status=401)
    page.goto(f"{with_app.base}/browse/{with_app.key('Still open')}")
    expect(_panel(page).get_by_text("status 401")).to_be_visible()


def test_a_score_arriving_shows_in_the_panel_by_itself(with_app: Any, receiver: Any, page: Page) -> None:
    key = with_app.key("Still open")
    page.goto(f"{with_app.base}/browse/{key}")
    expect(_panel(page).get_by_text("score 9")).to_be_visible()
    receiver.answer = lambda number: Response('{"score": 3}', content_type="application/json")
    with_app.put(f"/issue/{key}/properties/nps.summary", {"score": 3}, 201)
    expect(_panel(page).get_by_text("score 3")).to_be_visible()


def test_a_person_solves_and_reopens(site: Any, receiver: Any, page: Page) -> None:
    site.webhook(
        receiver.url, events=["jira:issue_updated"], filters={"issue-related-events-section": "status = Resolved"}
    )
    page.goto(site.base)
    page.get_by_role("link", name="Still open").click()
    page.get_by_label("Write to this ticket").fill("All done")
    page.get_by_role("button", name="Solve").click()
    expect(page.locator(".status.solved")).to_be_visible()
    assert json.loads(receiver.wait(1)[0].body)["issue"]["key"] == site.key("Still open")
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator(".status.open")).to_be_visible()
    expect(page.get_by_text("It is happening again.")).to_be_visible()


def test_notes_stay_internal(site: Any, page: Page) -> None:
    key = site.key("Still open")
    page.goto(f"{site.base}/browse/{key}")
    page.get_by_label("Write to this ticket").fill("between us")
    page.get_by_label("as", exact=True).select_option("Internal note")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Internal note", exact=True).last).to_be_visible()
    page.goto(f"{site.base}/servicedesk/customer/portal/1/{key}")
    expect(page.get_by_text("between us")).to_have_count(0)


def test_texts_and_properties_are_shown_as_people_read_them(site: Any, page: Page) -> None:
    key = site.key("Still open")
    words = "Their words:\n{noformat}\nQuick!\n{noformat}\n{noformat}Reference 7{noformat}"
    site.post(f"/rest/servicedeskapi/request/{key}/comment", {"body": words, "public": False})
    site.put(f"/issue/{key}/properties/nps.summary", {"score": 9}, 201)
    page.goto(f"{site.base}/browse/{key}")
    expect(page.locator(".words").first).to_have_text("Their words: Quick! Reference 7")
    expect(page.get_by_text('{"score": 9}', exact=True)).to_be_visible()


def test_it_works_without_scripts(site: Any, new_page: Callable[..., Page]) -> None:
    page = new_page(scripts=False)
    key = site.key("Still open")
    page.goto(f"{site.base}/browse/{key}")
    page.get_by_role("button", name="Solve").click()
    assert site.fields(key)["status"]["name"] == "Resolved"
    page.get_by_role("button", name="Reopen").click()
    assert site.fields(key)["status"]["name"] == "In Progress"


def test_working_as_someone_else_and_writing_a_ticket(site: Any, page: Page) -> None:
    page.goto(f"{site.base}/agent/tickets/new")
    page.get_by_label("Working as").select_option("Nora Net")
    page.get_by_label("Requester's e-mail").fill("new@customer.example")
    page.get_by_label("Subject").fill("No network")
    page.get_by_label("Group").select_option("Network")
    page.get_by_label("Description").fill("Nothing works")
    page.get_by_role("button", name="Create ticket").click()
    expect(page.get_by_role("heading", name="No network")).to_be_visible()
    assert site.fields(site.key("No network"))["creator"]["displayName"] == "Nora Net"
    page.get_by_role("link", name="new", exact=True).click()
    expect(page.get_by_text("Portal-only customer")).to_be_visible()


def test_a_rule_is_written_by_hand(site: Any, receiver: Any, page: Page) -> None:
    page.goto(f"{site.base}/agent/automation")
    page.get_by_label("Name").fill("Tell DeskPulse")
    page.get_by_label("When the status becomes").fill("done")
    page.get_by_label("Web request URL").fill(receiver.url)
    page.get_by_label("Header").fill("X-DeskPulse-Secret")
    page.get_by_label("Its value").fill("hidden-value")
    page.get_by_label("Web request body").select_option("Issue data (Jira format)")
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_role("heading", name="Tell DeskPulse")).to_be_visible()
    assert "hidden-value" not in page.content()
    assert_accessible(page)
    site.control(f"/tickets/{site.key('Still open')}/solve")
    assert receiver.wait(1)[0].headers["X-Deskpulse-Secret"] == "hidden-value"
    page.get_by_role("button", name="Delete Tell DeskPulse").click()
    expect(page.get_by_text("No rule yet.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_pages_are_accessible_and_fit(site: Any, new_page: Callable[..., Page], width: int, dark: bool) -> None:
    page = new_page(width=width, dark=dark)
    key = site.key("Still open")
    person = site.fields(key)["reporter"]["accountId"]
    paths = ("/agent/", f"/browse/{key}", f"/agent/people/{person}", "/agent/tickets/new", "/agent/automation")
    for path in (*paths, f"/servicedesk/customer/portal/1/{key}"):
        page.goto(site.base + path)
        assert_accessible(page)
        assert_fits(page)


def test_consent_is_given_on_a_page(site: Any, page: Page) -> None:
    client = site.control("/oauth/client")
    target = f"{site.base}/agent/"
    query = f"client_id={client['client_id']}&redirect_uri={target}&scope=read:jira-work&state=xyz&response_type=code"
    page.goto(f"{site.base}/authorize?{query}")
    assert_accessible(page)
    page.get_by_role("button", name="Accept").click()
    expect(page).to_have_url(f"{target}?state=xyz&code=" + page.url.rpartition("code=")[2])
