"""The demo's mailbox as a page for people, and as JSON for programs.

Mail is foreign HTML: it stands in a sandboxed frame, under a policy of its own that runs no script and loads
nothing but the pictures that came with it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from flask import Flask, Response, abort, jsonify, render_template, request, url_for
from markupsafe import Markup, escape

from deskpulse.demo.mailbox import Mailbox

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'self'; "
    f"sandbox {SANDBOX}"
)
SHOWN = 200
"""Messages in the list; older ones are found by searching."""
_ANCHOR = re.compile(r"<a(?=\s)", re.IGNORECASE)
_CID = re.compile(r"cid:([^\s\"'<>]+)", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>\"']+")


def mailbox_app(mailbox: Mailbox) -> Flask:
    """Make the page for a mailbox. It has no sign-in: serve it on loopback only."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.add_template_filter(_linked, "linked")
    app.add_template_filter(_time, "time")

    @app.get("/")
    def inbox() -> Response:
        return _page(mailbox, None)

    @app.get("/messages/<int:number>")
    def message(number: int) -> Response:
        return _page(mailbox, number)

    @app.get("/messages/<int:number>/html")
    def message_html(number: int) -> Response:
        page = _ANCHOR.sub('<a target="_blank" rel="noopener"', _find(mailbox, number)["html"])
        pictures = mailbox.pictures(number)
        page = _CID.sub(lambda named: pictures.get(unquote(named[1]), named[0]), page)
        return Response(page, headers={"Content-Security-Policy": MAIL_POLICY})

    @app.get("/messages.json")
    def messages() -> Response:
        return jsonify(mailbox.messages())

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-cache"
        return response

    return app


def _page(mailbox: Mailbox, number: int | None) -> Response:
    """Show the list, newest first, beside one message. Its entity tag lets the page ask cheaply whether it changed."""
    wanted = request.args.get("to", "").strip()
    kept = mailbox.numbered()
    found = [(each, message) for each, message in reversed(kept) if wanted.lower() in message["to"].lower()]
    response = Response(
        render_template(
            "mailbox.html",
            messages=found[:SHOWN],
            hidden=len(found[SHOWN:]),
            received=len(kept),
            wanted=wanted,
            number=number,
            message=None if number is None else _find(mailbox, number),
            view="text" if request.args.get("view") == "text" else "html",
            refresh=url_for("inbox", to=wanted or None),
            sandbox=SANDBOX,
        )
    )
    response.set_etag(f"{kept[-1][0] if kept else 0}-{number}-{hash(request.full_path):x}")
    response.make_conditional(request)
    return response


def _find(mailbox: Mailbox, number: int) -> Any:
    message = next((message for each, message in mailbox.numbered() if each == number), None)
    return abort(404) if message is None else message


def _linked(text: str) -> Markup:
    """Make the links of a plain text clickable."""
    pieces, end = [], 0
    for link in _LINK.finditer(text):
        url = escape(link[0])
        pieces.append(escape(text[end : link.start()]))
        pieces.append(Markup('<a href="{0}" target="_blank" rel="noopener">{0}</a>').format(url))
        end = link.end()
    return Markup("").join([*pieces, escape(text[end:])])


def _time(moment: str) -> Markup:
    """Show the time of day in UTC; the script turns it into the viewer's."""
    at = datetime.fromisoformat(moment)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment, f"{at:%Y-%m-%d %H:%M:%S} UTC", f"{at:%H:%M:%S} UTC"
    )
