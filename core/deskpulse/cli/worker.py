"""``deskpulse worker`` and ``deskpulse beat``: jobs in processes of their own, on a broker."""

from __future__ import annotations

import click

from deskpulse.cli.context import pass_desk
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.worker import celery_app


@click.command()
@click.option("--threads", type=click.IntRange(1, 64), help="Jobs at the same time; default: the setting.")
@pass_desk
def worker(desk: Desk, threads: int | None) -> None:
    """Run jobs until stopped. Any number of workers may run."""
    _need_broker(desk)
    app = celery_app.make_app(desk)
    app.worker_main(
        [
            "worker",
            "--pool=threads",
            f"--concurrency={threads or desk.settings.worker_threads}",
            "--without-gossip",
            "--without-mingle",
            "--loglevel=WARNING",
        ]
    )


@click.command()
@pass_desk
def beat(desk: Desk) -> None:
    """Start recurring work. One is enough; several do no harm."""
    _need_broker(desk)
    app = celery_app.make_app(desk)
    app.Beat(scheduler_cls="celery.beat:Scheduler", max_interval=1, loglevel="WARNING", quiet=True).run()


def _need_broker(desk: Desk) -> None:
    if desk.settings.embedded:
        raise ConfigurationError(
            "DESKPULSE_BROKER_URL is memory://, which lives inside `deskpulse serve`; set it to a broker."
        )
