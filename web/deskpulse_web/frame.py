"""The shared frame of internal pages: filters for times and scores, icons, and who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, request
from markupsafe import Markup, escape

from deskpulse.organisation.preferences import Preferences
from deskpulse.scoring.bands import band_of
from deskpulse_web.addresses import address_of
from deskpulse_web.context import desk

ICONS = {"promoter": "arrow-up-circle-fill", "passive": "dash-circle-fill", "detractor": "arrow-down-circle-fill"}


def register_frame(app: Flask) -> None:
    """Add filters and globals to the application's templates."""
    app.add_template_filter(moment)
    app.add_template_filter(signed)
    app.add_template_filter(band_of, "band")
    app.add_template_filter(share)
    app.jinja_env.globals |= {"band_icons": ICONS, "icon": _icons(app), "asset": _asset}
    app.context_processor(_brand)


def _icons(app: Flask) -> Callable[[str], Markup]:
    """What Bootstrap-Flask's ``render_icon`` writes, kept: long lists have the same few icons in every row."""

    @lru_cache
    def drawn(name: str, root: str) -> Markup:  # noqa: ARG001 - where the application is mounted is in the address
        utilities: Any = app.jinja_env.get_template("bootstrap5/utils.html").module
        icon: Markup = utilities.render_icon(name)
        return icon

    return lambda name: drawn(name, request.script_root)


def _asset(name: str, room: str = "") -> str:
    """The address of a file that pages load, a shared one or one of a room."""
    return address_of(f"{room}.static" if room else "static", filename=name)


def _brand() -> dict[str, str]:
    """The accent of the organisation whose pages these are, as six digits for its style sheet."""
    organisation = g.get("organisation")
    return {"brand": Preferences.of(organisation.preferences).brand_colour[1:].lower()} if organisation else {}


def moment(at: datetime | None) -> Markup:
    """A time in words that stay short, in the organisation's zone, with the exact moment on hover."""
    if at is None:
        return Markup("&ndash;")
    organisation = g.get("organisation")
    local = at.astimezone(ZoneInfo(organisation.time_zone if organisation else "UTC"))
    exact, short = local.strftime("%A, %d %B %Y, %H:%M:%S %Z"), _short(local, desk.now().astimezone(local.tzinfo))
    return Markup(f'<time datetime="{at.isoformat()}" title="{exact}">{short}</time>')  # noqa: S704 - letters of ours


def _short(local: datetime, now: datetime) -> str:
    if local.date() == now.date():
        return local.strftime("%H:%M")
    return local.strftime("%d %b" if local.year == now.year else "%d %b %Y")


def signed(score: int) -> str:
    """An NPS with its sign: +42, 0, -7 (with a true minus)."""
    return f"+{score}" if score > 0 else str(score).replace("-", "\N{MINUS SIGN}")


def share(value: float | None) -> str:
    """A share as per cent with enough digits that 99.98 % is not 100 %."""
    if value is None:
        return str(escape("not known yet"))
    percent = 100 * value
    return f"{percent:.0f} %" if percent in (0.0, 100.0) else f"{min(percent, 99.99):.2f} %"
