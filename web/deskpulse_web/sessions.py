"""Who is signed in: a signed cookie that lasts half a day from when it was sent, and is sent anew while it is used."""

from __future__ import annotations

import time
from datetime import timedelta

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature

LIFETIME = timedelta(hours=12)
RENEWED_AFTER = timedelta(hours=1)
"""So old a cookie is sent anew with the next page: who asks for no page is signed out eleven to twelve hours later.

To sign one with every page takes a tenth of a display's time."""


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie. Who has none, such as a helpdesk or a customer, costs no signature check."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie; one that is forged or too old counts for nothing."""
        cookie = request.cookies.get(self.get_cookie_name(app))
        serializer = self.get_signing_serializer(app) if cookie else None
        if not cookie or serializer is None:
            return self.session_class()
        try:
            known, signed_at = serializer.loads(cookie, int(LIFETIME.total_seconds()), return_timestamp=True)
        except BadSignature:
            return self.session_class()
        session = self.session_class(known)
        session.modified = time.time() - signed_at.timestamp() > RENEWED_AFTER.total_seconds()
        return session
