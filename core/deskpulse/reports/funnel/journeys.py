"""Journeys: for each resolution how far it came, in one narrow row, so that a funnel need not join six tables.

A journey is true unless its resolution is *pending*: marked by a trigger (a Decision, an invite that changed, a
response that was replaced, mended or removed, a resolution that was removed), or with hits on its link that no fold has
judged. Readers take pending ones from the tables themselves, so that every number is exact at once; :func:`fold` makes
their journeys anew, and keeps their counts by day (:mod:`deskpulse.reports.funnel.days`). Taking an answer and opening
a page mark nothing: both leave a hit, and hits are numbered. Only a hit whose transaction stays open longer than
:data:`LAG` could be passed over.

Whether a visit is a machine's is the ledger's to say (:mod:`deskpulse.surveys.ledger`); ``look`` keeps its verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, bindparam, case, delete, exists, func, insert, select, union, update
from sqlalchemy.orm import Session

from deskpulse.db.database import upsert
from deskpulse.db.locks import lock_name
from deskpulse.desk import Desk
from deskpulse.reports.funnel import days
from deskpulse.reports.funnel.models import Journey, JourneyMark, JourneyProgress
from deskpulse.reports.funnel.stages import NOT_ELIGIBLE, Stage
from deskpulse.surveys import invites, ledger, rules
from deskpulse.surveys.models import Decision, Hit, Invite, Resolution, Response
from deskpulse.surveys.visits import record_of

LAG = timedelta(minutes=2)
"""Younger hits are judged by every reader, and folded later: some with smaller numbers may still be on the way."""
AT_ONCE = 1000
"""Marks, and hits, that one transaction folds, so that on SQLite nobody waits for long."""
MOST_JUDGED = 2000
"""Links that one reader judges. More are pending only while a fold has a backlog; those count as not opened so far."""
UNSEEN, SEEN, SCORED = 0, 1, 2
"""What ``look`` says: nobody but machines opened the page, somebody did, somebody chose a score."""
BY_RULE = "rule"
"""The channel of what a rule in the helpdesk sends by itself: DeskPulse hands nothing over."""
_UNDELIVERED = (invites.BOUNCED, invites.REFUSED, invites.CANCELLED)


@dataclass(frozen=True, slots=True)
class Looks:
    """What the ledger says of links that no fold has judged, by invite; ``complete`` unless there were too many.

    ``done`` is the last hit that was folded.
    """

    by_invite: Mapping[int, int]
    done: int = 0
    complete: bool = True

    @property
    def values(self) -> dict[str, Any]:
        """Parameters of :data:`LIVE`."""
        return {f"look{look}": [invite for invite, one in self.by_invite.items() if one == look] for look in range(3)}


def _look() -> Any:
    given = ((Invite.id.in_(bindparam(f"look{look}", expanding=True)), look) for look in (UNSEEN, SEEN, SCORED))
    return case(*given, else_=func.coalesce(Journey.look, UNSEEN))


def _stage(look: Any) -> Any:
    delivered = (Invite.state == invites.ANSWERED) | (Invite.sent_at.is_not(None) & Invite.state.not_in(_UNDELIVERED))
    answered = (
        select(func.max(case((Response.comment != "", Stage.COMMENTED), else_=Stage.CONFIRMED)))
        .where(
            Response.ticket_id == Resolution.ticket_id,
            Response.resolution_id == Resolution.id,
            Response.status == "counted",
        )
        .scalar_subquery()
    )
    seen = case((look == SCORED, Stage.SCORED), (look == SEEN, Stage.OPENED), else_=Stage.DELIVERED)
    return case(
        (~Decision.asked, case((Decision.reason.in_(NOT_ELIGIBLE), Stage.RESOLVED), else_=Stage.ELIGIBLE)),
        (Invite.id.is_not(None) & delivered, func.coalesce(answered, seen)),
        else_=Stage.ASKED,
    )


def _live() -> Select[Any]:
    look = _look()
    channel = case((Decision.reason == rules.BY_HELPDESK, BY_RULE), else_=func.coalesce(Invite.channel, ""))
    return (
        select(
            Resolution.id.label("resolution_id"),
            Resolution.organisation_id,
            Resolution.resolved_at,
            func.coalesce(Resolution.group_id, 0).label("group_id"),
            channel.label("channel"),
            Decision.reason,
            _stage(look).label("stage"),
            look.label("look"),
        )
        .join(Decision, Decision.resolution_id == Resolution.id)
        .outerjoin(Invite, Invite.resolution_id == Resolution.id)
        .outerjoin(Journey, Journey.resolution_id == Resolution.id)
    )


LIVE = _live()
"""Journeys from all other tables, with the columns of :class:`Journey` in their order. The verdicts are parameters."""
_THESE = select(*Journey.__table__.columns).where(Journey.resolution_id.in_(bindparam("wanted", expanding=True)))
_FRESH = select(Hit.link).where(Hit.id > bindparam("done"), Hit.organisation_id == bindparam("organisation"))
PENDING: Any = union(
    select(JourneyMark.resolution_id).where(JourneyMark.organisation_id == bindparam("organisation")),
    select(Invite.resolution_id).where(Invite.token_digest.in_(_FRESH)),
    select(Response.resolution_id).where(Response.link.in_(_FRESH), Response.resolution_id.is_not(None)),
)
"""Resolutions of an ``organisation`` whose journey is not to be trusted, or not there; ``done`` is the last hit folded.

