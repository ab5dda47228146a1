"""Taking support groups from a spreadsheet: lines are read, the whole is checked, then all is applied, or nothing.

A line belongs to the group with its connection and vendor id, else to the group with its code; so the code of a group
that a helpdesk knows can be changed here. Name and activity of such a group follow the helpdesk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from deskpulse.directory.codes import PATTERN
from deskpulse.directory.group_sheet import COLUMNS, NO, YES, Known
from deskpulse.directory.intake import in_chunks
from deskpulse.directory.models import AlsoAlert, SupportGroup
from deskpulse.directory.people import normalise, plain
from deskpulse.directory.sheet import Effect, Line, Mistake, Report
from deskpulse.directory.tree import makes_circle

MOST_ALERTS = 6
FOLLOWS_HELPDESK = ("name", "active")


@dataclass(frozen=True, slots=True)
class Draft:
    """A line that was read: the group it belongs to, None for a new one, and its cells as they are and are to be."""

    line: Line
    group: SupportGroup | None
    before: dict[str, str]
    after: dict[str, str]

    @property
    def code(self) -> str:
        """The code that the group is to have."""
        return self.after["code"]

    def changes(self) -> tuple[tuple[str, str, str], ...]:
        """Heading, before and after of what the line changes."""
        return tuple(
            (name, self.before[name], self.after[name]) for name in COLUMNS if self.before[name] != self.after[name]
        )


def take_groups(session: Session, organisation_id: int, lines: Sequence[Line], report: Report, *, apply: bool) -> None:
    """Add and change groups."""
    known = Known(session, organisation_id)
    drafts: list[Draft] = []
    met: dict[int, int] = {}
    for line in lines:
        try:
            draft = _read(known, line, report)
            if draft.group and met.setdefault(draft.group.id, line.number) != line.number:
                raise Mistake(f"group {draft.before['code']} is in line {met[draft.group.id]} already")
            drafts.append(draft)
        except Mistake as mistake:
            report.problems.append((line.number, str(mistake)))
    _check_codes(known, drafts, report)
    _check_departments(known, drafts, report)
    for draft in drafts:
        changes = draft.changes() if draft.group else ()
        action = "create" if draft.group is None else "change" if changes else "keep"
        report.effects.append(Effect(draft.line.number, action, f"group {draft.before['code'] or draft.code}", changes))
        if not draft.after["lead"] and draft.after["active"] == YES:
            report.warnings.append((draft.line.number, f"group {draft.code} has no Support Lead"))
    if apply and not report.problems:
        _apply(session, known, [draft for draft in drafts if draft.group is None or draft.changes()])


def _read(known: Known, line: Line, report: Report) -> Draft:
    if not PATTERN.fullmatch(line.cells["code"]):
        raise Mistake(f"{line.cells['code']!r} is no code; use letters, digits, - and _")
    group = _belongs_to(known, line.cells)
    before = known.cells(group) if group else dict.fromkeys(COLUMNS, "")
    after = before | dict(line.cells)
    after["name"] = plain(after["name"])
    after["active"] = after["active"].lower() or YES
    if group and group.connection_id:
        for column in FOLLOWS_HELPDESK:
            if after[column] != before[column]:
                report.warnings.append((line.number, f"{column} follows the helpdesk: {before[column]!r} stays"))
                after[column] = before[column]
    if not after["name"]:
        raise Mistake(f"group {after['code']} needs a name")
    if after["active"] not in (YES, NO):
        raise Mistake(f"active must be {YES} or {NO}, not {after['active']!r}")
    after["lead"] = " ".join(_contacts(known, after["lead"], "Support Lead", 1))
    after["also alerts"] = " ".join(_contacts(known, after["also alerts"], "Also Alerts", MOST_ALERTS))
    return Draft(line, group, before, after)


def _belongs_to(known: Known, cells: Mapping[str, str]) -> SupportGroup | None:
    label, vendor_id = cells.get("connection", ""), cells.get("vendor id", "")
    by_code = known.by_code.get(cells["code"])
    if not label and not vendor_id:
        if by_code and by_code.connection_id and ("connection" in cells or "vendor id" in cells):
            raise Mistake(f"group {by_code.code} comes from a helpdesk; leave its connection and vendor id as they are")
        return by_code
    if label not in known.connections:
        raise Mistake(f"no connection {label!r}; known are: {', '.join(known.connections) or 'none'}")
    if not vendor_id:
        raise Mistake(f"the vendor id is missing beside the connection {label}")
    found = known.by_vendor_id.get((known.connections[label], vendor_id))
    return found or (by_code if by_code and not by_code.connection_id else None)


def _contacts(known: Known, cell: str, role: str, most: int) -> Sequence[str]:
    addresses = sorted({normalise(word) or word for word in cell.split()})
    if len(addresses) > most:
        raise Mistake(f"{role}: at most {most}, not {len(addresses)}")
    for address in addresses:
        if address not in known.contacts:
            raise Mistake(f"{role}: {address!r} is no contact; import contacts first")
    return addresses


def _check_codes(known: Known, drafts: Sequence[Draft], report: Report) -> None:
    """No two groups may end with one code, whether or not they are in the file; codes may be swapped."""
    drafted = {draft.group.id for draft in drafts if draft.group}
    users = {
        group.code: "a group that is not in the file" for group in known.groups.values() if group.id not in drafted
    }
    for draft in drafts:
        if draft.code in users:
            report.problems.append((draft.line.number, f"the code {draft.code} is used by {users[draft.code]}"))
        users.setdefault(draft.code, f"line {draft.line.number}")


def _check_departments(known: Known, drafts: Sequence[Draft], report: Report) -> None:
    """Departments are named by the codes that groups will have, must exist, and may not form circles."""
    codes = {group.id: group.code for group in known.groups.values()}
    codes |= {draft.group.id: draft.code for draft in drafts if draft.group}
    above = {codes[group.id]: codes[group.parent_id] if group.parent_id else None for group in known.groups.values()}
    for draft in drafts:
        if draft.group:
            draft.before["department"] = above[draft.code] or ""
            if "department" not in draft.line.cells:
                draft.after["department"] = draft.before["department"]
    above |= {draft.code: draft.after["department"] or None for draft in drafts}
    for draft in drafts:
        department = draft.after["department"]
        if department and department not in above:
            report.problems.append((draft.line.number, f"department: no group has the code {department!r}"))
        elif makes_circle(above, draft.code, department or None):
            report.problems.append((draft.line.number, f"department: {draft.code} would be above itself"))


def _apply(session: Session, known: Known, drafts: Sequence[Draft]) -> None:
    changed = [(draft.group, draft) for draft in drafts if draft.group]
    moved = [{"id": group.id, "code": f"~{group.id}"} for group, draft in changed if group.code != draft.code]
    if moved:  # out of each other's way first, so that codes can be swapped
        session.execute(update(SupportGroup), moved)
    new = [_columns(known, draft) | {"organisation_id": known.organisation_id} for draft in drafts if not draft.group]
    if new:
        session.execute(insert(SupportGroup), new)
    if changed:
        session.execute(update(SupportGroup), [{"id": group.id, **_columns(known, draft)} for group, draft in changed])
    ids: dict[str, int] = dict(
        session.execute(
            select(SupportGroup.code, SupportGroup.id).where(SupportGroup.organisation_id == known.organisation_id)
        ).all()
    )
    placed = [
        {"id": ids[draft.code], "parent_id": ids[draft.after["department"]] if draft.after["department"] else None}
        for draft in drafts
    ]
    if placed:
        session.execute(update(SupportGroup), placed)
    _set_alerts(session, known, {ids[draft.code]: draft for draft in drafts})


def _columns(known: Known, draft: Draft) -> dict[str, object]:
    after = draft.after
    return {
        "code": draft.code,
        "name": after["name"],
        "active": after["active"] == YES,
        "lead_id": known.contacts[after["lead"]] if after["lead"] else None,
        "connection_id": known.connections[after["connection"]] if after["connection"] else None,
        "vendor_id": after["vendor id"] or None,
        "suggestions_taken": True,
    }


def _set_alerts(session: Session, known: Known, drafts: Mapping[int, Draft]) -> None:
    new_ones = {
        group_id: draft
        for group_id, draft in drafts.items()
        if draft.before["also alerts"] != draft.after["also alerts"]
    }
    for chunk in in_chunks(list(new_ones)):
        session.execute(delete(AlsoAlert).where(AlsoAlert.group_id.in_(chunk)))
    rows = [
        {"group_id": group_id, "contact_id": known.contacts[email]}
        for group_id, draft in new_ones.items()
        for email in draft.after["also alerts"].split()
    ]
    if rows:
        session.execute(insert(AlsoAlert), rows)
