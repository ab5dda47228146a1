"""Displays for big screens: open by organisation code where the organisation allows that, otherwise behind the gate.

They refresh themselves without any script; ``hold=1`` in the address makes one stand still.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, render_template, request
from markupsafe import Markup
from sqlalchemy.orm import Session

from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.displays import feedback_slider as slider
from deskpulse.reports.displays import gauge as gauges
from deskpulse.reports.displays import league_table as league
from deskpulse.reports.displays.asked import number, option
from deskpulse.reports.question import BadQuestion, UnknownGroup
from deskpulse.reports.revisions import organisation_by_code
from deskpulse.reports.standings import FIRM
from deskpulse.scoring.intervals import Interval
from deskpulse_web.auth import gate
from deskpulse_web.context import desk

blueprint = Blueprint(
    "displays", __name__, template_folder="templates", static_folder="static", static_url_path="/displays/static"
)
REFRESH_SECONDS, SECONDS_A_SCREEN, SECONDS_A_COMMENT = 30, 20, 15


def open_by_code(view: Callable[[Session], Any]) -> Callable[[], Any]:
    """Let everyone in who knows the organisation's code, where its preference says so; else those signed in.

    The view gets the transaction in which the organisation was found, to read in.
    """

    @gate
    def signed_in() -> Any:
        with desk.db.read() as session:
            return view(session)

    @functools.wraps(view)
    def guarded() -> Any:
        with desk.db.read() as session:
            organisation = organisation_by_code(session, option(_pairs(), "cpc"))
            if organisation is not None and Preferences.of(organisation.preferences).open_displays:
                g.organisation = organisation
                return view(session)
        return signed_in()

    return guarded


@blueprint.get("/gauge")
@open_by_code
def gauge(session: Session) -> str:
    """One score, with its interval, its change and its bands."""
    return _page("gauge.html", REFRESH_SECONDS, gauge=gauges.gauge(session, g.organisation, _pairs(), desk.now()))


@blueprint.get("/league-table")
@open_by_code
def league_table(session: Session) -> str:
    """Teams, departments or segments by score; one screen of rows after the other, ``page`` says which."""
    table = league.league_table(session, g.organisation, _pairs(), desk.now())
    screens = table.screens
    place = (number(_pairs(), "page") - 1) % len(screens)
    following = _with("page", (place + 1) % len(screens) + 1) if len(screens) > 1 else ""
    return _page(
        "league_table.html", SECONDS_A_SCREEN, following,
        table=table, rows=screens[place], place=place + 1, screens=len(screens), firm=FIRM,
    )  # fmt: skip


@blueprint.get("/feedback-slider")
@open_by_code
def feedback_slider(session: Session) -> str:
    """What customers wrote, one after the other; ``at`` says which."""
    found = slider.feedback_slider(session, g.organisation, _pairs(), desk.now())
    following = _with("at", found.position % found.of + 1) if found.of > 1 else ""
    return _page("feedback_slider.html", SECONDS_A_COMMENT, following, slider=found)


@blueprint.errorhandler(BadQuestion)
def _misread(error: BadQuestion) -> tuple[str, int]:
    code = 404 if isinstance(error, UnknownGroup) else 400
    return render_template("error.html", code=code, title="Page not found", detail=str(error)), code


@blueprint.after_request
def _live(response: Response) -> Response:
    """No browser keeps a display, and one that could not be shown tries again: nobody is there to press a key."""
    response.headers.setdefault("Cache-Control", "no-store")
    if response.status_code >= 500:
        response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response


@blueprint.app_template_global()
def scale(score: int, interval: Interval, *, ticks: bool = False) -> Markup:
    """A score and its interval, drawn on their scale."""
    return _scale(score, *interval.rounded, ticks)


@functools.lru_cache(maxsize=4096)
def _scale(score: int, low: int, high: int, ticks: bool) -> Markup:
    """Kept, as a screen draws the same few again and again."""
    drawn: Any = current_app.jinja_env.get_template("displays/drawn.html").module
    scale: Markup = drawn.scale(score, low, high, ticks)
    return scale


def _page(template: str, seconds: int, following: str = "", **named: Any) -> str:
    """A display that after some seconds goes on to an address, or shows itself anew."""
    held = bool(option(_pairs(), "hold"))
    return render_template(
        f"displays/{template}",
        refresh="" if held else f"{seconds}; url={following}" if following else str(seconds),
        following=following,
        held=held,
        hold=_with("hold", None if held else 1),
        now=desk.now(),
        **named,
    )


def _pairs() -> list[tuple[str, str]]:
    return list(request.args.items(multi=True))


def _with(name: str, value: int | None) -> str:
    """This address's query with one parameter of the display's own set, or removed."""
    kept = [pair for pair in _pairs() if pair[0].rpartition("amp;")[2] != name]
    return "?" + urlencode(kept if value is None else [*kept, (name, str(value))])
