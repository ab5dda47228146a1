"""Answers that do not count, each with its reason: quarantine, review, data in error, unconfirmed scores."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from deskpulse.directory.models import SupportGroup
from deskpulse.reports.directory import active_groups
from deskpulse.surveys import attribution, responses, review
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.review import Judged
from deskpulse_web.auth import gate
from deskpulse_web.context import desk

blueprint = Blueprint("review", __name__, template_folder="templates")
VERDICTS = {"accept": HitKind.ACCEPT, "reject": HitKind.REJECT}
JUDGED = {
    HitKind.ACCEPT: "The answer counts now.",
    HitKind.REJECT: "The answer stays here, marked as looked at.",
}
NOT_JUDGED = {
    Judged.UNKNOWN: "That answer is not in quarantine.",
    Judged.ANSWERED: "This link has a confirmed answer, and nothing replaces that.",
}
EVIDENCE = {
    "activated": "a person's gesture",
    "agent": "browser",
    "cookie": "the page's cookie",
    "network": "network",
    "scripted": "our script ran",
    "seconds": "seconds after opening",
}
"""What was seen of a visit, in words."""
LONGEST_NUMBER = 18
"""Digits that any row id of ours has at most."""


@blueprint.get("/review")
@gate
def lists() -> str:
    """The four lists; each is empty on a good day."""
    organisation_id = g.organisation.id
    with desk.db.read() as session:
        in_error = review.in_error(session, organisation_id)
        return render_template(
            "review/lists.html",
            quarantined=review.quarantined(session, organisation_id),
            for_review=review.for_review(session, organisation_id),
            in_error=in_error,
            namesakes={answer.id: review.namesakes(session, answer) for answer in in_error},
            provisional=review.provisional(session, organisation_id),
            groups=active_groups(session, organisation_id),
            evidence=EVIDENCE,
        )


@blueprint.post("/review/judge")
@gate
def judge() -> Response:
    """Accept or reject an answer in quarantine."""
    answer, verdict = _number("answer"), VERDICTS.get(request.form.get("verdict", ""))
    if answer is None or verdict is None:
        abort(400)
    judged = review.judge(desk, g.organisation.id, answer, verdict, actor=g.user.email)
    said = JUDGED[verdict] if judged is Judged.DONE else NOT_JUDGED[judged]
    flash(said)
    return redirect(url_for("review.lists", _anchor="quarantine"))


@blueprint.post("/review/mend")
@gate
def mend() -> Response:
    """Set right what an answer is about: its ticket, its support group."""
    answer, group, ticket = _number("response"), _number("group"), _number("ticket_id")
    named = request.form.get("ticket", "").strip()
    with desk.db.write() as session:
        tickets = attribution.named(session, g.organisation.id, named, None) if named else ()
        chosen = session.get(SupportGroup, group) if group else None
        if named and len(tickets) != 1:
            flash(f"{'Several tickets are' if tickets else 'No ticket is'} called {named}.")
        elif answer is None or (chosen is not None and chosen.organisation_id != g.organisation.id):
            flash("That answer is not known.")
        else:
            mended = responses.mend(
                desk,
                session,
                g.organisation.id,
                answer,
                actor=g.user.email,
                ticket_id=tickets[0].id if tickets else ticket,
                group_id=chosen.id if chosen else None,
            )
            flash("The answer counts now." if mended else "That answer is not known.")
    return redirect(url_for("review.lists"))


def _number(name: str) -> int | None:
    text = request.form.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None
