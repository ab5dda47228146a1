"""Interactive dashboards: one frame of tabs, period and filters around whatever each of them shows."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, g, render_template, request, url_for
from sqlalchemy.orm import Session

from deskpulse.reports.charts import bundle as charts_bundle
from deskpulse.reports.charts import drawing as charts_drawing
from deskpulse.reports.dashboards import filters
from deskpulse.reports.funnel import funnel
from deskpulse.reports.funnel.stages import Stage
from deskpulse.reports.question import BadQuestion, Question, parse
from deskpulse.scoring.periods import Month, Period, months_back
from deskpulse_web.auth import gate
from deskpulse_web.context import desk
from deskpulse_web.dashboards import agents, factors, fields, overview, rate, segments
from deskpulse_web.dashboards.dashboard import Dashboard, address, rows
from deskpulse_web.reports import sres

blueprint = Blueprint("dashboards", __name__, template_folder="templates")
DASHBOARDS: Mapping[str, Dashboard] = {
    one.code: one
    for one in (
        overview.DASHBOARD,
        sres.DASHBOARD,
        agents.DASHBOARD,
        segments.DASHBOARD,
        factors.DASHBOARD,
        fields.DASHBOARD,
        rate.DASHBOARD,
    )
}
"""Every dashboard by its ``dashid``, in the order of the tabs."""
THEMES = {"light": charts_drawing.theme(), "dark": charts_drawing.theme(dark=True)}
STAGES = (Stage.RESOLVED, Stage.ASKED, Stage.DELIVERED, Stage.OPENED, Stage.CONFIRMED)
"""Of the response funnel, in short."""
FOR_EVER = "private, max-age=31536000, immutable"
A_MOMENT = "private, max-age=60"


@blueprint.get("/overview")
@gate
def first() -> Any:
    """The first page after signing in: the overview."""
    return _answer(lambda session, question: _page(overview.DASHBOARD, session, question))


@blueprint.get("/dashboard")
@gate
def dashboard() -> Any:
    """The dashboard with the code ``dashid``, about the question in the address; without one the overview."""
    shown = _asked()
    return _answer(lambda session, question: _page(shown, session, question))


@blueprint.get("/dashboard/choices")
@gate
def choices() -> Any:
    """What could be chosen in each filter: the part of the page that is read when somebody opens the filters."""
    return _answer(
        lambda session, question: render_template(
            "dashboards/_choices.html", filters=filters.choices(session, question), question=question
        )
    )


@blueprint.get("/dashboard/funnel")
@gate
def response_funnel() -> Any:
    """The overview's summary of the response funnel, read after the page: it counts resolutions, not answers."""
    return _answer(
        lambda session, question: render_template(
            "dashboards/_funnel.html",
            found=funnel.summary(session, g.organisation, question),
            stages=STAGES,
            question=question,
            address=address,
        )
    )


@blueprint.get("/dashboard/charts/<name>.svg")
@gate
def picture(name: str) -> Any:
    """One chart of a dashboard as a picture, for pages without scripts, which are always light."""
    shown = _asked()

    def draw(session: Session, question: Question) -> Response:
        drawn = shown.view(session, g.organisation, question).get("charts", {})
        if name not in drawn:
            abort(404)
        return Response(charts_drawing.svg(drawn[name]), mimetype="image/svg+xml", headers={"Cache-Control": A_MOMENT})

    return _answer(draw)


@blueprint.get("/dashboard/charts-<version>.js")
@gate
def script(version: str) -> Response:
    """The script that draws charts; its address changes with its version, so that browsers may keep it."""
    if version != charts_bundle.VERSION:
        abort(404)
    body = charts_bundle.bundle(desk.settings.data_dir / "cache")
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "Content-Encoding": "gzip"}
    if not request.accept_encodings.quality("gzip"):
        body = gzip.decompress(body)
        del headers["Content-Encoding"]
    return Response(body, mimetype="text/javascript", headers=headers)


def _asked() -> Dashboard:
    code = request.args.get("dashid", overview.DASHBOARD.code).upper()
    if code not in DASHBOARDS:
        abort(404, f"No dashboard has the code {code}.")
    return DASHBOARDS[code]


def _answer(with_question: Callable[[Session, Question], Any]) -> Any:
    """What a page makes of the question in the address, or a page that says what is wrong with it."""
    with desk.db.read() as session:
        try:
            question = parse(session, g.organisation, request.args.items(multi=True), desk.now())
            return with_question(session, question)
        except BadQuestion as problem:
            return render_template("dashboards/misread.html", problem=problem), 400


def _page(shown: Dashboard, session: Session, question: Question) -> str:
    """The frame around what a dashboard shows; the names of its own that it gives go before those here."""
    own = [(name, value) for name, value in request.args.items(multi=True) if name in shown.own]
    now = desk.now()
    months = months_back(now.astimezone(ZoneInfo(g.organisation.time_zone)).date())[::-1]
    names = {
        "dashboard": shown,
        "question": question,
        "address": address,
        "rows": rows,
        "query": urlencode([("dashid", shown.code), *question.asked, *own]),
        "frame": {
            "tabs": DASHBOARDS.values(),
            "own": own,
            "and_own": "".join(f"&{urlencode([pair])}" for pair in own),
            "chips": filters.chips(session, question),
            "filters": filters.choices(session, question) if request.args.get("filters") == "open" else None,
            "months": months,
            "quick": _quick(shown, question, months, now),
            "as_of": now,
            "drawing": {"script": url_for("dashboards.script", version=charts_bundle.VERSION), "themes": THEMES},
        },
    }
    return render_template(shown.template, **{**names, **shown.view(session, g.organisation, question)})


def _quick(shown: Dashboard, question: Question, months: Sequence[Month], now: datetime) -> list[tuple[str, str]]:
    """Periods that people ask for most, each with its address."""
    today = now.astimezone(ZoneInfo(g.organisation.time_zone)).date()
    return [
        ("Last 30 days", address(shown.code, question, **dict.fromkeys(("month", "from", "to")))),
        (months[1].label, address(shown.code, question.during(months[1]))),
        ("Last 12 months", address(shown.code, question.during(Period(months[11].first, today)))),
    ]
