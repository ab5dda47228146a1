"""``deskpulse demo``: everything at once on loopback, to try the whole loop without an account anywhere."""

from __future__ import annotations

import json
import shutil
import tempfile
import webbrowser
from pathlib import Path
from typing import Any

import click

from deskpulse import settings as settings_module
from deskpulse_web.demo.stage import Stage
from deskpulse_web.demo.stopping import StopOrder

PORT = 8000


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes any free one.")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Keep the data here; default: thrown away."
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON once ready.")
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
@click.option("--empty", is_flag=True, help="Without a year of tickets and responses.")
def demo(port: int, data: Path | None, as_json: bool, no_open: bool, empty: bool) -> None:
    """Start DeskPulse with a sample organisation, a mailbox, and a simulator of every helpdesk."""
    folder = data or Path(tempfile.mkdtemp(prefix="deskpulse-demo-"))
    order = StopOrder()
    stage = Stage(folder, port=port, empty=empty, disabled=settings_module.load().disabled_plugins)
    try:
        facts = stage.open()
        if as_json:
            click.echo(json.dumps(facts))
        else:
            _tell(facts)
            if not no_open:
                webbrowser.open(facts["connections"][0]["simulator_url"] if facts["connections"] else facts["base_url"])
        order.wait()
    finally:
        stage.close()
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


def _tell(facts: dict[str, Any]) -> None:
    click.echo(f"DeskPulse is ready: {facts['base_url']}/overview")
    click.echo(f"  sign in as {facts['portal']['email']} with the passphrase: {facts['portal']['password']}")
    click.echo(f"The customers' mailbox: {facts['mailbox']['url']}")
    for connection in facts["connections"]:
        click.echo(f"A helpdesk ({connection['kind']}), to solve tickets in: {connection['simulator_url']}")
    click.echo("Solve a ticket there, open the mail, click a score, answer: the score appears beside the ticket.")
    click.echo("Stop with Ctrl+C.")
