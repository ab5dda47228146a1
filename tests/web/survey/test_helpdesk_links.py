"""Links that the helpdesk builds: what they may hold, what is forgiven, and what becomes of their answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, Segment, SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.models import Job
from deskpulse.surveys import links, responses, review
from deskpulse.surveys.models import Hit, Resolution, Response, TicketRow


@pytest.fixture(autouse=True)
def directory(desk: Desk, organisation: Organisation) -> None:
    mine = {"organisation_id": organisation.id}
    with desk.db.write() as session:
        session.add(SupportGroup(**mine, name="Service Desk", code="SD"))
        session.add(SupportGroup(**mine, name="Networks", code="NET"))
        session.add(Segment(**mine, position=1, code="BER", name="Berlin"))


@pytest.fixture
def link(desk: Desk, organisation: Organisation) -> Any:
    def link(*, signed: bool = False, **parameters: str) -> str:
        key = desk.vault.open(organisation.link_key_sealed) if signed else None
        built = links.build("http://x", organisation.code, {"tid": "4711", "rgid": "SD", **parameters}, key)
        return built.removeprefix("http://x")

    return link


def only(desk: Desk) -> Response:
    with desk.db.read() as session:
        return session.scalars(select(Response)).one()


def everything(desk: Desk) -> list[Response]:
    with desk.db.read() as session:
        return list(session.scalars(select(Response).order_by(Response.id)))


def told(session: Session) -> list[str]:
    """The jobs that carry answers on; those that only ask the helpdesks about a link are left out."""
    return [kind for kind in session.scalars(select(Job.kind)) if kind != "trace_response"]


def group(desk: Desk, code: str) -> int:
    with desk.db.read() as session:
        return session.scalars(select(SupportGroup.id).where(SupportGroup.code == code)).one()


def test_an_answer_about_a_known_ticket(desk: Desk, ask: Any, browser: Any, link: Any) -> None:
    ask("4711", group_id=group(desk, "NET"))
    person = browser()
    assert person.open(link(sgid="BER", cid="Kim@Northwind.example") + "&score=9").status_code == 200
    assert person.chosen == 9
    assert "Printer on the third floor" in person.text
    assert "opt-out" not in person.text
    sent = person.send(9)
    assert sent.status_code == 303
    assert "Thank you" in person.open(sent.location).get_data(as_text=True)
    response = only(desk)
    assert (response.status, response.current, response.entrance, response.tid) == ("counted", True, "unsigned", "4711")
    assert response.group_id == group(desk, "NET"), "the snapshot wins over the link"
    assert (response.segment1, response.link_parameters["cid"]) == ("BER", "Kim@Northwind.example")


@pytest.mark.parametrize("rgid", ["SD", "service desk"])
def test_damaged_ampersands_and_names_of_groups(desk: Desk, browser: Any, link: Any, rgid: str) -> None:
    person = browser()
    person.open(link(rgid=rgid).replace("&", "&amp;"))
    person.send(4)
    assert (only(desk).group_id, only(desk).status) == (group(desk, "SD"), "counted")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"rgid": "XX"}, "rgid"), ({"rgid": ""}, "rgid"), ({"sgid1": "PAR"}, "sgid1"), ({"tid": "{{ticket.id}}"}, "tid")],
)
def test_data_in_error_is_kept_and_mended(desk: Desk, browser: Any, link: Any, wrong: Any, says: str) -> None:
    person = browser()
    person.open(link(**wrong))
    assert person.send(2, comment="Well").status_code == 303
    with desk.db.read() as session:
        (found,) = review.in_error(session, 1)
    assert (found.current, found.comment) == (False, "Well")
    assert says in (found.problem or "")
    with desk.db.write() as session:
        assert told(session) == []
        mended = responses.mend(desk, session, 1, found.id, actor="ada", group_id=group(desk, "NET"))
        assert mended is not None
        assert responses.mend(desk, session, 999, found.id, actor="ada", group_id=1) is None
    assert (only(desk).status, only(desk).current, only(desk).group_id) == ("counted", True, group(desk, "NET"))
    with desk.db.read() as session:
        assert told(session) == ["tell_response"]


def test_a_missing_record_heals_once_it_is_made(desk: Desk, browser: Any, link: Any) -> None:
    person = browser()
    person.open(link(rgid="NEW"))
    person.send(9)
    with desk.db.write() as session:
        assert responses.recheck(desk, session, 1) == 0
        session.add(SupportGroup(organisation_id=1, name="Brand new", code="NEW"))
        session.flush()
        assert responses.recheck(desk, session, 1) == 1
    assert (only(desk).status, only(desk).group_id) == ("counted", group(desk, "NEW"))


def test_links_without_a_ticket_do_not_share_a_page(desk: Desk, browser: Any, link: Any) -> None:
    first, second = browser(), browser()
    first.open(link(tid=""))
    first.send(1, comment="Mine")
    second.open(link(tid=""))
    assert "Mine" not in second.text
    second.send(2)
    with desk.db.write() as session:
        for response in everything(desk):
            responses.mend(desk, session, 1, response.id, actor="ada", group_id=1)
    assert [(response.score, response.current) for response in everything(desk)] == [(1, True), (2, True)]


def test_a_plus_that_nobody_encoded_is_forgiven(
    desk: Desk, organisation: Organisation, ask: Any, browser: Any, link: Any
) -> None:
    ask("1")
    with desk.db.write() as session:
        mine = {"organisation_id": organisation.id, "connection_id": 1}
        session.add(AgentRow(**mine, vendor_id="a", name="Ada", email="ada+it@x.example"))
        session.add(CustomerRow(**mine, vendor_id="c", name="Kim", email="kim+it@x.example", person="kim+it@x.example"))
    person = browser()
    person.open(link() + "&agid=ada+it@x.example&cid=kim+it@x.example")
    person.send(3)
    assert (only(desk).agent_id, only(desk).customer_id, only(desk).person) == (1, 1, "kim+it@x.example")


def test_one_name_for_tickets_of_two_helpdesks_is_an_error_unless_one_is_gone(
    desk: Desk, organisation: Organisation, ask: Any, browser: Any, link: Any
) -> None:
    ask("4711")
    with desk.db.write() as session:
        mine = {"organisation_id": organisation.id}
        other = ConnectionRow(**mine, kind="f", key="k2", name="Other", secrets_sealed="", created_at=desk.now())
        session.add(other)
        session.flush()
        session.add(TicketRow(**mine, connection_id=other.id, vendor_id="4711", number="x"))
    person = browser()
    person.open(link())
    person.send(3)
    assert (only(desk).status, only(desk).problem) == ("error", "Several tickets are called '4711'.")
    with desk.db.write() as session:
        session.execute(update(ConnectionRow).where(ConnectionRow.key == "k2").values(active=False))
        assert responses.recheck(desk, session, organisation.id) == 1
    assert (only(desk).status, only(desk).ticket_id) == ("counted", 1)
    with desk.db.read() as session:
        assert "write_back" in told(session)


def test_an_unknown_ticket_is_attached_later(desk: Desk, organisation: Organisation, browser: Any, link: Any) -> None:
    person = browser()
    person.open(link(agid="Ada"))
    person.send(3)
    with desk.db.read() as session:
        assert told(session) == ["tell_response"]
    with desk.db.write() as session:
        mine = {"organisation_id": organisation.id}
        session.add(ConnectionRow(**mine, kind="f", key="k", name="F", secrets_sealed="", created_at=desk.now()))
        session.flush()
        ticket = TicketRow(**mine, connection_id=1, vendor_id="99", number="4711")
        customer = CustomerRow(**mine, connection_id=1, vendor_id="c", name="Kim", person="kim@x.example")
        session.add_all([ticket, customer])
        session.flush()
        session.add(
            Resolution(
                **mine,
                ticket_id=ticket.id,
                key="1",
                outcome="solved",
                subject="Printer",
                group_id=group(desk, "NET"),
                customer_id=customer.id,
                person="kim@x.example",
                resolved_at=desk.now(),
                seen_at=desk.now(),
            )
        )
        session.flush()
        assert responses.attach(desk, session, organisation.id, ticket.id) == 1
    response = only(desk)
    assert (response.ticket_id, response.person, response.group_id) == (ticket.id, "kim@x.example", group(desk, "NET"))
    with desk.db.read() as session:
        (job,) = session.scalars(select(Job).where(Job.kind == "write_back"))
    assert (job.key, job.lane, job.connection_id) == (f"{response.id}.1", f"ticket:{ticket.id}", 1)


def test_signatures(desk: Desk, organisation: Organisation, browser: Any, link: Any) -> None:
    person = browser()
    assert person.open(link(signed=True, agid="Ada Lovelace") + "&score=3").status_code == 200
    person.send(3)
    assert only(desk).entrance == "signed"
    assert "sig" not in only(desk).link_parameters
    for forged in (link(signed=True).replace("4711", "4712"), link() + "&sig=0", link() + "&sig=", link() + "&sig=é"):
        assert browser().open(forged).status_code == 403
    with desk.db.write() as session:
        stored = session.merge(organisation)
        organisations.change_preferences(desk, session, stored, {"require_signed_links": True}, "ada")
    assert browser().open(link(tid="5")).status_code == 403
    assert browser().open(link(tid="5", signed=True)).status_code == 200


def test_unsigned_never_replaces_ours_but_signed_does(desk: Desk, ask: Any, browser: Any, link: Any) -> None:
    token = ask("4711")
    for path in (f"/s/{token}", link(), link(agid="x"), link(signed=True)):
        person = browser()
        person.open(path)
        person.send(5)
    found = [(response.entrance, response.status, response.current) for response in everything(desk)]
    assert found == [
        ("token", "counted", False),
        ("unsigned", "review", False),
        ("unsigned", "review", False),
        ("signed", "counted", True),
    ]
    with desk.db.read() as session:
        assert len(review.for_review(session, 1)) == 2


def test_only_a_signed_link_tells_others_what_was_written(browser: Any, link: Any) -> None:
    """Whoever has one unsigned link can put together those about other tickets."""
    for path, tells in ((link(), False), (link(signed=True), True)):
        person = browser()
        person.open(path)
        person.send(3, comment="About my manager", factor=["speed"], contact="1")
        other = browser()
        other.open(path)
        assert "Already answered" in other.text
        for words in ("About my manager", "Took too long to solve", "Contact was asked for"):
            assert (words in other.text) is tells


def test_after_thirty_days_both_count(desk: Desk, clock: Any, browser: Any, link: Any) -> None:
    for days in (0, 29, 31):
        clock.advance(days=days)
        person = browser()
        person.open(link())
        if days == 29:
            assert "Already answered" in person.text
        else:
            person.send(days % 10)
    assert [(response.score, response.current) for response in everything(desk)] == [(0, True), (1, True)]


def test_solved_again_the_same_link_asks_again(desk: Desk, clock: Any, ask: Any, browser: Any, link: Any) -> None:
    ask("4711")
    clock.advance(minutes=1)
    first = browser()
    first.open(link(signed=True))
    first.send(2)
    clock.advance(days=1)
    with desk.db.write() as session:
        session.add(
            Resolution(
                organisation_id=1, ticket_id=1, key="2", outcome="solved", subject="Again", resolved_at=clock.at,
                seen_at=clock.at,
            )
        )  # fmt: skip
    clock.advance(minutes=1)
    second = browser()
    second.open(link(signed=True))
    assert "Again" in second.text
    second.send(9)
    found = [(response.score, response.current, response.resolution_id) for response in everything(desk)]
    assert found == [(2, False, 1), (9, True, 2)]


def test_a_test_link_stores_nothing(desk: Desk, browser: Any, link: Any) -> None:
    person = browser()
    person.open(link() + "&discard")
    assert "test link" in person.text
    sent = person.send(9)
    assert "nothing was stored" in person.open(sent.location).get_data(as_text=True)
    with desk.db.read() as session:
        assert session.scalar(select(func.count(Hit.id))) == 0


def test_what_is_no_survey_link(browser: Any, link: Any) -> None:
    for path in ("/?tc=ts&cpc=nobody&tid=1&rgid=SD", "/?tid=1", "/?tc=rs&cpc=northwind"):
        assert browser().open(path).status_code == 404
    assert browser().open(link(tid="x" * 201)).status_code == 400
    assert browser().open(link() + "&a=" * 50).status_code in (200, 400)
    assert browser().open("/").location == "/overview"
    page = browser()
    page.open(link() + "&_external=1&_scheme=javascript&_anchor=x")
    assert urlsplit(page.action).scheme == ""
