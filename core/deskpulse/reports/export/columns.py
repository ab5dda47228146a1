"""The columns of an export: headings that stay as they are, what each means, and where it is read.

Whoever reads exports by program relies on headings: new columns come at the end, before the custom fields, and none is
ever renamed. Custom fields of tickets follow as ``field:<name>`` in CSV, and stand together under ``fields`` in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Integer, Text, case, cast, func, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from deskpulse.directory.models import AgentRow, CustomerRow, Segment
from deskpulse.reports.levels import Tree
from deskpulse.scoring.bands import HIGHEST, LOWEST, band_of
from deskpulse.surveys.models import Resolution, Response, TicketRow

FIELDS = "fields"
"""The heading under which JSON holds the custom fields of a ticket."""
REPLACED = "replaced"
"""The status of an answer that counted until a later one about the same ticket took its place."""


class Kind(Enum):
    """How a value is written."""

    PLAIN = "numbers, and words of ours"
    TEXT = "what somebody wrote, or a helpdesk sent"
    MOMENT = "a time"
    YES_NO = "yes or no"
    CODES = "a list of codes"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``source`` is read from the database; ``names``, where set, is which of :class:`Names` it becomes."""

    heading: str
    meaning: str
    source: Any
    kind: Kind = Kind.PLAIN
    names: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What ids and codes stand for, read once: joining them to every row would cost more."""

    groups: Mapping[int, str]
    group_codes: Mapping[int, str]
    departments: Mapping[int, str]
    agents: Mapping[int, str]
    agent_emails: Mapping[int, str | None]
    segments1: Mapping[str, str]
    segments2: Mapping[str, str]
    bands: Mapping[int, str]

    @classmethod
    def of(cls, session: Session, organisation_id: int) -> Names:
        """Those of an organisation, as they are today."""
        tree = Tree.of(session, organisation_id)
        departments = {one: tree.department_of(one) for one in tree.groups}
        agents = session.execute(
            select(AgentRow.id, AgentRow.name, AgentRow.email).where(AgentRow.organisation_id == organisation_id)
        ).all()
        return cls(
            groups={one.id: one.name for one in tree.groups.values()},
            group_codes={one.id: one.code for one in tree.groups.values()},
            departments={one: found.name for one, found in departments.items() if found},
            agents={agent.id: agent.name for agent in agents},
            agent_emails={agent.id: agent.email for agent in agents},
            segments1=_segments(session, organisation_id, 1),
            segments2=_segments(session, organisation_id, 2),
            bands={score: str(band_of(score)) for score in range(LOWEST, HIGHEST + 1)},
        )


def _segments(session: Session, organisation_id: int, position: int) -> dict[str, str]:
    wanted = select(Segment.code, Segment.name).where(
        Segment.organisation_id == organisation_id, Segment.position == position
    )
    return dict(session.execute(wanted).all())


_STATUS = case(((Response.status == "counted") & ~Response.current, REPLACED), else_=Response.status)


class UtcText(FunctionElement[str]):
    """A time as ``2026-03-02 09:00:00``, with or without a fraction: text is read and cut quicker than times are."""

    inherit_cache = True
    type = Text()


@compiles(UtcText)
def _utc_text(element: UtcText, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(timezone('UTC', {compiler.process(element.clauses, **options)}) AS TEXT)"


@compiles(UtcText, "sqlite")
def _stored_text(element: UtcText, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


COLUMNS = (
    Column("response", "number of the answer in DeskPulse", Response.id),
    Column("status", "counted; or why not: replaced, review, error, revoked", _STATUS),
    Column("problem", "what is wrong with an answer in error or review", Response.problem, Kind.TEXT),
    Column("answered_at", "when it was given, or last changed", UtcText(Response.answered_at), Kind.MOMENT),
    Column("first_answered_at", "when it was first given", UtcText(Response.first_answered_at), Kind.MOMENT),
    Column("revision", "1; one more with every change by the customer", Response.revision),
    Column("score", "0 to 10", Response.score),
    Column("band", "promoter, passive, detractor", Response.score, names="bands"),
    Column("factors", "codes of the experience factors", cast(Response.factors, Text), Kind.CODES),
    Column("comment", "the customer's words", Response.comment, Kind.TEXT),
    Column(
        "contact_wanted",
        "whether the customer asked to be contacted",
        type_coerce(Response.contact_wanted, Integer),
        Kind.YES_NO,
    ),
    Column("came_by", "token: our invitation; signed, unsigned: a link of the helpdesk", Response.entrance),
    Column("ticket", "number of the ticket", func.coalesce(TicketRow.number, Response.tid), Kind.TEXT),
    Column("subject", "subject of the ticket", Resolution.subject, Kind.TEXT),
    Column("opened_at", "when the ticket was opened", UtcText(Resolution.opened_at), Kind.MOMENT),
    Column("resolved_at", "when it was resolved", UtcText(Resolution.resolved_at), Kind.MOMENT),
    Column("minutes_to_resolve", "from opening to resolving", Response.minutes_to_resolve),
    Column("reopens", "how often the ticket was reopened", Response.reopens),
    Column("reassignments", "how often it changed hands", Response.reassignments),
    Column("group_code", "code of the support group", Response.group_id, Kind.TEXT, "group_codes"),
    Column("group", "its name", Response.group_id, Kind.TEXT, "groups"),
    Column("department", "name of the department above it", Response.group_id, Kind.TEXT, "departments"),
    Column("agent", "name of who resolved the ticket", Response.agent_id, Kind.TEXT, "agents"),
    Column("agent_email", "their address", Response.agent_id, Kind.TEXT, "agent_emails"),
    Column("customer", "address of who asked for help, or else the helpdesk's id", Response.person, Kind.TEXT),
    Column("customer_name", "their name", CustomerRow.name, Kind.TEXT),
    Column("customer_organisation", "their organisation", Response.customer_organisation, Kind.TEXT),
    Column("segment1", "code of segment 1", Response.segment1, Kind.TEXT),
    Column("segment1_name", "its name", Response.segment1, Kind.TEXT, "segments1"),
    Column("segment2", "code of segment 2", Response.segment2, Kind.TEXT),
    Column("segment2_name", "its name", Response.segment2, Kind.TEXT, "segments2"),
    Column("channel", "how help was asked for", Response.channel, Kind.TEXT),
    Column("priority", "priority of the ticket", Response.priority, Kind.TEXT),
    Column("category", "category of the ticket", Response.category, Kind.TEXT),
)
HEADINGS = tuple(column.heading for column in COLUMNS)
CUSTOM_FIELDS: Any = cast(Response.fields, Text)
"""All custom fields of a ticket, as the text of a JSON object of texts."""
SOURCES: Mapping[Any, int] = {
    source: place for place, source in enumerate(dict.fromkeys([*(one.source for one in COLUMNS), CUSTOM_FIELDS]))
}
"""What is read of each answer, and its place in a row; what several columns show is read once."""