That is a parameter because a planner that knows it sees that few hits are newer.
"""


def looks(session: Session, organisation_id: int) -> Looks:
    """Judge the links of pending resolutions that have news for the ledger."""
    values = {"organisation": organisation_id, "done": _done(session)}
    pending = PENDING.subquery()
    unknown = Journey.resolution_id.is_(None) & exists().where(Hit.link == Invite.token_digest)
    wanted = (
        select(Invite.id, Invite.token_digest)
        .join(pending, pending.c.resolution_id == Invite.resolution_id)
        .outerjoin(Journey, Journey.resolution_id == Invite.resolution_id)
        .where(unknown | Invite.token_digest.in_(_FRESH))
        .limit(MOST_JUDGED + 1)
    )
    found = session.execute(wanted, values).all()
    judged = _judge(session, {link: id_ for id_, link in found[:MOST_JUDGED]})
    return Looks(judged, values["done"], len(found) <= MOST_JUDGED)


def fold(desk: Desk, batches: int | None = None) -> int:
    """Make the journeys of all that is pending anew, but for the newest hits; how many marks and hits that were.

    Then days are counted that are not yet, as after a change of time zone. ``batches`` bounds either work, for whoever
    has other things to do as well: an upgrade leaves a mark for every ticket.
    """
    done, left = 0, batches
    while left != 0:
        some = _fold_some(desk)
        if not some:
            break
        done += some
        left = None if left is None else left - 1
    days.make(desk, batches)
    return done


def rebuild(desk: Desk, organisation_id: int) -> int:
    """Make every journey of an organisation anew, the ledger's verdicts included; how many.

    What is read meanwhile is exact but for openings, see :data:`MOST_JUDGED`.
    """
    decided = select(Decision.organisation_id, Decision.resolution_id).where(
        Decision.organisation_id == organisation_id
    )
    with desk.db.write() as session:
        lock_name(session, days.LOCK)
        days.forget(session, organisation_id)
        session.execute(delete(Journey).where(Journey.organisation_id == organisation_id))
        session.execute(insert(JourneyMark).from_select(["organisation_id", "resolution_id"], decided))
    return fold(desk)


def _fold_some(desk: Desk) -> int:
    """Fold some marks and some hits; how many there were. A mark is removed before what it is about is read."""
    with desk.db.write() as session:
        lock_name(session, days.LOCK)
        marks = session.execute(select(JourneyMark.id, JourneyMark.resolution_id).limit(AT_ONCE)).all()
        session.execute(delete(JourneyMark).where(JourneyMark.id.in_([mark.id for mark in marks])))
        hits = _next_hits(session, desk.now() - LAG)
        wanted = {mark.resolution_id for mark in marks} | _about(session, hits.values())
        if wanted:
            _make(session, wanted, set(hits.values()))
        if hits:
            known = session.execute(update(JourneyProgress).values(hit_id=max(hits)).returning(JourneyProgress.hit_id))
            if known.first() is None:
                session.add(JourneyProgress(hit_id=max(hits)))
    return len(marks) + len(hits)


def _done(session: Session) -> int:
    return session.scalar(select(func.max(JourneyProgress.hit_id))) or 0


def _next_hits(session: Session, before: datetime) -> dict[int, str]:
    """Links by hit, from the last one known up to the first that is too young."""
    fresh = select(Hit.id, Hit.link, Hit.at).where(Hit.id > _done(session)).order_by(Hit.id)
    rows = session.execute(fresh.limit(AT_ONCE)).all()
    young = next((at for at, row in enumerate(rows) if row.at >= before), len(rows))
    return {row.id: row.link for row in rows[:young]}


def _about(session: Session, links: Collection[str]) -> set[int]:
    """The resolutions that links are about."""
    asked = select(Invite.resolution_id).where(Invite.token_digest.in_(links))
    answered = select(Response.resolution_id).where(Response.link.in_(links), Response.resolution_id.is_not(None))
    return set(session.scalars(union(asked, answered)))


def _make(session: Session, wanted: Collection[int], fresh: Collection[str]) -> None:
    """Make these journeys anew, or remove them where the resolution was, and keep the counts by day."""
    before = session.execute(_THESE, {"wanted": list(wanted)}).all()
    known = {journey.resolution_id for journey in before}
    rows = session.execute(
        select(Invite.id, Invite.token_digest, Invite.resolution_id).where(Invite.resolution_id.in_(wanted))
    )
    judged = {row.token_digest: row.id for row in rows if row.token_digest in fresh or row.resolution_id not in known}
    live = LIVE.where(Resolution.id.in_(bindparam("wanted", expanding=True)))
    columns = [column.name for column in Journey.__table__.columns]
    statement = upsert(session, Journey).from_select(columns, live)
    changed = {name: statement.excluded[name] for name in columns if name != "resolution_id"}
    statement = statement.on_conflict_do_update(index_elements=["resolution_id"], set_=changed)
    values = Looks(_judge(session, judged)).values
    session.connection().execute(statement, {"wanted": list(wanted), **values})
    left = exists().where(Decision.resolution_id == Journey.resolution_id)
    session.execute(delete(Journey).where(Journey.resolution_id.in_(known), ~left))
    days.change(session, before, session.execute(_THESE, {"wanted": list(wanted)}).all())


def _judge(session: Session, invites_by_link: Mapping[str, int]) -> dict[int, int]:
    """The ledger's verdict on each of these links, by invite."""
    found = dict.fromkeys(invites_by_link.values(), UNSEEN)
    links = list(invites_by_link)
    for begin in range(0, len(links), AT_ONCE):
        some = select(*Hit.__table__.columns).where(Hit.link.in_(links[begin : begin + AT_ONCE]))
        rows = session.connection().execute(some.order_by(Hit.link, Hit.id))
        for link, hits in groupby(rows, key=lambda row: str(row.link)):
            found[invites_by_link[link]] = _verdict([record_of(row) for row in hits])
    return found


def _verdict(hits: list[ledger.HitRecord]) -> int:
    """Somebody chose a score where an answer of theirs is kept that one more press would have made count, too."""
    if any(hit.score is not None for hit in hits):
        standing = ledger.current(hits, timedelta(0))
        unconfirmed = (one for one in standing.quarantined if one.reason in ledger.NEEDS_CONFIRMING)
        if standing.history or standing.provisional is not None or any(one.rejected is None for one in unconfirmed):
            return SCORED
    return SEEN if ledger.was_seen(hits) else UNSEEN
