"""The web application of DeskPulse: it parses requests, calls core, and renders what core says."""

from deskpulse_web.application import create_app

__all__ = ["create_app"]
