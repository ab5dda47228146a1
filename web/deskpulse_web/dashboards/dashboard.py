"""What an interactive dashboard is, and how one leads to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.reports.question import Question
from deskpulse_web.addresses import address_of

View: TypeAlias = Callable[[Session, Organisation, Question], Mapping[str, Any]]
"""Reads what a dashboard shows: names for its template. ``charts`` among them are kept as pictures, too."""
ROWS = "SRES"
"""The dashboard of single responses, where every number leads."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard: its ``dashid``, the word on its tab, its template, and what fills that.

    ``own`` are parameters of its own, beside those of every question, that stay in its address.
    """

    code: str
    title: str
    template: str
    view: View
    own: tuple[str, ...] = ()


def address(code: str, question: Question, **changes: str | Iterable[str] | None) -> str:
    """A dashboard about the same question, with some parameters set, or removed where ``None``."""
    query = question.address(**changes)
    return f"{address_of('dashboards.dashboard')}?dashid={code}" + (f"&{query}" if query else "")


def rows(question: Question, **changes: str | Iterable[str] | None) -> str:
    """The address of the responses that a number stands for: the same filters, and those that it adds."""
    return address(ROWS, question, **changes)
