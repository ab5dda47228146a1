"""The launchpad: building links to every page, the organisation's standing addresses, and sets for Support Leads."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from deskpulse.connections.models import ConnectionRow
from deskpulse.directory.models import Contact
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.launchpad import addresses, personal_set, personal_set_mail
from deskpulse.reports.question import BadQuestion, parse
from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import count
from deskpulse_web.auth import gate
from deskpulse_web.context import desk
from deskpulse_web.launchpad import builder
from deskpulse_web.launchpad.builder import PAGES, Form

blueprint = Blueprint(
    "launchpad", __name__, template_folder="templates", static_folder="static", static_url_path="/launchpad/static"
)


@blueprint.get("/launchpad")
@gate
def launchpad() -> str:
    """Build a link with pickers; what was chosen stands in this page's address. ``part=link`` gives the link alone."""
    form = Form.of(list(request.args.items(multi=True)))
    found: dict[str, Any] = {"form": form, "open": _displays_are_open()}
    with desk.db.read() as session:
        try:
            question = parse(session, g.organisation, form.choice.known_to(form.page), desk.now())
        except BadQuestion as problem:
            found["problem"] = problem
        else:
            minimum = Preferences.of(g.organisation.preferences).minimum_responses
            names = ", ".join(group.name for group in question.groups) or g.organisation.name
            found["url"] = addresses.address(desk.settings.base_url, g.organisation.code, form.page, form.choice)
            found["period"] = question.period
            found["standing"] = Standing(names, count(session, question.scope), minimum)
        if request.args.get("part") == "link":
            return render_template("launchpad/_link.html", **found)
        return render_template("launchpad/launchpad.html", **found, **builder.pickers(session, g.organisation))


@blueprint.get("/launchpad/addresses")
@gate
def standing_addresses() -> str:
    """View your URLs: what the organisation's mail templates, screens and bookmarks hold."""
    base_url, code = desk.settings.base_url, g.organisation.code
    wanted = select(ConnectionRow).where(ConnectionRow.organisation_id == g.organisation.id, ConnectionRow.active)
    with desk.db.read() as session:
        surveys = addresses.survey_links(base_url, code, session.scalars(wanted.order_by(ConnectionRow.name)).all())
        leads = personal_set.leads(session, g.organisation.id)
    lists = {"Survey": surveys}
    for sort in addresses.Sort:
        lists[sort.value] = addresses.standing(base_url, code, [page for page in PAGES.values() if page.sort is sort])
    return render_template("launchpad/addresses.html", lists=lists, leads=leads, open=_displays_are_open())


@blueprint.get("/launchpad/mine")
@gate
def mine() -> Response | str:
    """The set of whoever is signed in, found by their address."""
    with desk.db.read() as session:
        contact = personal_set.contact_of(session, g.organisation.id, g.user.email)
    if contact is None:
        return render_template("launchpad/set.html", found=None, open=_displays_are_open())
    return redirect(url_for("launchpad.for_contact", contact_id=contact.id))


@blueprint.get("/launchpad/for/<int:contact_id>")
@gate
def for_contact(contact_id: int) -> str:
    """The links of one contact: for each group that they lead."""
    with desk.db.read() as session:
        contact = personal_set.contact(session, g.organisation.id, contact_id) or abort(404)
        found = personal_set.personal_set(session, g.organisation, contact, desk.settings.base_url)
    return render_template("launchpad/set.html", found=found, open=_displays_are_open())


@blueprint.post("/launchpad/for/<int:contact_id>")
@gate
def mail_to_contact(contact_id: int) -> Response:
    """Mail a contact their links."""
    with desk.db.write() as session:
        contact: Contact = personal_set.contact(session, g.organisation.id, contact_id) or abort(404)
        personal_set_mail.queue(desk, session, g.organisation, contact, g.user.email)
    flash(f"The links are on their way to {contact.email}.")
    return redirect(url_for("launchpad.for_contact", contact_id=contact_id))


def _displays_are_open() -> bool:
    return personal_set.displays_are_open(g.organisation)
