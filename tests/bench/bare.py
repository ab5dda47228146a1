"""The bounds: Flask views that do the same database work and nothing else.

No rooms, no plug-ins, no rules: SQLAlchemy Core statements made once, on the same tables. ``gunicorn
'bench.bare:create()'`` serves them; the environment says on which database.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, redirect, request
from sqlalchemy import Connection, Engine, bindparam, create_engine, event, func, insert, make_url, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from werkzeug.wrappers import Response as WebResponse

from bench.world import COOKIE, SIGNING_SECRET
from deskpulse.connections.models import ConnectionRow
from deskpulse.db import words
from deskpulse.inbound.models import DeliveryRow
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.models import Job
from deskpulse.surveys.models import Hit, Invite, Resolution, Response, TicketRow

DATABASE, PAGE_BYTES = "BENCH_DATABASE_URL", "BENCH_PAGE_BYTES"

TABLES: list[Any] = [
    model.__table__
    for model in (ConnectionRow, DeliveryRow, Job, Invite, Hit, Response, TicketRow, Resolution, Organisation)
]
CONNECTION, DELIVERY, JOB, INVITE, HIT, RESPONSE, TICKET, RESOLUTION, ORGANISATION = TABLES

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><main>
<p>{{ title }}</p>
<form method="post" action="{{ path }}">
<input type="hidden" name="nonce" value="{{ nonce }}">
{%- for score in range(11) %}
<label><input type="radio" name="score" value="{{ score }}" required><span>{{ score }}</span></label>
{%- endfor %}
<p>{{ padding }}</p>
</form>
</main></body>
</html>
"""

