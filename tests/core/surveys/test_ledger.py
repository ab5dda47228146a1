"""Who counts: recorded visits of people and machines, and what must hold for any ledger whatsoever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from deskpulse.surveys.ledger import Answer, HitKind, HitRecord, Reason, Standing, current

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHANGE = timedelta(minutes=30)


def test_traces(trace: dict[str, Any]) -> None:
    standing = current(trace["hits"], CHANGE)
    confirmed = standing.confirmed.score if standing.confirmed else None
    assert confirmed == trace["confirmed"], standing.why
    assert standing.provisional == trace["provisional"]
    assert [one.reason.name for one in standing.quarantined] == trace["quarantined"]


@some.composite
def visits(draw: some.DrawFn, name: str) -> list[HitRecord]:
    """One visitor's hits, people's and machines' ways mixed at random."""
    hits: list[HitRecord] = []
    at = START + timedelta(seconds=draw(some.integers(0, 7200)))
    for number in range(draw(some.integers(0, 6))):
        at += timedelta(seconds=draw(some.sampled_from([0, 0.3, 2.5, 40, 2000])))
        kind = draw(some.sampled_from([HitKind.VIEW, HitKind.VIEW, HitKind.ANSWER, HitKind.HEAD, HitKind.TRAP]))
        score = draw(some.none() | some.integers(0, 10))
        nonces = [hit.nonce for hit in hits if hit.kind is not HitKind.HEAD]
        free = [nonce for nonce in nonces if all(hit.uses != nonce for hit in hits)]
        is_answer = kind is HitKind.ANSWER
        hits.append(
            HitRecord(
                id=hash((name, number)),
                kind=kind,
                at=at,
                visit=name,
                nonce=f"{name}-{number}",
                uses=draw(some.sampled_from(free)) if is_answer and free and draw(some.booleans()) else None,
                score=score or 0 if is_answer else score,
                answer=Answer(score or 0) if is_answer else None,
                cookie=draw(some.booleans()),
                scripted=draw(some.booleans()),
                activated=draw(some.booleans()),
            )
        )
    return hits


LEDGERS = some.tuples(*(visits(name) for name in "abc")).map(lambda parts: [hit for part in parts for hit in part])


def says(standing: Standing) -> Any:
    return standing.history, standing.provisional, standing.quarantined


@given(LEDGERS, some.randoms())
def test_the_order_of_arrival_does_not_matter(hits: list[HitRecord], random: Any) -> None:
    shuffled = list(hits)
    random.shuffle(shuffled)
    assert says(current(shuffled, CHANGE)) == says(current(hits, CHANGE))


@given(LEDGERS)
def test_deriving_again_changes_nothing(hits: list[HitRecord]) -> None:
    assert says(current(hits + hits, CHANGE)) == says(current(hits, CHANGE))


@given(LEDGERS)
def test_opening_never_confirms(hits: list[HitRecord]) -> None:
    opened = [hit for hit in hits if hit.kind is not HitKind.ANSWER]
    assert current(opened, CHANGE).confirmed is None
    quiet = [hit for hit in hits if hit.kind is HitKind.ANSWER or hit.nonce in {one.uses for one in hits}]
    with_openings = {hit.id for hit in current(hits, CHANGE).history}
    assert with_openings <= {hit.id for hit in quiet}


@given(LEDGERS, visits("m"))
def test_a_machine_never_replaces_a_confirmed_answer(hits: list[HitRecord], machine: list[HitRecord]) -> None:
    before = current(hits, CHANGE)
    unmoved = [replace(hit, scripted=True, activated=False) for hit in machine]
    trapped = HitRecord(id=-1, kind=HitKind.TRAP, at=START, visit="t")
    posted = HitRecord(
        id=-2, kind=HitKind.ANSWER, at=START, visit="t", answer=Answer(0), score=0, cookie=True, activated=True
    )
    after = current([*hits, *unmoved, trapped, posted], CHANGE)
    assert after.history == before.history


