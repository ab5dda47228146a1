"""The pages of the survey, filled with what core found."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, make_response, render_template
from markupsafe import Markup

from deskpulse.surveys import answers, factors
from deskpulse.surveys.entrances import Survey
from deskpulse_web.context import desk
from deskpulse_web.survey.forms import Draft
from deskpulse_web.survey.texts import ENGLISH
from deskpulse_web.survey.ways import Way


def page(template: str, status: int = 200, **values: Any) -> Response:
    """One page with its texts."""
    return make_response(render_template(f"survey/{template}.html", texts=ENGLISH, **values), status)


def message(name: str, status: int = 200, **values: Any) -> Response:
    """A page that only says something: its heading and text stand in the texts under that name."""
    heading, text = getattr(ENGLISH, name), getattr(ENGLISH, f"{name}_text")
    return page("message", status, heading=heading, text=Markup(text).format(**values), **values)  # noqa: S704 - our own words


def question(way: Way, survey: Survey, nonce: str, draft: Draft, *, missing: bool = False) -> Response:
    """The survey itself, with what is filled in already."""
    until = survey.changeable_until()
    return page(
        "question",
        422 if missing else 200,
        way=way,
        survey=survey,
        brand=survey.preferences.brand_colour,
        nonce=nonce,
        draft=draft,
        factors=factors.shuffled(way.seed),
        missing=missing,
        until=_moment(survey, until) if until else None,
        when=_moment(survey, survey.answered.first_answered_at) if survey.answered else None,
    )


def confirmation(way: Way, survey: Survey, nonce: str, draft: Draft) -> Response:
    """The page that asks a person to press once more; it carries the whole answer."""
    return page("confirm", way=way, survey=survey, brand=survey.preferences.brand_colour, nonce=nonce, draft=draft)


def thanks(way: Way, survey: Survey, visit: str) -> Response:
    """The thank-you page: what happens next, and until when this browser may change the answer."""
    given, until = survey.answered, survey.changeable_until()
    changeable = until is not None and survey.may_change(visit, desk.now())
    return page(
        "thanks",
        way=way,
        survey=survey,
        brand=survey.preferences.brand_colour,
        given=given,
        until=_moment(survey, until) if until and changeable else None,
        limit=f"{answers.LONGEST_COMMENT:,}",
        was_cut=given is not None and len(given.comment) == answers.LONGEST_COMMENT,
    )


def answered(survey: Survey) -> Response:
    """What was answered, for whoever holds the link and may not change it."""
    given = survey.told
    if given is None:
        raise ValueError("nothing has been answered")
    return page(
        "answered",
        survey=survey,
        brand=survey.preferences.brand_colour,
        given=given,
        reasons=factors.labels(given.factors, given.score),
        when=_moment(survey, given.first_answered_at),
    )


def closed(survey: Survey) -> Response:
    """Why the survey takes no answer any more."""
    return message(
        survey.closed or "expired",
        410,
        organisation=survey.organisation_name,
        when=_moment(survey, survey.closed_at) if survey.closed_at else "",
        brand=survey.preferences.brand_colour,
    )


def _moment(survey: Survey, at: datetime) -> Markup:
    """A moment as the organisation's clock shows it, with the exact one on hover."""
    local = at.astimezone(ZoneInfo(survey.time_zone))
    exact = local.isoformat(sep=" ", timespec="seconds")
    words = f"{local.day} {local:%B %Y at %H:%M}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(local.isoformat(), exact, words)
