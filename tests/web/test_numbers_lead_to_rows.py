"""Filters, links and exports agree: every number on every dashboard leads to so many rows, and all outlets say the same.

One world for all: three years thin and one month dense, departments with teams, agents, segments, captured fields,
factors and comments, scores that are firm, indicative or withheld, and tickets at every stage of the response funnel.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from conftest import Clock
from deskpulse import settings as settings_module
from deskpulse.access.models import User
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, Segment, SupportGroup
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.surveys import invites, rules
from deskpulse.surveys.models import Response
from deskpulse.testing import fake_helpdesk
from deskpulse_web.application import create_app
from deskpulse_web.auth import EPOCH, USER
from fixtures.cohort import Cohort
from fixtures.counts import Rows, counts_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
DENSE, YEARS = 210, 3
"""Answers of the last weeks, and how far back single ones go."""
FACTORS = ("speed", "reply", "courtesy", "of old times")
WORDS = ("Thank you, quick and friendly", "Three days without any update", "It works, thank you", "", "")


@dataclass
class World:
    """A desk with an organisation that has been asking for years, and somebody who is signed in."""

    desk: Desk
    organisation: Organisation
    client: FlaskClient


def people(cohort: Cohort) -> tuple[dict[str, int], list[int]]:
    """Groups by code: two departments with teams, one with a single one; and agents."""
    mine = {"organisation_id": cohort.organisation.id}
    groups: dict[str, int] = {}
    tree = (("infra", None), ("network", "infra"), ("field", "network"), ("desktop", "infra"), ("apps", None),
            ("erp", "apps"), ("rooms", None))  # fmt: skip
    with cohort.desk.db.write() as session:
        session.get_one(ConnectionRow, cohort.connection_id).secrets_sealed = cohort.desk.vault.seal("{}")
        for code, above in tree:
            row = SupportGroup(**mine, name=code.title(), code=code, parent_id=groups.get(above or ""))
            session.add(row)
            session.flush()
            groups[code] = row.id
        for position, code in ((1, "north"), (1, "south"), (2, "it"), (2, "hr")):
            session.add(Segment(**mine, position=position, code=code, name=code.upper()))
        agents = [
            AgentRow(**mine, connection_id=cohort.connection_id, vendor_id=name, name=name, email=f"{name}@x.example")
            for name in ("Bo", "Cy", "Di", "Ed")
        ]
        session.add_all(agents)
    return groups, [agent.id for agent in agents]


def answers(cohort: Cohort, groups: dict[str, int], agents: list[int]) -> None:
    """Answers by the hundred, without the way that they came."""
    some = random.Random(11)
    busy = [groups[code] for code in ("network", "network", "field", "desktop", "infra", "apps", "erp")]
    weeks = [NOW - timedelta(days=some.randrange(45), hours=some.choice((0, 1, 5))) for _ in range(DENSE)]
    years = [NOW - timedelta(days=80 * number) for number in range(1, YEARS * 365 // 80 + 1)]
    with cohort.desk.db.write() as session:
        for number, at in enumerate(weeks + years):
            response = Response(
                organisation_id=cohort.organisation.id,
                link=f"mass-{number}",
                entrance="token",
                status="counted" if number % 40 else "review",
                current=True,
                tid=f"T{number}",
                score=some.choice((10, 10, 9, 9, 8, 7, 5, 2, 0)),
                factors=some.sample(FACTORS, some.choice((0, 1, 1, 2))),
                comment=some.choice(WORDS),
                answered_at=at,
                first_answered_at=at,
                group_id=groups["rooms"] if number % 70 == 3 else None if number % 30 == 5 else some.choice(busy),
                agent_id=some.choice([*agents[:3] * 4, agents[3], None]),
                segment1=some.choice(("north", "north", "south", "west", None)),
                segment2=some.choice(("it", "it", "hr", None)),
                channel=some.choice(("email", "portal")),
                priority=some.choice(("high", "low", "low", None)),
                category=some.choice(("Network", "Accounts")),
                customer_organisation=some.choice(("Plant", None)),
                reassignments=some.choice((0, 0, 1, 3, 7, None)),
                minutes_to_resolve=some.choice((20, 100, 300, 3000, None)),
                fields={"product": some.choice(("Mail", "VPN", "ERP & more")), "site": "Ä/ö"} if number % 4 else {},
            )
            response.stamp(ZONE)
            session.add(response)


def resolutions(cohort: Cohort, groups: dict[str, int]) -> None:
    """Tickets on every stage of the funnel, this month and the one before, by two channels and without."""
    where = [{"group_id": groups[code], "priority": priority, "segment1": segment}
             for code in ("network", "erp", "infra") for priority, segment in (("high", "north"), ("low", "south"))]  # fmt: skip
    for number, about in enumerate(where):
        at = NOW - timedelta(days=5 + 6 * number)
        who = {"person": f"kim{number}@x.example", "at": at, **about}
        cohort.answer(cohort.asked(**who), 9 - number, "Thank you" if number % 2 else "")
        cohort.look(cohort.asked(**who), f"kim{number}")
        cohort.answer(cohort.asked(**who), 3, gesture=False)
        cohort.becomes(cohort.resolve(**who), invites.BOUNCED)
        cohort.becomes(cohort.asked(**who), invites.EXPIRED)
    for reason in (rules.BY_HELPDESK, rules.ASKED_RECENTLY, rules.OPTED_OUT, rules.MERGED, rules.ASKED_RECENTLY):
        cohort.resolve(reason, at=NOW - timedelta(days=2), **where[0])
    cohort.resolve(rules.NO_CUSTOMER, person=None, at=NOW - timedelta(days=3))
    cohort.asked(channel="helpdesk", at=NOW - timedelta(days=1), person="lee@x.example")


def opened(folder: Path, clock: Clock) -> Desk:
    hub = Hub()
    hub.register(fake_helpdesk.plugin, "fake")
    return Desk.open(settings_module.make(data_dir=str(folder), base_url="http://127.0.0.1:8000"), hub, now=clock)


def signed_in(desk: Desk) -> World:
    with desk.db.read() as session:
        organisation = session.scalars(select(Organisation)).one()
        user = session.scalars(select(User)).one()
    client = create_app(desk).test_client()
    with client.session_transaction() as cookie:
        cookie[USER], cookie[EPOCH] = user.id, user.session_epoch
    return World(desk, organisation, client)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    """The world's data directory, to be copied by whoever changes something."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(empty_database, folder / "deskpulse.sqlite3")
    desk = opened(folder, Clock(NOW))
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind IT", time_zone=ZONE.key, code="northwind")
        organisations.change_preferences(
            desk, session, organisation, {"project_field": "product", "open_displays": True}, "test"
        )
        usual = {"email": "ann@x.example", "name": "Ann", "passphrase_hash": "none", "created_at": NOW}
        session.add(User(organisation_id=organisation.id, **usual))
    cohort = Cohort(desk, organisation)
    groups, agents = people(cohort)
    answers(cohort, groups, agents)
    resolutions(cohort, groups)
    desk.close()
    return folder


