"""Links that the helpdesk built into its own mail, by the parameter names of old: they land on the same ticket."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deskpulse import settings as settings_module
from deskpulse.connections.vault import Vault, load_keys
from deskpulse.db.database import Database
from deskpulse.organisation.models import Organisation
from deskpulse.surveys import links
from journeys.running import Demo, Person, soon

Build = Callable[..., str]


def secret_of(folder: Path) -> str:
    """The key with which the helpdesk's own system signs links; an administrator would copy it there."""
    settings = settings_module.make(data_dir=str(folder))
    database = Database(settings.database_url)
    with database.read() as session:
        sealed = session.scalars(select(Organisation.link_key_sealed)).one()
    database.close()
    return Vault(load_keys(settings)).open(sealed)


@pytest.fixture
def link(demo: Demo) -> Build:
    """A link about a ticket as Zendesk's placeholders would fill it in, ``signed`` or not."""

    def build(ticket: dict[str, Any] | str, *, signed: bool = False, **more: str) -> str:
        if isinstance(ticket, str):
            parameters = {"tid": ticket, "rgid": "Network", **more}
        else:
            whole = demo.ticket(ticket)
            parameters = {
                "tid": str(whole["id"]),
                "rgid": str(whole["group_id"]),
                "agid": whole["assignee"]["email"],
                "cid": str(whole["requester_id"]),
                **more,
            }
        key = secret_of(demo.folder) if signed else None
        return links.build(demo.url, demo.facts["organisation"]["code"], parameters, key)

    return build


def response_page(demo: Demo, note: str) -> str:
    """The internal page that a note links to."""
    address = re.search(rf"{re.escape(demo.url)}(/responses/\d+)", note)
    assert address, note
    return demo.internal(address[1])


@pytest.mark.parametrize("damage", ["&", "&amp;", "&amp;amp;"], ids=["whole", "escaped", "escaped twice"])
def test_an_unsigned_link_about_a_ticket_nobody_was_asked_about(
    demo: Demo, person: Callable[[], Person], link: Build, damage: str
) -> None:
    ticket, customer = demo.fresh_ticket(), person()
    url = link(ticket, score="6").replace("&", damage)
    assert customer.open(url).status_code == 200
    assert customer.chosen == 6
    customer.send(6, comment="By the helpdesk's own mail")
    assert customer.heading == "Thank you"
    demo.solve(ticket)  # the answer may come before DeskPulse has seen the ticket solved
    (note,) = demo.noted(ticket)
    assert "By the helpdesk's own mail" in note
    assert demo.score_on(ticket) == "6"
    page = response_page(demo, note)
    assert demo.ticket(ticket)["requester"]["name"] in page


def test_a_signed_link_replaces_an_unsigned_one_is_kept_for_review(
    demo: Demo, person: Callable[[], Person], link: Build
) -> None:
    ticket = demo.fresh_ticket()
    person().answer(demo.asked(ticket), 9, comment="First, by the invitation")
    demo.noted(ticket)

    signed = person()
    signed.open(link(ticket, signed=True) + "&score=4")
    assert signed.chosen == 4, "what is added to a signed link does not break it"
    signed.send(4, comment="Then, by a signed link")
    demo.noted(ticket, 2)
    soon("the signed link's score on the ticket", lambda: demo.score_on(ticket) == "4")

    stranger = person()
    stranger.open(link(ticket, score="0"))
    stranger.send(0, comment="And by a link that anybody can write")
    assert stranger.heading == "Thank you"
    waiting = demo.internal("/review").partition("Kept beside a more trusted answer")[2].partition("Quarantine")[0]
    assert "And by a link that anybody can write" in waiting
    assert (len(demo.notes(ticket)), demo.score_on(ticket)) == (2, "4")
    assert demo.story(ticket)["score"] == 4


def test_a_signature_that_is_wrong_is_refused(demo: Demo, person: Callable[[], Person], link: Build) -> None:
    ticket, customer = demo.fresh_ticket(), person()
    url = link(ticket, signed=True).replace(f"tid={ticket['id']}", f"tid={int(ticket['id']) + 1}")
    assert customer.open(url).status_code == 403
    assert customer.heading == "This link does not work"
    assert not customer.has_form


def test_an_answer_about_an_unknown_ticket_is_taken(demo: Demo, person: Callable[[], Person], link: Build) -> None:
    customer = person()
    assert customer.open(link("PHONE-77", score="8")).status_code == 200
    assert "PHONE-77" in customer.text
    customer.send(8, comment="You called me back.")
    assert customer.heading == "Thank you"
    assert "You called me back." in demo.internal("/overview")


def test_links_that_nobody_can_use_say_so(demo: Demo, person: Callable[[], Person]) -> None:
    lost = person()
    for path, status in (("/s/nothing-of-ours", 404), ("/?tc=ts&cpc=nobody&tid=1", 404)):
        assert lost.open(demo.url + path).status_code == status
        assert lost.heading == "We do not know this link"
