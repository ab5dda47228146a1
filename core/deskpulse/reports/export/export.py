"""Exports: every answer of a question with all that was captured of its ticket, as a stream of any length.

Memory does not grow with the number of answers. Whoever takes the stream to its end has all of it: an export that
cannot go on raises, so that a download breaks off visibly, and a file that the command line writes gets its name only
when it is whole. The number of answers is told beforehand, so that the receiver can count.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.reports.export.columns import Names
from deskpulse.reports.export.formats import Format, csv_lines, json_lines
from deskpulse.reports.export.rows import reading
from deskpulse.reports.question import Question
from deskpulse.scoring.periods import Month


@dataclass(frozen=True, slots=True)
class Export:
    """An export that has begun. ``rows`` is the number of its answers, ``pieces`` the file.

    Whoever does not take all pieces closes them, which gives the database connection back.
    """

    rows: int
    pieces: Generator[bytes, None, None]


def begin(desk: Desk, organisation: Organisation, question: Question, form: Format, *, every: bool = False) -> Export:
    """Begin an export; with ``every``, answers that do not count come too, told apart by their status."""
    begun = _export(desk, organisation, question, form, every=every)
    rows = int(next(begun))
    return Export(rows, begun)


def _export(
    desk: Desk, organisation: Organisation, question: Question, form: Format, *, every: bool
) -> Generator[bytes, None, None]:
    """First the number of answers in digits, which :func:`begin` takes, then the file."""
    zone = ZoneInfo(organisation.time_zone)
    with reading(desk.db, question.scope, every=every) as answers:
        names = Names.of(answers.session, organisation.id)
        yield b"%d" % answers.count()
        if form is Format.CSV:
            yield from csv_lines(answers.batches(), names, zone, answers.field_names())
        else:
            yield from json_lines(answers.batches(), names, zone)


def file_name(question: Question, form: Format) -> str:
    """Such as ``responses-2026-07.csv``, or with both days of another period."""
    period = question.period
    days = str(period) if isinstance(period, Month) else f"{period.first}-to-{period.last}"
    return f"responses-{days}.{form}"
