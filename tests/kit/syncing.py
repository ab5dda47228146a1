"""One synchronisation in a process of its own, which a test may kill: ``python -m kit.syncing MODULE KIND CONNECTION``.

It prints a line of JSON for every batch, waits for a line to go on, and at the end says what it took.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path

from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.directory.models import SyncRun
from deskpulse.directory.sync import synchronise
from deskpulse.hub import Hub


def main(module: str, kind: str, connection_id: int) -> None:
    hub = Hub()
    hub.register(importlib.import_module(module), kind)
    desk = Desk.open(settings_module.load(), hub)
    before, begun = _peak(), time.perf_counter()
    run = synchronise(desk, connection_id, progress=_tell)
    seconds = time.perf_counter() - begun
    _say({"state": run.state, **_counts(run), "seconds": seconds, "kib": _peak() - before})
    desk.close()


def _tell(run: SyncRun) -> None:
    """Say how far we are, and go on when told to; at once where nobody can tell us."""
    _say({"state": "running", **_counts(run)})
    sys.stdin.readline()


def _counts(run: SyncRun) -> dict[str, int]:
    return {"groups": run.groups, "agents": run.agents, "changed": run.changed}


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201 - the test reads it


def _peak() -> int:
    """The most memory that this process ever held, in KiB; what getrusage says is inherited from whoever forked us."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
