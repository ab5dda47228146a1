"""The launchpad."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("launchpad", __name__, template_folder="templates", static_folder="static")
