"""Revisions: numbers that change with the answers, or the directory, of an organisation.

Screens and dashboards ask for the same again and again. What was made of one revision is true as long as that is the
newest, so it is kept in the process (:class:`~deskpulse.db.memory.Memory`), and a page asks once which revision it is.

The answers' revision is how often roll-ups were folded, and how many marks have come since
(:class:`~deskpulse.surveys.models.StaleDay`): a fold alone removes marks, so no two states have the same. That of the
directory, which is support groups and segments, is counted by triggers, at the end of the transaction so that nobody
who changes a group waits for another. Folds and changes are told as one number, which either makes larger.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from deskpulse.db.database import MEMORY, detached, upsert
from deskpulse.db.types import Base
from deskpulse.organisation.models import Organisation
from deskpulse.surveys.models import StaleDay

T = TypeVar("T")


class Subject(StrEnum):
    """What has revisions."""

    ANSWERS = "answers"
    DIRECTORY = "directory"


class Revision(Base):
    """How often something happened to a subject: a fold, or a change of a group or segment."""

    __tablename__ = "revision"

    organisation_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


def _revisions(organisation_id: Any) -> Sequence[Any]:
    """Columns: changes of the directory with folds, which both only ever grow, and marks."""
    numbers = select(func.sum(Revision.number)).where(Revision.organisation_id == organisation_id)
    marks = select(func.count()).where(StaleDay.organisation_id == organisation_id)
    return numbers.scalar_subquery().label("numbers"), marks.scalar_subquery().label("marks")


_REVISIONS = select(*_revisions(bindparam("organisation")))
_BY_CODE = select(*Organisation.__table__.columns, *_revisions(Organisation.id)).where(
    Organisation.code == bindparam("code")
)
_KNOWN = "deskpulse_revisions"


def recall(
    session: Session,
    organisation_id: int,
    subject: Subject,
    question: Callable[[], Hashable],
    make: Callable[[], T],
    size: Callable[[T], int],
) -> T:
    """What was made for a question about the present revision, or is made now. Nobody may change it.

    A transaction that may write always makes it: it sees what others do not. One that reads looks for the revision
    once, so that its answers are as new as its first one, or newer.
    """
    memory = session.info.get(MEMORY)
    if memory is None:
        return make()
    key = (organisation_id, subject, _revision(session, organisation_id, subject), question())
    found: T | None = memory.get(key)
    if found is None:
        found = make()
        memory.keep(key, found, size(found))
    return found


def next_answers(session: Session, organisation_id: int) -> None:
    """Note that the roll-ups were folded, in the transaction that removes the marks."""
    statement = upsert(session, Revision).values(organisation_id=organisation_id, subject=Subject.ANSWERS, number=1)
    key = ["organisation_id", "subject"]
    session.execute(statement.on_conflict_do_update(index_elements=key, set_={"number": Revision.number + 1}))


def organisation_by_code(session: Session, code: str) -> Organisation | None:
    """The organisation with that public code, as it is now: no session holds it. Its revisions come with it."""
    row = session.connection().execute(_BY_CODE, {"code": code}).first()
    if row is None:
        return None
    found = detached(Organisation, row)
    _note(session, found.id, row)
    return found


def _revision(session: Session, organisation_id: int, subject: Subject) -> Hashable:
    known: dict[Subject, Hashable] | None = session.info.get((_KNOWN, organisation_id))
    if known is None:
        row = session.connection().execute(_REVISIONS, {"organisation": organisation_id}).one()
        known = _note(session, organisation_id, row)
    return known[subject]


def _note(session: Session, organisation_id: int, row: Any) -> dict[Subject, Hashable]:
    known: dict[Subject, Hashable] = {Subject.ANSWERS: (row.numbers, row.marks), Subject.DIRECTORY: row.numbers}
    session.info[_KNOWN, organisation_id] = known
    return known
