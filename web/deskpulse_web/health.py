"""``/healthz``, ``/readyz``, ``/metrics``: for machines that watch."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from deskpulse.db import migrate
from deskpulse.outbound.models import Job
from deskpulse_web.context import desk

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> str:
    """The process answers."""
    return "ok\n"


@blueprint.get("/readyz")
def readyz() -> tuple[str, int]:
    """The database answers and has its tables; otherwise 503."""
    return ("ready\n", 200) if migrate.current(desk.db) else ("no tables yet\n", 503)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Jobs by state, for Prometheus; nothing about any organisation."""
    registry = CollectorRegistry()
    gauge = Gauge("deskpulse_jobs", "Jobs in the outbox by state", ["state"], registry=registry)
    with desk.db.read() as session:
        for state, count in session.execute(select(Job.state, func.count()).group_by(Job.state)):
            gauge.labels(state).set(count)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
