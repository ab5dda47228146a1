"""Job statuses: the work is done at once, yet told of as the vendor does: queued first, completed when asked again."""

from __future__ import annotations

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.api import Api, Call
from deskpulse_zendesk.simulator.errors import not_found

KEPT = 1000


def queue(account: Account, results: list[Json]) -> Json:
    """Keep a finished job and answer as if it had just been queued."""
    number = f"V3-{account.ids.secret(32)}"
    total = len(results)
    job: Json = {
        "id": number,
        "job_type": "Bulk Update Ticket",
        "url": f"{account.base_url}/api/v2/job_statuses/{number}.json",
        "total": total,
        "progress": total,
        "status": "completed",
        "message": f"Completed at {account.now():%Y-%m-%d %H:%M:%S} UTC",
        "results": results,
    }
    account.jobs[number] = job
    if len(account.jobs) > KEPT:
        account.jobs.pop(next(iter(account.jobs)))
    return {"job_status": job | {"status": "queued", "progress": None, "message": None, "results": None}}


def add_routes(api: Api) -> None:
    """``/job_statuses``."""
    api.add("GET", "/job_statuses/<number>", show)


def show(call: Call, number: str) -> Json:
    """A job, done by now."""
    if number not in call.account.jobs:
        raise not_found()
    return {"job_status": call.account.jobs[number]}
