"""The application factory: rooms, sessions, security headers, errors."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, render_template, request
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from deskpulse.desk import Desk
from deskpulse_web import (
    auth,
    dashboards,
    displays,
    documents,
    export,
    health,
    hookspecs,
    inlet,
    launchpad,
    oauth,
    panel,
    reports,
    review,
    status,
    survey,
)
from deskpulse_web.frame import register_frame
from deskpulse_web.sessions import LIFETIME, Sessions

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
RETRY_AFTER = "30"
"""Seconds; below a minute, so that every helpdesk that repeats calls at all repeats these."""
log = structlog.get_logger(__name__)


class Application(Flask):
    """Flask, except that a page is logged by its rule: its address may hold the token of a survey."""

    def log_exception(self, exc_info: Any) -> None:
        """Note the failure of a page."""
        log.error("page failed", page=str(request.url_rule), method=request.method, exc_info=exc_info)


def create_app(desk: Desk) -> Flask:
    """The WSGI application for one desk. Two applications in one process share nothing."""
    app = Application("deskpulse_web", static_folder="static", template_folder="templates")
    secure = desk.settings.secure
    session_keys = desk.vault.derived_keys("web session")
    app.config.update(
        SECRET_KEY=session_keys[0],
        SECRET_KEY_FALLBACKS=session_keys[1:],
        SESSION_COOKIE_NAME="__Host-deskpulse" if secure else "deskpulse",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LIFETIME,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        BOOTSTRAP_SERVE_LOCAL=True,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=secure,
    )
    app.session_interface = Sessions()
    app.extensions["deskpulse"] = desk
    if desk.settings.trusted_proxies:
        hops = desk.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Bootstrap5(app)
    csrf = CSRFProtect(app)
    for room in (inlet, survey, panel, oauth, health):
        app.register_blueprint(room.blueprint)
        csrf.exempt(room.blueprint)
    for room in (auth, dashboards, displays, documents, export, launchpad, reports, review, status):
        app.register_blueprint(room.blueprint)
    desk.hub.add_hookspecs(hookspecs)
    for blueprints in desk.hub.collect("deskpulse_web_blueprints", settings=desk.settings):
        for blueprint in blueprints:
            app.register_blueprint(blueprint)
    register_frame(app)
    app.after_request(_secure)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SQLAlchemyError, _cannot_store)
    return app


def _secure(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _http_error(error: HTTPException) -> tuple[str, int] | HTTPException:
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    return render_template("error.html", code=error.code, title=error.name, detail=error.description), error.code


def _cannot_store(error: SQLAlchemyError) -> tuple[str, int, dict[str, str]]:
    log.error("database not usable", page=str(request.url_rule), problem=type(error).__name__)
    page = render_template(
        "error.html", code=503, title="Please try again", detail="DeskPulse cannot store anything just now."
    )
    return page, 503, {"Retry-After": RETRY_AFTER}