@pytest.fixture(scope="module")
def seen(made: Path) -> Iterator[World]:
    """The world for those who only look."""
    desk = opened(made, Clock(NOW))
    yield signed_in(desk)
    desk.close()


PIVOT = "FIELDS&rows=field:product&columns=hour"
WALKS: dict[str, tuple[str, ...]] = {
    "": ("OVERVIEW", "SRES", "AGENTS", "SEGMENTS", "FACTORS", "FIELDS", "RATE"),
    "rgid=network": ("OVERVIEW", "AGENTS", "FACTORS", PIVOT, "RATE"),
    "rgid=infra&combine=n": ("OVERVIEW", "SEGMENTS&by=department", "FIELDS&rows=commented", "RATE"),
    "sgid1=north&priority=high": ("SEGMENTS", "AGENTS&sort=answers", "FIELDS&rows=weekday", "RATE"),
    "q=thank+you": ("SRES", "AGENTS", "SEGMENTS&by=department", "FACTORS", PIVOT),
    "band=detractor&band=passive": ("OVERVIEW", "SEGMENTS", "FACTORS", "FIELDS&rows=project"),
    "factor=speed&factor=reply": ("SRES", "FACTORS", "FIELDS&rows=time_to_resolve&columns=segment2"),
    "month=2026-01": ("AGENTS", "SEGMENTS&by=department", "FACTORS", "FIELDS&rows=reassignments", "RATE"),
    "from=2023-04-01&to=2026-02-20&rgid=NONE&rgid=apps": ("OVERVIEW", "FIELDS&rows=group_id&columns=month", "RATE"),
}
"""Questions, each with dashboards that are asked it."""


def wrong_numbers(rows: Rows, page: str) -> tuple[int, list[str]]:
    """How many counts a page has, and those that lead nowhere, or to more or fewer rows."""
    found, wrong = counts_of(page), []
    for one in found:
        if not one.address:
            wrong.append(f"leads nowhere: {one.place}")
        elif (behind := rows.behind(one.address)) != one.number:
            wrong.append(f"{one.number}, but {behind} rows: {one.place} ({one.address})")
    return len(found), wrong


@pytest.mark.parametrize("question", WALKS)
def test_every_number_on_every_dashboard_leads_to_so_many_rows(seen: World, question: str) -> None:
    rows, wrong = Rows(seen.client), []
    for dashboard in WALKS[question]:
        answer = seen.client.get(f"/dashboard?dashid={dashboard}&{question}")
        assert answer.status_code == 200
        page = answer.text
        if dashboard == "OVERVIEW":  # its script reads this part
            part = seen.client.get(f"/dashboard/funnel?dashid=OVERVIEW&{question}").text
            page = page.replace("</main>", f"{part}</main>")
        walked, its = wrong_numbers(rows, page)
        assert walked >= 3, dashboard
        wrong += [f"{dashboard}: {one}" for one in its]
    assert not wrong, "\n".join(wrong)
