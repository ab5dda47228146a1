"""The addresses of the survey. GET and HEAD only show; POST hands an answer to core."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from deskpulse.surveys import answers, opting_out
from deskpulse.surveys.answers import Result
from deskpulse.surveys.entrances import UnknownLink
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.links import BadLink, BadSignature
from deskpulse_web.context import desk
from deskpulse_web.survey import forms, pages, visitors, ways
from deskpulse_web.survey.ways import Way

LARGEST_FORM = 64 * 1024
COLOUR = re.compile(r"[0-9a-f]{6}")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}

blueprint = Blueprint(
    "survey", __name__, template_folder="templates", static_folder="static", static_url_path="/s/static"
)


@blueprint.before_request
def _limit() -> None:
    request.max_content_length = LARGEST_FORM


@blueprint.after_request
def _headers(response: Response) -> Response:
    if request.endpoint not in ("survey.static", "survey.brand"):
        for name, value in HEADERS.items():
            response.headers[name] = value
    return response


@blueprint.route("/s/<token>", methods=["GET", "HEAD", "POST"])
def asked(token: str) -> Response:
    """The survey of one invite."""
    return _asked(ways.by_token(token))


@blueprint.get("/s/<token>/thanks")
def thanked(token: str) -> Response:
    """What happens next."""
    return _thanked(ways.by_token(token))


@blueprint.get("/s/<token>/all")
def trapped(token: str) -> Response:
    """The hidden link that only programs follow."""
    return _trapped(ways.by_token(token))


@blueprint.route("/", methods=["GET", "HEAD", "POST"])
def asked_by_helpdesk() -> Response:
    """The survey of a link built by the helpdesk; without parameters this is the way to the overview."""
    if request.method != "POST" and not request.args:
        return make_response(redirect(url_for("dashboards.first")))
    return _asked(ways.by_helpdesk())


@blueprint.get("/thanks")
def thanked_by_helpdesk() -> Response:
    """What happens next."""
    return _thanked(ways.by_helpdesk())


@blueprint.get("/all")
def trapped_by_helpdesk() -> Response:
    """The hidden link that only programs follow."""
    return _trapped(ways.by_helpdesk())


@blueprint.route("/s/<token>/opt-out", methods=["GET", "HEAD", "POST"])
def opting_out_page(token: str) -> Response:
    """Opting out and taking it back; a POST acts at once, as one-click clients (RFC 8058) send it."""
    if request.method != "POST":
        choice = opting_out.choice(desk, token)
    elif "undo" in request.form:
        choice = opting_out.opt_in(desk, token)
    else:
        choice = opting_out.opt_out(desk, token)
    return pages.page("opt_out", choice=choice, brand=choice.brand_colour, token=token)


@blueprint.get("/s/brand-<colour>.css")
def brand(colour: str) -> Response:
    """An organisation's colour as a style sheet, so that no page needs an inline style."""
    if not COLOUR.fullmatch(colour):
        abort(404)
    response = make_response(f":root{{--brand:#{colour}}}\n")
    response.headers["Content-Type"] = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _asked(way: Way) -> Response:
    return _taken(way) if request.method == "POST" else _shown(way)


def _shown(way: Way) -> Response:
    visitor = visitors.visitor()
    is_head = request.method == "HEAD"
    score = forms.score_in_link()
    opened = answers.look(desk, way.entrance, visitor, HitKind.HEAD if is_head else HitKind.VIEW, score)
    survey = opened.survey
    if survey.answered is not None and not survey.may_change(visitor.visit, desk.now()):
        response = pages.answered(survey)
    elif survey.closed is not None:
        response = pages.closed(survey)
    else:
        response = pages.question(way, survey, opened.nonce, forms.Draft.of(survey.answered, score))
    if not is_head and not visitor.returning:
        visitors.remember(response)
    return response


def _taken(way: Way) -> Response:
    draft, nonce = forms.draft(), forms.nonce()
    answer = draft.answer()
    if answer is None:
        return _shown_again(way, draft, nonce)
    outcome = answers.accept(
        desk,
        way.entrance,
        answer,
        visitors.visitor(),
        nonce=nonce,
        scripted=forms.is_scripted(),
        activated=forms.is_activated(),
    )
    survey = outcome.survey
    match outcome.result:
        case Result.RECORDED | Result.TEST:
            return make_response(redirect(way.thanks, 303))
        case Result.CONFIRM:
            return pages.confirmation(way, survey, outcome.nonce, draft)
        case Result.ANSWERED:
            return pages.answered(survey)
        case Result.CLOSED:
            return pages.closed(survey)
        case Result.FLOODED:
            return pages.message("flooded", 429, brand=survey.preferences.brand_colour)
        case Result.HELD:
            brand_colour = survey.preferences.brand_colour
            return pages.message("held", organisation=survey.organisation_name, brand=brand_colour)


def _shown_again(way: Way, draft: forms.Draft, nonce: str) -> Response:
    """The form without a score comes back as it was filled in; its nonce has not been used."""
    survey = answers.show(desk, way.entrance)
    visitor = visitors.visitor()
    if survey.answered is not None and not survey.may_change(visitor.visit, desk.now()):
        return pages.answered(survey)
    return pages.question(way, survey, nonce, draft, missing=True)


def _thanked(way: Way) -> Response:
    survey = answers.show(desk, way.entrance)
    if survey.answered is None and not survey.is_test:
        return make_response(redirect(way.page, 303))
    return pages.thanks(way, survey, visitors.visitor().visit)


def _trapped(way: Way) -> Response:
    answers.spring_trap(desk, way.entrance, visitors.visitor())
    return pages.message("for_machines", link=way.page)


@blueprint.errorhandler(UnknownLink)
def _unknown(_error: UnknownLink) -> Response:
    return pages.message("unknown", 404)


@blueprint.errorhandler(BadLink)
def _bad_link(error: BadLink) -> Response:
    if isinstance(error, BadSignature):
        return pages.message("bad_signature", 403)
    return pages.message("bad_link", 400, problem=str(error))


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Response:
    return pages.message("too_large", 413)


@blueprint.errorhandler(BadRequest)
def _bad_request(_error: BadRequest) -> Response:
    return pages.message("bad_request", 400)
