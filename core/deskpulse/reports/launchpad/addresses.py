"""Addresses of pages, put together from what somebody chose: every one is understood by :mod:`.question`.

A page is a display, a dashboard, a document or an export; it says which parameters it knows and who may open it.
Addresses hold only what differs from what the page shows by itself, so that they stay short enough to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode

from deskpulse.connections.models import ConnectionRow
from deskpulse.reports.export.formats import Format
from deskpulse.surveys import links


class Sort(StrEnum):
    """What kind of page an address leads to; the value is the heading above such pages."""

    DISPLAY = "Displays"
    DASHBOARD = "Dashboards"
    REPORT = "Reports and exports"


@dataclass(frozen=True, slots=True)
class Page:
    """Something that has an address.

    ``fixed`` are parameters that tell it from others with the same path; ``knows`` names those that can be chosen.
    """

    key: str
    title: str
    about: str
    path: str
    sort: Sort
    knows: frozenset[str]
    fixed: tuple[tuple[str, str], ...] = ()

    @property
    def by_code(self) -> bool:
        """Whether it opens without sign-in, where the organisation's preference ``open_displays`` says so."""
        return self.sort is Sort.DISPLAY


GROUPS = frozenset({"rgid", "combine"})
OF_DISPLAY = GROUPS | {"sgid1", "sgid2", "month"}
OF_ALL = OF_DISPLAY | {"agid", "from", "to"}
DISPLAYS = (
    Page("gauge", "Gauge", "One score, as large as a wall.", "/gauge", Sort.DISPLAY, OF_DISPLAY),
    Page(
        "league-table", "League table", "Departments, teams or segments by score.", "/league-table", Sort.DISPLAY,
        OF_DISPLAY | {"segment"},
    ),
    Page(
        "feedback-slider", "Feedback slider", "What customers wrote, one after the other.", "/feedback-slider",
        Sort.DISPLAY, OF_DISPLAY | {"display"},
    ),
)  # fmt: skip
DOCUMENTS = (
    Page(
        "survey-responses", "Survey Responses Report", "Every response, on screen; from there as PDF, CSV or mail.",
        "/survey-responses", Sort.REPORT, OF_ALL | {"min", "max"},
    ),
    Page(
        "customer-satisfaction-report", "Customer Satisfaction Report", "One month of the organisation, as PDF.",
        "/customer-satisfaction-report", Sort.REPORT, frozenset({"month"}),
    ),
    *(
        Page(
            f"export-{form}", f"Export, {name}", "Every response with all captured fields, of any number.", "/export",
            Sort.REPORT, OF_ALL | {"min", "max", "all"}, (("format", str(form)),),
        )
        for form, name in ((Format.CSV, "CSV"), (Format.JSONL, "JSON Lines"))
    ),
)  # fmt: skip


def dashboard(code: str, title: str) -> Page:
    """The interactive dashboard with that ``dashid``."""
    about, knows = "With free choice of period and filters.", OF_ALL | {"min", "max"}
    return Page(f"dashboard-{code}", title, about, "/dashboard", Sort.DASHBOARD, knows, (("dashid", code),))


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a page: values by parameter, in the order in which they shall stand in the address."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Choice:
        """From pairs, blank ones left out."""
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            if value.strip():
                values.setdefault(name, []).append(value.strip())
        return cls(values)

    def known_to(self, page: Page) -> list[tuple[str, str]]:
        """What of it means something to a page; a ``combine`` that changes nothing is left out."""
        kept = [(name, value) for name, values in self.values.items() if name in page.knows for value in values]
        changes = "segment" not in dict(kept) and (page.key == "league-table" or "rgid" in dict(kept))
        return [pair for pair in kept if pair[0] != "combine" or (pair[1] == "n" and changes)]


def address(base_url: str, code: str, page: Page, choice: Choice) -> str:
    """The whole address; displays carry the organisation's code, so that they open on a screen nobody signs in at."""
    pairs = [("cpc", code)] if page.by_code else []
    pairs += [*page.fixed, *choice.known_to(page)]
    return f"{base_url}{page.path}" + (f"?{urlencode(pairs)}" if pairs else "")


@dataclass(frozen=True, slots=True)
class Standing:
    """One of an organisation's standing addresses."""

    title: str
    about: str
    url: str


PLACEHOLDERS = {name: f"{{{name}}}" for name in ("tid", "rgid", "agid", "cid", "sgid1", "sgid2")}
SURVEY = (
    "For the mail in which your helpdesk tells customers that a ticket is solved. Put its own placeholders for ticket "
)
SURVEY += "(tid), support group code (rgid), agent (agid), customer (cid) and segments in place of those in braces."


def survey_links(base_url: str, code: str, connections: Sequence[ConnectionRow]) -> list[Standing]:
    """The survey's link as a template for each helpdesk; one for any helpdesk where none is connected."""
    if not connections:
        return [Standing("Survey after a ticket", SURVEY, links.template(base_url, code, PLACEHOLDERS))]
    return [
        Standing(
            f"Survey after a ticket of {row.name}", SURVEY,
            links.template(base_url, code, {"hd": str(row.id), **PLACEHOLDERS}),
        )
        for row in connections
    ]  # fmt: skip


def standing(base_url: str, code: str, pages: Iterable[Page], choice: Choice | None = None) -> list[Standing]:
    """The addresses of pages, of the whole organisation or of what was chosen."""
    chosen = choice or Choice()
    return [Standing(page.title, page.about, address(base_url, code, page, chosen)) for page in pages]
