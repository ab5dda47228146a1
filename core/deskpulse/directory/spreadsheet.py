"""The directory as spreadsheets, one file for each kind: ``groups``, ``contacts``, ``segments``.

What an export writes, an import takes without changing anything. An import adds and changes; it never removes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from deskpulse.desk import Desk
from deskpulse.directory import group_sheet, lists, sheet
from deskpulse.directory.group_import import take_groups
from deskpulse.directory.sheet import Line, Report
from deskpulse.organisation.organisations import audit


class Take(Protocol):
    """Compares lines with what is stored, adds to the report, and applies all of it if there is no problem."""

    def __call__(
        self, session: Session, organisation_id: int, lines: Sequence[Line], report: Report, *, apply: bool
    ) -> None:
        """See above."""
        ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of spreadsheet: its headings, those that must be there, and how it is written and taken."""

    columns: tuple[str, ...]
    required: tuple[str, ...]
    rows: Callable[[Session, int], Iterator[Mapping[str, str]]]
    take: Take


SHEETS: Mapping[str, Sheet] = {
    "groups": Sheet(group_sheet.COLUMNS, ("code",), group_sheet.group_rows, take_groups),
    "contacts": Sheet(lists.CONTACT_COLUMNS, ("email",), lists.contact_rows, lists.take_contacts),
    "segments": Sheet(lists.SEGMENT_COLUMNS, lists.SEGMENT_COLUMNS, lists.segment_rows, lists.take_segments),
}


def export(session: Session, organisation_id: int, kind: str, separator: str = ",") -> bytes:
    """One kind of the organisation's directory as a file."""
    return sheet.write(SHEETS[kind].columns, SHEETS[kind].rows(session, organisation_id), separator)


def take(
    desk: Desk,
    session: Session,
    organisation_id: int,
    kind: str,
    content: bytes,
    *,
    actor: str,
    dry_run: bool = False,
) -> Report:
    """Import a file, or with ``dry_run`` only say what that would do. With any problem nothing is changed."""
    lines, report = sheet.read(content, SHEETS[kind].columns, SHEETS[kind].required)
    SHEETS[kind].take(session, organisation_id, lines, report, apply=not dry_run)
    report.problems.sort()
    report.warnings.sort()
    if not dry_run and not report.problems:
        counts = {action: report.count(action) for action in ("create", "change", "keep")}
        audit(desk, session, organisation_id, actor, "directory imported", kind, counts)
    return report
