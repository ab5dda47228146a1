"""The Survey Responses Report: on screen, as a file, or by mail to those who may have it.

Links from elsewhere mail it by ``sendto`` with GET. Whatever opens a link in advance must not send mail, so such a link
shows who would get what, and a button.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, current_app, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from deskpulse.reports.question import BadQuestion, Question, parse
from deskpulse.reports.responses import mail as delivery
from deskpulse.reports.responses.mail import FileKind, NotSent
from deskpulse.reports.responses.page import RowsPage, sres
from deskpulse.reports.responses.report import mark, report, report_page
from deskpulse.reports.responses.rows import PAGE
from deskpulse.reports.responses.sorting import Position, Sort
from deskpulse.surveys.factors import FACTORS
from deskpulse_web.auth import gate
from deskpulse_web.context import desk

HTML = "html"


def place(listed: RowsPage, **own: str) -> str | None:
    """The query that shows the following page of a list, or None on the last one."""
    behind = listed.page.next
    if behind is None:
        return None
    return urlencode([*listed.question.asked, *own.items(), ("sort", int(listed.sort)), ("after", str(behind))])


def read(session: Session, question: Question) -> RowsPage:
    """The page of responses that the address asks for by ``sort`` and ``after``."""
    try:
        after = Position.parse(request.args["after"]) if request.args.get("after") else None
        return sres(desk, session, g.organisation, question, sort=_sort(), limit=PAGE, after=after)
    except ValueError as problem:
        abort(400, f"after: {problem}.")


@gate
def show() -> Any:
    """The report that the address asks for: ``format`` html, csv or pdf; ``sendto`` asks before it mails."""
    wanted = request.args.get("format", "").lower()
    if wanted not in ("", HTML, *FileKind):
        abort(400, f"format: {wanted!r} is none of html, csv, pdf.")
    sendto = request.args.get("sendto", "").strip()
    with desk.db.read() as session:
        question = _question(session)
        if sendto:
            return _offer(session, question, sendto)
        if wanted in ("", HTML):
            return _shown(session, question)
    kind = FileKind(wanted)
    real_desk = current_app.extensions["deskpulse"]  # the proxy ends with the request, the stream goes on
    made = report(real_desk, g.organisation, question, _sort())
    pieces = delivery.pieces(real_desk, g.organisation, made, kind)
    answer = Response(pieces if kind is FileKind.CSV else b"".join(pieces), mimetype=kind.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{made.file_name}.{kind}")
    return answer


@gate
def send() -> Any:
    """Mail the report that the address asks for to those whom it names."""
    with desk.db.write() as session:
        question = _question(session)
        try:
            to = delivery.recipients(session, g.organisation, request.args.get("sendto", ""))
            delivery.check_size(session, question, _kind())
        except NotSent as problem:
            return _refused(problem)
        if not to:
            abort(400, "sendto: nobody is named.")
        delivery.queue(desk, session, g.organisation, question, _sort(), _kind(), to, g.user.email)
    flash(f"The report is on its way to {', '.join(to)}.")
    return redirect(f"{url_for('reports.survey_responses')}?{_query(question)}")


def _shown(session: Session, question: Question) -> str:
    listed = read(session, question)
    return render_template(
        "reports/survey_responses.html",
        listed=listed,
        report=report_page(desk, g.organisation, question, listed.sort, listed.page.rows),
        question=question,
        factors=FACTORS,
        mark=mark,
        sorts=list(Sort),
        query=_query(question),
        next_page=place(listed),
        recipients=sorted(delivery.authorised(session, g.organisation).values(), key=str.lower),
        everyone=delivery.EVERY_USER,
    )


def _offer(session: Session, question: Question, sendto: str) -> Any:
    try:
        to = delivery.recipients(session, g.organisation, sendto)
        delivery.check_size(session, question, _kind())
    except NotSent as problem:
        return _refused(problem)
    return render_template(
        "reports/send.html",
        report=report_page(desk, g.organisation, question, _sort(), ()),
        to=to,
        kind=_kind(),
        action=f"{url_for('reports.send_survey_responses')}?{_query(question, sendto=sendto, format=_kind())}",
        back=f"{url_for('reports.survey_responses')}?{_query(question)}",
    )


def _refused(problem: NotSent) -> tuple[str, int]:
    page = render_template("error.html", code=403, title="The report was not sent", detail=str(problem))
    return page, 403


def _question(session: Session) -> Question:
    try:
        return parse(session, g.organisation, request.args.items(multi=True), desk.now())
    except BadQuestion as problem:
        abort(400, str(problem))


def _query(question: Question, **more: str) -> str:
    return urlencode([*question.asked, ("sort", int(_sort())), *more.items()])


def _sort() -> Sort:
    asked = request.args.get("sort", "").strip()
    if not asked:
        return Sort.NEWEST_FIRST
    if asked not in {str(int(one)) for one in Sort}:
        abort(400, f"sort: {asked!r} is no number from 1 to {len(Sort)}.")
    return Sort(int(asked))


def _kind() -> FileKind:
    """What is mailed: PDF, unless the address says CSV."""
    return FileKind.CSV if request.args.get("format", "").lower() == FileKind.CSV else FileKind.PDF
