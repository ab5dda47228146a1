"""The status page: whether the loop turns, and why a ticket was asked about, or not."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from deskpulse.connections.models import ConnectionRow
from deskpulse.outbound import outbox
from deskpulse.reports import status as status_report
from deskpulse.worker import timetable
from deskpulse_web.auth import gate
from deskpulse_web.context import desk

blueprint = Blueprint("status", __name__, template_folder="templates")


@blueprint.get("/status")
@gate
def status() -> str:
    """Connections, inlet, jobs, coverage; and decisions by ticket number."""
    ticket = request.args.get("ticket", "").strip()[:100]
    with desk.db.read() as session:
        decisions = status_report.decisions(session, g.organisation.id, ticket, limit=50 if ticket else 15)
    return render_template(
        "status/status.html",
        status=status_report.status(desk, g.organisation.id),
        decisions=decisions,
        ticket=ticket,
    )


@blueprint.post("/status/retry")
@gate
def retry() -> Response:
    """Run failed jobs again: one, or all."""
    chosen = request.form.get("job", "")
    with desk.db.write() as session:
        again = outbox.retry_failed(
            desk, session, g.organisation.id, [int(chosen)] if chosen.isdecimal() and len(chosen) < 18 else None
        )
    flash(f"{again} job{'' if again == 1 else 's'} will run again now.")
    return redirect(url_for("status.status"))


@blueprint.post("/status/start")
@gate
def start() -> Response:
    """Start a reconciliation or a synchronisation of one connection now."""
    kind, chosen = request.form.get("kind", ""), request.form.get("connection", "")
    with desk.db.read() as session:
        row = session.get(ConnectionRow, int(chosen)) if chosen.isdecimal() and len(chosen) < 18 else None
    if row is not None and row.organisation_id == g.organisation.id and kind in timetable.OF_CONNECTIONS:
        timetable.start(desk, kind, row.organisation_id, row.id)
        flash("Started; this page shows its progress.")
    return redirect(url_for("status.status"))