PAGE_OF_ROWS = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><main>
<h1>{{ title }}</h1>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Score</th><th scope="col">Answers</th></tr></thead>
<tbody>
{%- for row in rows %}
<tr><th scope="row"><a href="/page?name={{ row.name|urlencode }}">{{ row.name }}</a></th>
<td class="{{ row.band }}">{{ row.score }}</td><td>{{ row.answers }}</td></tr>
{%- endfor %}
</tbody>
</table>
</main></body>
</html>
"""
"""A page of numbers like any: each row is a name with a link, and two numbers."""

FIND_CONNECTION = select(CONNECTION.c.id, CONNECTION.c.organisation_id).where(CONNECTION.c.key == bindparam("key"))
ADD_JOB = insert(JOB)
FIND_INVITE = select(INVITE.c.id, INVITE.c.organisation_id, INVITE.c.message_id).where(
    INVITE.c.token_digest == bindparam("link")
)
ADD_HIT = insert(HIT)
FIND_ANSWER = (
    select(RESPONSE.c.score, RESPONSE.c.answered_at, RESPONSE.c.comment)
    .where(
        RESPONSE.c.organisation_id == bindparam("organisation"),
        RESPONSE.c.person == bindparam("person"),
    )
    .order_by(RESPONSE.c.answered_at.desc())
    .limit(12)
)
SURVEY = (
    select(INVITE, RESOLUTION.c.subject, RESOLUTION.c.fields, TICKET.c.vendor_id, ORGANISATION.c.preferences)
    .add_columns(select(func.count(HIT.c.id)).where(HIT.c.link == INVITE.c.token_digest).scalar_subquery())
    .join(RESOLUTION, RESOLUTION.c.id == INVITE.c.resolution_id)
    .join(TICKET, TICKET.c.id == INVITE.c.ticket_id)
    .join(ORGANISATION, ORGANISATION.c.id == INVITE.c.organisation_id)
    .outerjoin(RESPONSE, RESPONSE.c.link == INVITE.c.token_digest)
    .where(INVITE.c.token_digest == bindparam("link"))
)
HITS = select(HIT).where(HIT.c.link == bindparam("link")).order_by(HIT.c.id)
ADD_ANSWER_HIT = insert(HIT).returning(HIT.c.id)
ADD_RESPONSE = insert(RESPONSE).returning(RESPONSE.c.id)
LOCK_TICKET = select(TICKET.c.id).where(TICKET.c.id == bindparam("ticket")).with_for_update()
OF_TICKET = select(RESPONSE).where(RESPONSE.c.ticket_id == bindparam("ticket"), RESPONSE.c.status == "counted")
END_INVITE = (
    update(INVITE)
    .where(INVITE.c.id == bindparam("invite"), INVITE.c.state != "answered")
    .values(state="answered", ended_at=bindparam("moment"))
)
LOCK_LINK = text("SELECT pg_advisory_xact_lock(:number)")


def create() -> Flask:
    """The application on the database that the environment names."""
    return make_app(os.environ[DATABASE], int(os.environ.get(PAGE_BYTES, "0")))


def make_engine(url: str) -> Engine:
    """The database of the bounds; SQLite is told the function that its triggers call."""
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, pool_size=10)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _know_words)
    return engine


def make_app(url: str, page_bytes: int) -> Flask:
    """The application: one view for each bound."""
    engine = make_engine(url)
    on_postgresql = engine.dialect.name == "postgresql"
    dialect: Any = postgresql if on_postgresql else sqlite
    add_delivery = dialect.insert(DELIVERY).on_conflict_do_nothing().returning(DELIVERY.c.id)
    add_keyed_job = dialect.insert(JOB).on_conflict_do_nothing()
    app = Flask("bare")
    page = app.jinja_env.from_string(PAGE)
    padding = "x" * max(0, page_bytes - 1050)
    page_of_rows = app.jinja_env.from_string(PAGE_OF_ROWS)
    empty, ten = (len(page_of_rows.render(title="Scores", rows=_rows(count))) for count in (0, 10))

    @app.post("/in/<key>")
    def inlet(key: str) -> tuple[dict[str, str], int]:
        body, now = request.get_data(), datetime.now(UTC)
        with engine.begin() as db:
            row = db.execute(FIND_CONNECTION, {"key": key}).one_or_none()
            if row is None or not _is_genuine(body, now):
                return {"error": "not verified"}, 401
            values = {
                "organisation_id": row.organisation_id, "connection_id": row.id, "state": "new", "body": body,
                "vendor_id": request.headers["X-Fake-Delivery"], "received_at": now, "headers": dict(request.headers),
            }  # fmt: skip
            delivery_id = db.execute(add_delivery, values).scalar_one()
            db.execute(ADD_JOB, _job("read_delivery", row.organisation_id, now, {"delivery_id": delivery_id}))
        return {"status": "accepted"}, 202

    @app.get("/s/<token>")
    def survey(token: str) -> str:
        link, nonce = _digest(token), secrets.token_urlsafe(16)
        with engine.begin() as db:
            row = db.execute(FIND_INVITE, {"link": link}).one()
            db.execute(ADD_HIT, _hit(row.organisation_id, link, "view", nonce))
        return page.render(title="How did we do?", path=request.path, nonce=nonce, padding=padding)

    @app.post("/s/<token>")
    def answer(token: str) -> WebResponse:
        link = _digest(token)
        with engine.begin() as db:
            if on_postgresql:
                db.execute(LOCK_LINK, {"number": int(link[:15], 16)})
            _keep_answer(db, link, add_keyed_job)
        return redirect(f"{request.path}/thanks", 303)

    @app.get("/page/<int:size>")
    def sized(size: int) -> str:
        rows = _rows(max(0, 10 * (size - empty) // (ten - empty)))
        return page_of_rows.render(title="Scores", rows=rows)

    @app.get("/panel/<key>")
    def panel(key: str) -> tuple[dict[str, Any], int]:
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {key}".encode()):
            pass  # a bound without secrets: the comparison is made, its outcome does not matter
        with engine.connect() as db:
            rows = db.execute(FIND_ANSWER, {"organisation": 1, "person": request.args["email"]}).all()
        return {"trend": [{"score": row.score, "at": row.answered_at.isoformat()} for row in rows]}, 200

    return app


def _know_words(connection: Any, _record: Any) -> None:
    connection.create_function(words.FUNCTION, 1, words.words_of, deterministic=True)


def _rows(count: int) -> list[dict[str, Any]]:
    return [
        {"name": f"Team {number:05}", "band": "promoter", "score": f"{number % 90 + 10}", "answers": f"{number:05}"}
        for number in range(count)
    ]


def _is_genuine(body: bytes, now: datetime) -> bool:
    stamp, given = request.headers["X-Fake-Timestamp"], request.headers["X-Fake-Signature"]
    wanted = hmac.new(SIGNING_SECRET.encode(), stamp.encode() + body, hashlib.sha256).hexdigest()
    fresh = abs(datetime.fromisoformat(stamp) - now) <= timedelta(minutes=5)
    return hmac.compare_digest(given.removeprefix("v1=").encode(), wanted.encode()) and fresh


def _keep_answer(db: Connection, link: str, add_keyed_job: Any) -> None:
    now, score, comment = datetime.now(UTC), int(request.form["score"]), request.form["comment"]
    row = db.execute(SURVEY, {"link": link}).one()
    assert db.execute(HITS, {"link": link}).all()
    given = {"score": score, "factors": request.form.getlist("factor"), "comment": comment}
    hit = _hit(row.organisation_id, link, "answer", secrets.token_urlsafe(16))
    db.execute(ADD_ANSWER_HIT, {**hit, "uses": request.form["nonce"], "score": score, "answer": given}).scalar_one()
    values = {
        **given, "organisation_id": row.organisation_id, "link": link, "entrance": "token", "status": "counted",
        "current": True, "ticket_id": row.ticket_id, "resolution_id": row.resolution_id, "invite_id": row.id,
        "tid": row.vendor_id, "answered_at": now, "first_answered_at": now, "person": row.person,
        "link_parameters": {}, "visit": _digest(request.cookies[COOKIE]), "day": now.date(), "hour": now.hour,
        "fields": row.fields,
    }  # fmt: skip
    db.execute(LOCK_TICKET, {"ticket": row.ticket_id}).all()
    db.execute(OF_TICKET, {"ticket": row.ticket_id}).all()
    response_id = db.execute(ADD_RESPONSE, values).scalar_one()
    facts = {"response_id": response_id, "revision": 1}
    jobs = [_job(kind, row.organisation_id, now, facts) for kind in ("tell_response", "write_back")]
    db.execute(add_keyed_job, [{**job, "key": f"{response_id}.1"} for job in jobs])
    db.execute(END_INVITE, {"invite": row.id, "moment": now})


def _hit(organisation_id: int, link: str, kind: str, nonce: str) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id, "link": link, "kind": kind, "at": datetime.now(UTC), "visit": link,
        "nonce": nonce, "evidence": {"agent": request.headers.get("User-Agent", "")},
    }  # fmt: skip


def _job(kind: str, organisation_id: int, now: datetime, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": kind, "organisation_id": organisation_id, "payload": payload, "state": "due", "due_at": now,
        "attempts": 0, "created_at": now,
    }  # fmt: skip


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
