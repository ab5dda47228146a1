"""``deskpulse web`` at the time at which the measured answers end; everything else is the product's own.

A program: address to listen at, workers, threads; settings from the environment.
"""

from __future__ import annotations

import sys
from typing import Any

from bench import mass
from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.worker import celery_app
from deskpulse_web.application import create_app
from deskpulse_web.serve import Server


class Dated(Server):
    """DeskPulse under gunicorn, on a clock that stands still."""

    def load(self) -> Any:
        desk = Desk.open(self._settings, now=lambda: mass.NOW)
        celery_app.make_app(desk)
        return create_app(desk)


if __name__ == "__main__":
    bind, workers, threads = sys.argv[1:]
    options = {"bind": bind, "workers": int(workers), "threads": int(threads)}
    Dated(settings_module.load(), options, embedded=False).run()
