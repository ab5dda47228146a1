"""The launchpad: links that lead where their pickers said, the standing addresses, and the sets of Support Leads."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from deskpulse.desk import Desk
from deskpulse.directory.models import Contact, SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.outbound.models import Job
from deskpulse.outbound.smtp import Mailer
from deskpulse_web.launchpad.builder import PAGES
from fixtures.answers import Answers

ANN = "ann@northwind.example"
BASE = "http://127.0.0.1:8000"


def made(client: FlaskClient, query: str) -> str:
    page = client.get(f"/launchpad?{query}").text
    found = re.search(r'id="made-link" value="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


@pytest.mark.parametrize(
    ("chosen", "link"),
    [
        ("", "/gauge?cpc=northwind"),
        ("page=gauge&rgid=OPS", "/gauge?cpc=northwind&rgid=OPS"),
        ("page=gauge&rgid=OPS&combine=n&sgid1=BER", "/gauge?cpc=northwind&rgid=OPS&combine=n&sgid1=BER"),
        ("page=gauge&combine=n", "/gauge?cpc=northwind"),
        ("page=gauge&period=month&month=2026-01", "/gauge?cpc=northwind&month=2026-01"),
        ("page=gauge&period=running&month=2026-01", "/gauge?cpc=northwind"),
        ("page=gauge&period=days&from=2026-01-01&agid=1", "/gauge?cpc=northwind"),
        ("page=league-table&combine=n", "/league-table?cpc=northwind&combine=n"),
        ("page=league-table&combine=n&segment=2", "/league-table?cpc=northwind&segment=2"),
        ("page=feedback-slider&show=score&show=comment", "/feedback-slider?cpc=northwind&display=01100000"),
        ("page=dashboard-AGENTS&rgid=NET&sgid2=FIN", "/dashboard?dashid=AGENTS&rgid=NET&sgid2=FIN"),
        (
            "page=survey-responses&agid=robin%40northwind.example&period=days&from=2026-01-01&to=2026-02-01&max=6",
            "/survey-responses?agid=robin%40northwind.example&from=2026-01-01&to=2026-02-01&max=6",
        ),
        ("page=export-jsonl&all=y&rgid=NET", "/export?format=jsonl&rgid=NET&all=y"),
    ],
)
def test_links_say_what_was_chosen(ann: FlaskClient, chosen: str, link: str) -> None:
    url = made(ann, chosen)
    assert url == BASE + link
    assert ann.get(link).status_code == 200


def test_every_page_opens(ann: FlaskClient) -> None:
    """Whatever is chosen: only what a page knows gets into its address."""
    chosen = "rgid=OPS&sgid1=BER&sgid2=FIN&period=month&month=2026-01&agid=robin@northwind.example&min=2&max=8&all=y"
    for key, page in PAGES.items():
        url = urlsplit(made(ann, f"page={key}&{chosen}"))
        assert {name for name, _ in parse_qsl(url.query)} - {"cpc", "format", "dashid"} <= page.knows
        if key == "customer-satisfaction-report":  # its PDF takes seconds to make
            url = url._replace(query="month=never")
        expected = 200 if url.query != "month=never" else 400
        assert ann.get(f"{url.path}?{url.query}").status_code == expected, key


def test_the_number_is_shown_beside_the_link(ann: FlaskClient, northwind: Any, answer: Answers) -> None:
    answer(*[10] * 4, 3, 9, group_id=northwind.team)
    answer(0, 0, group_id=northwind.department)
    page = ann.get("/launchpad?page=gauge&rgid=NET&part=link").text
    assert "+67" in page
    assert "n = 6" in page
    assert "Network &amp; &lt;Servers&gt;" in page
    assert "<html" not in page, "part=link is the part alone"
    assert "no responses" in ann.get("/launchpad?page=gauge&sgid1=BER").text


def test_who_may_open_it_is_said(desk: Desk, ann: FlaskClient, organisation: Organisation) -> None:
    assert "Opens for people who are signed in" in ann.get("/launchpad?page=gauge").text
    with desk.db.write() as session:
        mine = session.get_one(Organisation, organisation.id)
        organisations.change_preferences(desk, session, mine, {"open_displays": True}, "test")
    assert "Opens for everyone who has the link" in ann.get("/launchpad?page=gauge").text
    assert "Opens for people who are signed in." in ann.get("/launchpad?page=survey-responses").text


@pytest.mark.parametrize(
    "chosen", ["rgid=NOPE", "page=survey-responses&agid=nobody", "period=month&month=2026-13", "month=x&period=month"]
)
def test_what_cannot_be_is_said_in_place_of_a_link(ann: FlaskClient, chosen: str) -> None:
    answer = ann.get(f"/launchpad?{chosen}")
    assert answer.status_code == 200
    assert "No link yet." in answer.text
    assert "made-link" not in answer.text


def test_view_your_urls(ann: FlaskClient, northwind: Any) -> None:
    page = html.unescape(ann.get("/launchpad/addresses").text)
    assert "/?tc=ts&cpc=northwind&hd=1&tid={tid}&rgid={rgid}&agid={agid}&cid={cid}&sgid1={sgid1}&sgid2={sgid2}" in page
    for path in ("/gauge?cpc=northwind", "/league-table?cpc", "/feedback-slider?cpc", "/dashboard?dashid=AGENTS",
                 "/survey-responses", "/export?format=csv", "/export?format=jsonl"):  # fmt: skip
        assert f'value="{BASE}{path}' in page
    assert f"/launchpad/for/{northwind.lead}" in page
    assert "/rs?" not in page, "what does not exist yet has no address"


def test_the_set_of_a_lead(ann: FlaskClient, northwind: Any) -> None:
    page = html.unescape(ann.get(f"/launchpad/for/{northwind.lead}").text)
    assert "IT Operations, with 1 group below it" in page
    links = re.findall(r'id="url-1-\d+" value="([^"]+)"', page)
    found = [link.removeprefix(BASE) for link in links]
    assert found == [
        "/gauge?cpc=northwind&rgid=OPS", "/feedback-slider?cpc=northwind&rgid=OPS", "/dashboard?dashid=SRES&rgid=OPS",
        "/dashboard?dashid=AGENTS&rgid=OPS", "/survey-responses?rgid=OPS",
    ]  # fmt: skip


def test_ones_own_set_is_found_by_the_address_that_one_signs_in_with(
    desk: Desk, ann: FlaskClient, organisation: Organisation, northwind: Any
) -> None:
    assert f"{ANN} is no contact" in ann.get("/launchpad/mine").text
    with desk.db.write() as session:
        contact = Contact(organisation_id=organisation.id, email=ANN, name="Ann")
        session.add(contact)
    answer = ann.get("/launchpad/mine")
    assert answer.location == f"/launchpad/for/{contact.id}"
    assert "leads no support group" in ann.get(answer.location).text


def test_the_set_is_mailed_to_its_contact_alone(
    desk: Desk, ann: FlaskClient, northwind: Any, mailbox: Any, work: Any
) -> None:
    desk.mailer = Mailer(mailbox.url)
    path = f"/launchpad/for/{northwind.lead}"
    said = ann.post(path, data={"csrf_token": northwind.csrf(ann)}, follow_redirects=True)
    assert "on their way to lee@northwind.example" in said.text
    work()
    (message,) = mailbox.all()
    assert message["to"] == "lee@northwind.example"
    assert message["subject"] == "Your pages at Northwind IT"
    for body in (message["text"], html.unescape(message["html"])):
        assert f"{BASE}/gauge?cpc=northwind&rgid=OPS" in body
        assert f"{BASE}/survey-responses?rgid=OPS" in body
    with desk.db.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "personal set mailed")).one()
    assert (entry.actor, entry.subject) == (ANN, "lee@northwind.example")


def test_nothing_of_another_organisation(desk: Desk, app: Flask, ann: FlaskClient, northwind: Any) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Southwind", code="southwind")
        lead = Contact(organisation_id=other.id, email="sue@southwind.example", name="Sue")
        session.add(lead)
        session.flush()
        session.add(SupportGroup(organisation_id=other.id, name="South", code="SOUTH", lead_id=lead.id))
    token = northwind.csrf(ann)
    assert ann.get(f"/launchpad/for/{lead.id}").status_code == 404
    assert ann.post(f"/launchpad/for/{lead.id}", data={"csrf_token": token}).status_code == 404
    for path in ("/launchpad", "/launchpad/addresses", "/launchpad/mine"):
        page = ann.get(path).text
        assert "South" not in page
    assert "No link yet." in ann.get("/launchpad?rgid=SOUTH").text
    assert ann.post(f"/launchpad/for/{northwind.lead}").status_code == 400, "no token of a form"
    with desk.db.read() as session:
        assert session.scalars(select(Job.id).where(Job.kind == "mail_personal_set")).all() == []


def test_an_empty_organisation_is_told_what_to_do(newcomer: FlaskClient) -> None:
    assert "There are no support groups yet" in newcomer.get("/launchpad").text
    page = html.unescape(newcomer.get("/launchpad/addresses").text)
    assert "/?tc=ts&cpc=northwind&tid={tid}" in page
    assert "No support group in use has a Support Lead" in page
