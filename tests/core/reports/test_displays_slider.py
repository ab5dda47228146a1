"""The feedback slider: newest first, going round, and naming nobody whose score would be told by that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conftest import Clock
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.reports.displays import feedback_slider as slider_module
from deskpulse.reports.displays.feedback_slider import (
    FIELDS,
    FeedbackSlider,
    Verbatim,
    feedback_slider,
    flags,
    shorten,
)
from deskpulse.reports.question import BadQuestion
from fixtures.answers import Answers

Slide = Callable[..., FeedbackSlider]


@pytest.fixture
def slide(desk: Desk, organisation: Organisation) -> Slide:
    def slide(**asked: str) -> FeedbackSlider:
        with desk.db.read() as session:
            return feedback_slider(session, organisation, list(asked.items()), desk.now())

    return slide


@pytest.fixture
def groups(desk: Desk, organisation: Organisation) -> dict[str, int]:
    made = {}
    with desk.db.write() as session:
        for code in ("net", "db", "erp"):
            group = SupportGroup(organisation_id=organisation.id, name=code.title(), code=code)
            session.add(group)
            session.flush()
            made[code] = group.id
    return made


@pytest.fixture
def people(desk: Desk, organisation: Organisation) -> tuple[int, int]:
    """An agent and a customer."""
    mine = {"organisation_id": organisation.id}
    with desk.db.write() as session:
        connection = ConnectionRow(**mine, kind="f", key="k", name="F", secrets_sealed="", created_at=desk.now())
        session.add(connection)
        session.flush()
        mine["connection_id"] = connection.id
        agent = AgentRow(**mine, vendor_id="a", name="Ada Agent")
        customer = CustomerRow(**mine, vendor_id="c", name="Carl Customer", person="carl@x.example")
        session.add_all([agent, customer])
        session.flush()
        return agent.id, customer.id


def shown(slider: FeedbackSlider) -> str:
    assert slider.verbatim is not None
    return slider.verbatim.comment


def test_newest_first_and_round_again(clock: Clock, slide: Slide, answer: Answers) -> None:
    answer(*[10] * 5)
    for hours, comment in ((3, "third"), (1, "first"), (2, "second"), (40 * 24, "too old")):
        answer(9, comment=comment, answered_at=clock.at - timedelta(hours=hours))
    answer(9, comment="does not count", status="review")
    assert [shown(slide(at=str(at))) for at in (1, 2, 3, 4, 100)] == ["first", "second", "third", "first", "first"]
    assert (slide(at="4").position, slide().of) == (1, 3)


def test_only_so_many_in_one_round(monkeypatch: pytest.MonkeyPatch, slide: Slide, answer: Answers) -> None:
    monkeypatch.setattr(slider_module, "MOST", 2)
    answer(*[10] * 6, comment="thanks")
    assert slide().of == 2


def test_empty_and_withheld(slide: Slide, groups: dict[str, int], answer: Answers) -> None:
    empty = slide()
    assert (empty.verbatim, empty.withheld) == (None, False)
    answer(*[10] * 4, comment="thanks")
    few = slide()
    assert (few.verbatim, few.withheld) == (None, True)
    answer(10)
    assert slide().verbatim is not None


def test_filters_by_group_segment_and_score(slide: Slide, groups: dict[str, int], answer: Answers) -> None:
    answer(*[10] * 6, comment="net", group_id=groups["net"], segment1="BER")
    answer(*[3] * 6, comment="db", group_id=groups["db"], segment1="LIS")
    assert (shown(slide(rgid="net")), slide(rgid="net").of) == ("net", 6)
    assert (shown(slide(sgid="LIS")), slide(sgid="LIS").of) == ("db", 6)
    assert (slide(min="9").of, slide(max="6").of, slide(min="4", max="8").of) == (6, 6, 0)
    with pytest.raises(BadQuestion, match="tid"):
        slide(tid="1")


def test_what_is_shown_without_flags_and_with_all(
    clock: Clock, slide: Slide, groups: dict[str, int], people: tuple[int, int], answer: Answers
) -> None:
    agent, customer = people
    answer(
        *[10] * 6, comment="thanks", group_id=groups["net"], segment1="BER", segment2="FIN", factors=["speed"],
        agent_id=agent, customer_id=customer,
    )  # fmt: skip
    usual = slide().verbatim
    assert usual == Verbatim(clock.at, 10, "thanks", group="Net")
    everything = slide(display="11111111").verbatim
    assert everything == Verbatim(
        clock.at, 10, "thanks", False, ("Solved quickly",), "Net", "Ada Agent", "Carl Customer", ("BER", "FIN")
    )
    assert slide(display="0010000").verbatim == Verbatim(comment="thanks")
    assert slide(display="1111111").verbatim == replace(everything, segments=())
    for place, name in enumerate(FIELDS):
        only = slide(display="".join("1" if one == place else "0" for one in range(8))).verbatim
        given = [field for field in fields(Verbatim) if getattr(only, field.name)]
        assert [field.name for field in given] == [name]


def test_a_group_whose_score_is_withheld_is_not_named(slide: Slide, groups: dict[str, int], answer: Answers) -> None:
    answer(*[10] * 50, group_id=groups["net"])
    answer(*[10] * 6, group_id=groups["db"], comment="beside a small one")
    answer(*[0] * 3, group_id=groups["erp"], comment="small")
    answer(*[10] * 6, group_id=groups["net"], comment="large")
    named = {shown(one): one.verbatim.group for at in range(1, 16) if (one := slide(at=str(at))).verbatim}
    assert named == {"large": "Net", "beside a small one": "", "small": ""}
    assert slide(rgid="erp").withheld
    assert slide(rgid="db").withheld


def test_a_team_in_a_segment_is_named_only_where_it_may_be_scored(
    slide: Slide, groups: dict[str, int], answer: Answers
) -> None:
    answer(*[10] * 20, group_id=groups["net"], segment1="BER")
    answer(*[10] * 20, group_id=groups["db"], segment1="LIS")
    answer(*[10] * 20, group_id=groups["db"], segment1="BER")
    answer(0, group_id=groups["net"], segment1="LIS", comment="the only one of Net in Lisbon")
    everything = slide(display="00101001").verbatim
    assert everything is not None
    assert (everything.group, everything.segments) == ("Net", ())
    assert slide(sgid="LIS").verbatim == slide(sgid="LIS", display="11100000").verbatim


def test_an_agent_is_named_only_with_enough_answers(
    slide: Slide, groups: dict[str, int], people: tuple[int, int], answer: Answers
) -> None:
    answer(*[10] * 20, group_id=groups["net"])
    answer(*[10] * 4, group_id=groups["net"], agent_id=people[0], comment="thanks")
    display = "00100100"
    assert slide(display=display).verbatim == Verbatim(comment="thanks")
    answer(10, group_id=groups["net"], agent_id=people[0])
    assert slide(display=display).verbatim == Verbatim(comment="thanks", agent="Ada Agent")


def test_long_comments_end_between_words(slide: Slide, answer: Answers) -> None:
    answer(*[10] * 5, comment="It took  far\n\ntoo long. " * 40)
    said = slide().verbatim
    assert said is not None
    assert said.shortened
    assert said.comment.startswith("It took far too long. It took")
    assert said.comment.endswith(("It", "took", "far", "too", "long"))


@given(some.text(max_size=60), some.integers(4, 40))
def test_shortened_comments_are_beginnings(comment: str, longest: int) -> None:
    kept = shorten(comment, longest)
    assert len(kept) <= longest or kept == comment
    assert comment.startswith(kept)


@pytest.mark.parametrize("text", ["", "111111", "111111111", "1110100x", "yes"])
def test_flags_that_are_none(text: str) -> None:
    with pytest.raises(BadQuestion, match="date, score, comment, factors, group, agent, customer, segments"):
        flags(text)


@pytest.mark.parametrize("at", ["0", "-1", "first", "9999999"])
def test_positions_that_are_none(slide: Slide, at: str) -> None:
    with pytest.raises(BadQuestion, match="at: "):
        slide(at=at)
