"""Displays for big screens: open by organisation code where the organisation allows that, otherwise behind the gate."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, g, render_template, request
from sqlalchemy import select

from deskpulse.directory.models import SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports import overview
from deskpulse_web.auth import gate
from deskpulse_web.context import desk

blueprint = Blueprint(
    "displays", __name__, template_folder="templates", static_folder="static", static_url_path="/displays/static"
)
REFRESH_SECONDS = 30


def open_by_code(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let everyone in who knows the organisation's code, where its preference says so; else those signed in."""

    @functools.wraps(view)
    def guarded(**named: Any) -> Any:
        with desk.db.read() as session:
            organisation = organisations.by_code(session, request.args.get("cpc", ""))
        if organisation is None or not Preferences.of(organisation.preferences).open_displays:
            return gate(view)(**named)
        g.organisation = organisation
        return view(**named)

    return guarded


@blueprint.get("/gauge")
@open_by_code
def gauge() -> str:
    """The 30-day NPS of the organisation with the code ``cpc``, or of the support group with the code ``rgid``."""
    organisation, code = g.organisation, request.args.get("rgid", "")
    group_id = None
    if code:
        with desk.db.read() as session:
            group_id = session.scalar(
                select(SupportGroup.id).where(
                    SupportGroup.organisation_id == organisation.id, SupportGroup.code == code
                )
            )
        if group_id is None:
            abort(404, "No support group has that code.")
    return render_template(
        "displays/gauge.html",
        standing=overview.whole(desk, organisation, group_id),
        minimum=Preferences.of(organisation.preferences).minimum_responses,
        organisation=organisation,
        refresh=REFRESH_SECONDS,
    )
