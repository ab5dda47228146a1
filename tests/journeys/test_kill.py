"""Killed at random moments, nothing is lost and nothing is doubled: the embedded default, on a short bad day."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskpulse.demo.mailbox import Mailbox
from fixtures.accounts import Accounts
from fixtures.installation import installation
from fixtures.storm import Storm, helpdesk


def test_killing_the_embedded_installation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (
        Mailbox() as mailbox,
        helpdesk(40) as desk,
        installation(tmp_path, smtp_url=mailbox.url) as house,
    ):
        house.set_up(desk.kind, desk.simulator)
        house.start()
        with Storm(house, desk, mailbox, seconds=8, blows=[house.strike] * 3) as storm:
            storm.rage()
            storm.settle(timeout=40)
        accounts = Accounts(storm)
        accounts.check()
        report = accounts.report()
    with capsys.disabled():
        print(f"\n{report}")  # noqa: T201 - what happened, for people
