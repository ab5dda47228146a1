"""The desk of the application that handles the current request."""

from __future__ import annotations

from typing import cast

from flask import current_app
from werkzeug.local import LocalProxy

from deskpulse.desk import Desk

desk: Desk = cast("Desk", LocalProxy(lambda: current_app.extensions["deskpulse"]))
