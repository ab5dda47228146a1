"""Exports to download, of any size."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, g, request

from deskpulse.reports.export import export as exports
from deskpulse.reports.export.formats import Format
from deskpulse.reports.question import BadQuestion, parse
from deskpulse_web.auth import gate
from deskpulse_web.context import desk

blueprint = Blueprint("export", __name__)
ROWS = "Deskpulse-Rows"
"""The header that tells beforehand how many answers the file holds."""
YES = frozenset({"y", "yes", "1", "true"})


@blueprint.get("/export")
@gate
def export() -> Response:
    """Answers that the address asks about, as ``format=csv`` or ``jsonl``; with ``all=y`` also those that do not count.

    It is sent in chunks while it is read. One that cannot go on ends without the last chunk, so that no browser or
    program takes it for whole.
    """
    asked = request.args.get("format", Format.CSV).lower()
    if asked not in list(Format):
        abort(400, f"format: {asked!r} is neither csv nor jsonl.")
    form = Format(asked)
    with desk.db.read() as session:
        try:
            question = parse(session, g.organisation, request.args.items(multi=True), desk.now())
        except BadQuestion as problem:
            abort(400, str(problem))
    every = request.args.get("all", "").lower() in YES
    begun = exports.begin(current_app.extensions["deskpulse"], g.organisation, question, form, every=every)
    answer = Response(begun.pieces, content_type=form.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=exports.file_name(question, form))
    answer.headers[ROWS] = str(begun.rows)
    return answer
