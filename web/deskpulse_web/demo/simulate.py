"""``deskpulse simulate``: one helpdesk's stand-in by itself, for those who build on its API."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from deskpulse import settings as settings_module
from deskpulse.demo import sample
from deskpulse.errors import ConfigurationError
from deskpulse.hub import Hub
from deskpulse_web.demo.local import LocalServer
from deskpulse_web.demo.stopping import StopOrder


@click.command()
@click.argument("kind")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any free one.")
@click.option("--empty", is_flag=True, help="Without the sample's tickets.")
def simulate(kind: str, port: int, empty: bool) -> None:
    """Serve the simulator of a helpdesk on loopback until stopped."""
    order = StopOrder()
    declared = Hub.load(disabled=settings_module.load().disabled_plugins).kind(kind)
    if declared.simulator is None:
        raise ConfigurationError(f"The plug-in for {declared.label} brings no simulator.")
    simulator = declared.simulator()
    server = LocalServer(simulator.wsgi_app, port)
    if not empty:
        simulator.load(*sample.worlds(datetime.now(UTC)))
    simulator.start(server.url)
    server.start()
    access = simulator.access()
    click.echo(f"{declared.label} simulator: {server.url}")
    for name, value in {**access.settings, **access.secrets}.items():
        click.echo(f"  {name}={value}")
    order.wait()
    simulator.close()
    server.stop()