@given(LEDGERS, some.integers(0, 100_000))
def test_when_a_machine_comes_does_not_matter(hits: list[HitRecord], seconds: int) -> None:
    scan = [
        HitRecord(id=-score - 1, kind=HitKind.VIEW, at=START + timedelta(seconds=seconds), visit="s", score=score)
        for score in range(11)
    ]
    assert current([*hits, *scan], CHANGE).history == current(hits, CHANGE).history


@given(LEDGERS)
def test_every_answer_counts_or_has_a_reason(hits: list[HitRecord]) -> None:
    standing = current(hits, CHANGE)
    counted = {hit.id for hit in standing.history}
    for hit in hits:
        if hit.kind is HitKind.ANSWER:
            assert (hit.id in counted) is (standing.reason(hit.id) is None)
    assert standing.confirmed is None or standing.provisional is None


def judged(hits: list[HitRecord], kind: HitKind, number: int, which: int, minutes: int = 600) -> HitRecord:
    """Someone's verdict about one of the hits."""
    at = START + timedelta(minutes=minutes)
    return HitRecord(id=10**19 + number, kind=kind, at=at, judges=hits[which % len(hits)].id if hits else 1, by="ann")


@given(LEDGERS, some.integers(0, 99), some.integers(0, 600))
def test_accepting_counts_only_where_nothing_is_confirmed(hits: list[HitRecord], which: int, minutes: int) -> None:
    before = current(hits, CHANGE)
    verdict = judged(hits, HitKind.ACCEPT, 1, which, minutes)
    after = current([*hits, verdict], CHANGE)
    earlier = [hit for hit in before.history if hit.at <= verdict.at]
    assert after.history[: len(earlier)] == tuple(earlier)
    if not earlier and after.accepted is not None:
        assert after.history[0].id == verdict.judges
        assert after.reason(after.history[0].id) is None
        assert after.history[0] not in [one.hit for one in after.quarantined]


@given(LEDGERS, some.integers(0, 99))
def test_what_is_held_can_be_accepted_and_then_stands(hits: list[HitRecord], which: int) -> None:
    before = current(hits, CHANGE)
    if before.confirmed is None and before.quarantined:
        held = before.quarantined[which % len(before.quarantined)].hit
        first = judged([held], HitKind.ACCEPT, 1, 0)
        after = current([*hits, first], CHANGE)
        assert after.history == (held,)
        assert after.provisional is None
        assert "accepted by ann" in after.why
        others = [one.hit for one in after.quarantined]
        second = judged([*others, held], HitKind.ACCEPT, 2, which, 700)
        assert current([*hits, first, second], CHANGE).history == (held,)


@given(LEDGERS, some.integers(0, 99))
def test_rejecting_only_marks(hits: list[HitRecord], which: int) -> None:
    before = current(hits, CHANGE)
    verdict = judged(hits, HitKind.REJECT, 1, which)
    after = current([*hits, verdict], CHANGE)
    assert after.history == before.history
    assert [(one.hit, one.reason) for one in after.quarantined] == [(one.hit, one.reason) for one in before.quarantined]
    assert {one.hit.id for one in after.quarantined if one.rejected} <= {verdict.judges}


def test_the_time_for_changing_ends() -> None:
    def pair(number: int, minutes: float, score: int) -> list[HitRecord]:
        at = START + timedelta(minutes=minutes)
        opened = HitRecord(id=number, kind=HitKind.VIEW, at=at, visit="a", nonce=f"n{number}")
        sent = HitRecord(
            id=number + 1,
            kind=HitKind.ANSWER,
            at=at + timedelta(seconds=5),
            visit="a",
            uses=f"n{number}",
            score=score,
            answer=Answer(score),
            cookie=True,
            scripted=True,
            activated=True,
        )
        return [opened, sent]

    hits = [*pair(1, 0, 2), *pair(3, 29, 9), *pair(5, 31, 0)]
    standing = current(hits, CHANGE)
    assert [hit.score for hit in standing.history] == [2, 9]
    assert [one.reason for one in standing.quarantined] == [Reason.CHANGED_LATE]
    assert "after 1 change." in standing.why
