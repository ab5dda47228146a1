"""The Survey Responses Report: what was asked for, in words, and every response that it is about.

One record for the page, the PDF and the CSV. The headings of the CSV are kept for those who read it by machine:

==================  ======================================================================================
Response_ID         our number of the response; /responses/<number> shows it
Date, Time_Zone     when it was answered, in the organisation's time zone, which is named beside it
Customer            name, or address, of the customer
Ticket, Subject     number of the ticket, or its id where no more is known; its subject
Segment_1           as CIOPulse calls it: name, or else code, of the segment
Segment_2           likewise
Support_Group       name, or empty
Agent               name, or empty
Overall_Sat         as CIOPulse calls it: the score from 0 to 10
Band                promoter, passive or detractor
Factor_<code>       one for each experience factor: praise, blame, or empty where it was not ticked
Contact_Wanted      Y or N
Comments            as CIOPulse calls it: the customer's words
==================  ======================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.dimensions import GROUP, SCORE, Dimension
from deskpulse.reports.levels import labels
from deskpulse.reports.question import Question
from deskpulse.reports.responses import rows as listing
from deskpulse.reports.responses.rows import ResponseRow
from deskpulse.reports.responses.sorting import Sort
from deskpulse.reports.responses.tables import Column, csv_lines
from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import count
from deskpulse.scoring.bands import Band, band_of
from deskpulse.surveys.factors import FACTORS, Factor

TITLE = "Survey Responses Report"


class Mark(StrEnum):
    """What a customer made of one experience factor; ``label`` is for those who do not see its sign."""

    PRAISE = "praise"
    BLAME = "blame"
    NONE = ""

    @property
    def sign(self) -> str:
        """A tick, a cross, a hyphen."""
        return {"praise": "\N{CHECK MARK}", "blame": "\N{MULTIPLICATION X}", "": "-"}[self.value]

    @property
    def label(self) -> str:
        """In a word or two."""
        return self.value or "not mentioned"


def mark(row: ResponseRow, factor: Factor) -> Mark:
    """What this customer made of a factor: what promoters tick is praise, all others tick what let them down."""
    if factor.code not in row.factors:
        return Mark.NONE
    return Mark.PRAISE if band_of(row.score) is Band.PROMOTER else Mark.BLAME


@dataclass(frozen=True, slots=True)
class Report:
    """``criteria`` are names and values in words; ``rows`` are read once, while they are written out.

    ``standing`` is the score of exactly these responses; it may be withheld, which nobody may get around.
    """

    organisation: str
    made_at: datetime
    time_zone: ZoneInfo
    criteria: Sequence[tuple[str, str]]
    standing: Standing
    sort: Sort
    rows: Iterable[ResponseRow]
    title: str = TITLE
    factors: Sequence[Factor] = field(default=FACTORS)

    @property
    def columns(self) -> Sequence[Column[ResponseRow]]:
        """What a row says, in the order of the file."""
        return columns(self.time_zone)

    @property
    def file_name(self) -> str:
        """Without an ending."""
        return f"survey-responses-{self.made_at.astimezone(self.time_zone):%Y-%m-%d}"

    def csv(self) -> Iterator[str]:
        """The file, in pieces."""
        return csv_lines(self.columns, self.rows)


def report(desk: Desk, organisation: Organisation, question: Question, sort: Sort = Sort.NEWEST_FIRST) -> Report:
    """The report on all responses that a question is about."""
    with desk.db.read() as session:
        return _report(desk, session, organisation, question, sort, listing.every(desk, question.scope, sort))


def report_page(
    desk: Desk, organisation: Organisation, question: Question, sort: Sort, page: Sequence[ResponseRow]
) -> Report:
    """The same with the rows of one page."""
    with desk.db.read() as session:
        return _report(desk, session, organisation, question, sort, page)


def _report(
    desk: Desk,
    session: Session,
    organisation: Organisation,
    question: Question,
    sort: Sort,
    of_rows: Iterable[ResponseRow],
) -> Report:
    minimum = Preferences.of(organisation.preferences).minimum_responses
    return Report(
        organisation.name,
        desk.now(),
        ZoneInfo(organisation.time_zone),
        criteria(session, organisation, question, sort),
        Standing(organisation.name, count(session, question.scope), minimum),
        sort,
        of_rows,
    )


def criteria(session: Session, organisation: Organisation, question: Question, sort: Sort) -> list[tuple[str, str]]:
    """What was asked for, in words, with the time zone that its days are meant in."""
    found = [("Period", question.period.label), ("Time zone", organisation.time_zone)]
    if question.groups:
        with_teams = " with its teams" if question.combine else " without its teams"
        names = [
            group.name + (with_teams if group.is_department and len(group.with_below) > 1 else "")
            for group in question.groups
        ]
        if GROUP.nothing in question.filters[GROUP]:
            names.append("none")
        found.append(("Support group", ", ".join(names)))
    for one, keys in question.filters.items():
        if one == SCORE:
            found.append(("Score", ", ".join(map(str, sorted(keys))) or "none"))
        elif one != GROUP or not question.groups:
            found.append((one.label, ", ".join(_in_words(session, organisation.id, one, keys))))
    if question.ticket:
        found.append(("Ticket", question.ticket))
    if question.words:
        found.append(("Words in the comment", question.words))
    return [*found, ("Order", sort.label)]


def _in_words(session: Session, organisation_id: int, one: Dimension, keys: Iterable[object]) -> list[str]:
    named = labels(session, organisation_id, one, keys)
    return [named[key] for key in sorted(named)]


def columns(zone: ZoneInfo) -> list[Column[ResponseRow]]:
    """The columns of the report, with times in a zone."""
    return [
        Column("Response_ID", "Response", lambda row: str(row.id)),
        Column("Date", "Date", lambda row: f"{row.answered_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"),
        Column("Time_Zone", "Time zone", lambda _row: zone.key),
        Column("Customer", "Customer", lambda row: row.customer),
        Column("Ticket", "Ticket", lambda row: row.ticket),
        Column("Subject", "Subject", lambda row: row.subject),
        Column("Segment_1", "Segment 1", lambda row: row.segment1),
        Column("Segment_2", "Segment 2", lambda row: row.segment2),
        Column("Support_Group", "Support group", lambda row: row.group),
        Column("Agent", "Agent", lambda row: row.agent),
        Column("Overall_Sat", "Score", lambda row: str(row.score)),
        Column("Band", "Band", lambda row: band_of(row.score)),
        *(_of_factor(factor) for factor in FACTORS),
        Column("Contact_Wanted", "Contact wanted", lambda row: "Y" if row.contact_wanted else "N"),
        Column("Comments", "Comment", lambda row: row.comment),
    ]


def _of_factor(factor: Factor) -> Column[ResponseRow]:
    return Column(f"Factor_{factor.code}", factor.neutral, lambda row: mark(row, factor).value)
