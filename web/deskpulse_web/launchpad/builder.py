"""The launchpad's form: what can be chosen, what was, and the address that comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.directory.models import AgentRow, Segment
from deskpulse.organisation.models import Organisation
from deskpulse.reports.displays.feedback_slider import FIELDS, USUAL
from deskpulse.reports.launchpad.addresses import DISPLAYS, DOCUMENTS, Choice, Page, dashboard
from deskpulse.reports.levels import Group, Tree
from deskpulse_web.dashboards import DASHBOARDS

PAGES: Mapping[str, Page] = {
    page.key: page for page in (*DISPLAYS, *(dashboard(one.code, one.title) for one in DASHBOARDS.values()), *DOCUMENTS)
}
"""Every page that links are built to, by its key, in the order of the picker."""
FLAGS = "display"
OF_PERIOD = {"running": (), "month": ("month",), "days": ("from", "to")}
"""The parameters that a choice of period uses."""


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody chose. ``values`` has the first value of each field as it was sent, for the form to show again."""

    page: Page
    period: str
    shown: frozenset[str]
    values: Mapping[str, str]

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> Form:
        """Read the form's address; what it does not say is what pages show by themselves."""
        values = {name: value.strip() for name, value in reversed(pairs) if name != FLAGS}
        page = PAGES.get(values.get("page", ""), DISPLAYS[0])
        period = values.get("period") or ("month" if values.get("month") else "days" if values.get("from") else "")
        ticked = frozenset(value for name, value in pairs if name == "show" and value in FIELDS)
        usual = frozenset(name for name, flag in zip(FIELDS, USUAL, strict=True) if flag == "1")
        return cls(page, period if period in OF_PERIOD else "running", ticked or usual, values)

    @property
    def choice(self) -> Choice:
        """What goes into the address."""
        unused = {name for period, names in OF_PERIOD.items() if period != self.period_known for name in names}
        pairs = [(name, value) for name, value in self.values.items() if name not in unused]
        flags = "".join("1" if name in self.shown else "0" for name in FIELDS)
        if flags != USUAL:
            pairs.append((FLAGS, flags))
        return Choice.of(sorted(pairs, key=_place))

    @property
    def period_known(self) -> str:
        """The choice of period, as far as the page knows it."""
        return self.period if set(OF_PERIOD[self.period]) <= self.page.knows else "running"


_ORDER = (
    "rgid", "combine", "sgid1", "sgid2", "agid", "month", "from", "to", "min", "max", "segment", "display", "all",
)  # fmt: skip


def _place(pair: tuple[str, str]) -> int:
    return _ORDER.index(pair[0]) if pair[0] in _ORDER else len(_ORDER)


def pickers(session: Session, organisation: Organisation) -> dict[str, Any]:
    """What the pickers offer: the tree with depths, segments by position, agents in use."""
    mine = organisation.id
    segments = session.scalars(select(Segment).where(Segment.organisation_id == mine).order_by(Segment.name)).all()
    agents = select(AgentRow.id, AgentRow.name, AgentRow.email).where(AgentRow.organisation_id == mine, AgentRow.active)
    return {
        "groups": list(_tree(Tree.of(session, mine))),
        "segments": {at: [(one.code, one.name) for one in segments if one.position == at] for at in (1, 2)},
        "agents": session.execute(agents.order_by(AgentRow.name)).all(),
        "fields": FIELDS,
        "pages": PAGES.values(),
    }


def _tree(tree: Tree) -> Iterator[tuple[int, Group]]:
    """The groups in use, each below the one that it belongs to, with its depth."""
    below: dict[int | None, list[Group]] = {}
    for group in tree.groups.values():
        if group.active:
            below.setdefault(group.parent_id, []).append(group)

    def walk(parent: int | None, depth: int) -> Iterator[tuple[int, Group]]:
        for group in below.get(parent, []):
            yield depth, group
            yield from walk(group.id, depth + 1)

    yield from walk(None, 0)
