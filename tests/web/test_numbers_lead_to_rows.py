"""Filters, links and exports agree: every number on every dashboard leads to so many rows, all outlets tell the same.

One world for all: three years thin and one month dense, departments with teams, agents, segments, captured fields,
factors and comments, scores that are firm, indicative or withheld, and tickets at every stage of the response funnel.
"""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from conftest import Clock
from deskpulse import settings as settings_module
from deskpulse.access.models import User
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, Segment, SupportGroup
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.models import Job
from deskpulse.reports import roll_ups
from deskpulse.reports.funnel import journeys as funnel_journeys
from deskpulse.reports.pivots import pivots
from deskpulse.surveys import days, invites, rules
from deskpulse.surveys.models import Response, ResponseRevision
from deskpulse.testing import fake_helpdesk
from deskpulse.worker.drain import drain
from deskpulse_web.application import create_app
from deskpulse_web.auth import EPOCH, USER
from fixtures.answers import Answers
from fixtures.cohort import Cohort
from fixtures.counts import Rows, counts_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
DENSE, SPARSE, YEARS = 210, 140, 3
"""Answers of the last weeks, the days between single ones before, and how far back these go."""
FACTORS = ("speed", "reply", "of old times")
WORDS = ("Thank you, quick and friendly", "Three days without any update", "It works, thank you", "", "")


@dataclass
class World:
    """A desk with an organisation that has been asking for years, and somebody who is signed in."""

    desk: Desk
    organisation: Organisation
    client: FlaskClient

    def get(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        return answer.data.decode("utf-8-sig")


def people(cohort: Cohort) -> tuple[dict[str, int], list[int]]:
    """Groups by code: two departments with teams, one with a single one; and agents."""
    mine = {"organisation_id": cohort.organisation.id}
    groups: dict[str, int] = {}
    tree = (("infra", None), ("network", "infra"), ("field", "network"), ("desktop", "infra"), ("apps", None),
            ("erp", "apps"), ("rooms", None))  # fmt: skip
    with cohort.desk.db.write() as session:
        connection = session.get_one(ConnectionRow, cohort.connection_id)
        connection.secrets_sealed = cohort.desk.vault.seal_all({})
        connection.settings = {"base_url": "https://helpdesk.example"}
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
    years = [NOW - timedelta(days=SPARSE * number) for number in range(1, YEARS * 365 // SPARSE + 1)]
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
    where = [
        {"group_id": groups[code], "priority": priority, "segment1": segment}
        for code in ("network", "erp", "infra")
        for priority, segment in (("high", "north"), ("low", "south"))
    ]
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
    funnel_journeys.fold(desk)  # all but the newest hits
    desk.close()
    return folder


@pytest.fixture(scope="module")
def seen(made: Path) -> Iterator[World]:
    """The world for those who only look."""
    desk = opened(made, Clock(NOW))
    yield signed_in(desk)
    desk.close()


@pytest.fixture
def world(made: Path, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A world of one's own, to change."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    clock.at = NOW
    desk = opened(tmp_path, clock)
    yield signed_in(desk)
    desk.close()


PIVOT = "FIELDS&rows=field:product&columns=hour"
WALKS: dict[str, tuple[str, ...]] = {
    "": ("OVERVIEW", "SRES", "AGENTS", "SEGMENTS", "FACTORS", "FIELDS", "RATE", "RATE&people=y"),
    "rgid=network": ("OVERVIEW", "AGENTS", "FACTORS", PIVOT, "RATE", "RATE&people=y"),
    "rgid=infra&combine=n": ("OVERVIEW", "SEGMENTS&by=department", "FIELDS&rows=commented", "RATE"),
    "sgid1=north&priority=high": ("SEGMENTS", "AGENTS&sort=answers", "FIELDS&rows=weekday", "RATE"),
    "q=thank+you": ("SRES", "AGENTS", "SEGMENTS&by=department", "FACTORS", PIVOT),
    "band=detractor&band=passive": ("OVERVIEW", "SEGMENTS", "FACTORS", "FIELDS&rows=project"),
    "factor=speed&factor=reply": ("SRES", "FACTORS", "FIELDS&rows=time_to_resolve&columns=segment2"),
    "month=2026-01": ("AGENTS", "SEGMENTS&by=department", "FACTORS", "FIELDS&rows=reassignments", "RATE&people=y"),
    "from=2023-04-01&to=2026-02-20&rgid=NONE&rgid=apps": ("OVERVIEW", "FIELDS&rows=group_id&columns=month", "RATE"),
}
"""Questions, each with dashboards that are asked it."""


def wrong_numbers(rows: Rows, page: str, lists: str = "") -> tuple[int, list[str]]:
    """How many counts a page has, and those that lead nowhere, or to more or fewer rows.

    On a page that ``lists`` rows itself, which is its address, the total stands above them and needs no link.
    """
    found, wrong = counts_of(page), []
    for one in found:
        address = one.address or lists
        if not address:
            wrong.append(f"leads nowhere: {one.place}")
        elif (behind := rows.behind(address)) != one.number:
            wrong.append(f"{one.number}, but {behind} rows: {one.place} ({address})")
    return len(found), wrong


@pytest.mark.parametrize("question", WALKS)
def test_every_number_on_every_dashboard_leads_to_so_many_rows(seen: World, question: str) -> None:
    rows, wrong = Rows(seen.client), []
    for dashboard in WALKS[question]:
        address = f"/dashboard?dashid={dashboard}&{question}"
        page = seen.get(address)
        if dashboard == "OVERVIEW":  # its script reads this part
            page = page.replace("</main>", seen.get(f"/dashboard/funnel?dashid=OVERVIEW&{question}") + "</main>")
        walked, its = wrong_numbers(rows, page, address if dashboard == "SRES" else "")
        assert walked >= 3, dashboard
        wrong += [f"{dashboard}: {one}" for one in its]
    assert not wrong, "\n".join(wrong)


def test_what_holds_on_withheld_indicative_and_firm_scores(seen: World) -> None:
    """The world is one in which each of them is met."""
    page = seen.get("/dashboard?dashid=OVERVIEW")
    assert "not enough answers yet" in page
    assert "indicative" in page
    assert "Response funnel" in page
    assert "No support group" in page


def test_a_kept_pivot_leads_to_its_rows_as_of_the_time_that_it_shows(world: World, clock: Clock) -> None:
    """From the answers alone, from what was kept, with answers since, and after these were folded into it."""
    desk, address = world.desk, f"/dashboard?dashid={PIVOT}&rgid=network"

    def walk(state: str) -> int:
        page = world.get(address)
        as_of = re.search(r'As of <time datetime="([^"]+)"', page)
        assert as_of
        assert datetime.fromisoformat(as_of[1]) == desk.now()
        assert state in page
        walked, wrong = wrong_numbers(Rows(world.client), page)
        assert walked > 10
        assert not wrong, "\n".join(wrong)
        return whole(page)

    first = walk("Asked for the first time, all answers were counted")
    work(desk)
    assert walk("These counts are kept since") == first
    clock.advance(hours=3)
    since = Answers(desk, world.organisation)
    with desk.db.write() as session:
        network = session.scalars(select(SupportGroup.id).where(SupportGroup.code == "network")).one()
        counted = (Response.score < 7, Response.status == "counted", Response.answered_at > NOW - timedelta(days=30))
        mine = select(Response).where(*counted, Response.group_id == network, Response.link.startswith("mass"))
        session.delete(session.scalars(mine.limit(1)).one())
    since(0, 3, fields={"product": "Mail"}, group_id=network)
    since(4, fields={"product": "New"}, group_id=network, answered_at=clock() - timedelta(days=20))
    assert walk("These counts are kept since") == first + 2
    roll_ups.fold_all(desk)
    assert walk("These counts are kept since") == first + 2


def work(desk: Desk) -> None:
    """Do what is due, save what is for a helpdesk or a mailbox: neither is there."""
    with desk.db.write() as session:
        session.execute(delete(Job).where(Job.kind.not_in((pivots.KEEP, days.RESTAMP))))
    drain(desk)


def whole(page: str) -> int:
    """The total of a pivot: the last number of its table."""
    return [one.number for one in counts_of(page) if not one.place.startswith("data-")][-1]


def said(pattern: str) -> Callable[[str], int]:
    """Reads the number that a page tells there; nothing where it tells none."""

    def read(page: str) -> int:
        found = re.search(pattern, page, re.DOTALL)
        return int(found[1].replace(",", "")) if found else 0

    return read


def lines(file: str) -> int:
    return len(list(csv.DictReader(io.StringIO(file, newline=""))))


def compared(table: str) -> Callable[[str], int]:
    """Sums up the rows of a comparison."""

    def read(page: str) -> int:
        part = page.partition(f'id="chart-{table}"')[2].partition("</figure>")[0]
        cells = re.findall(r'data-name="NPS">(.*?)</td>', part, re.DOTALL)
        return sum(int(re.findall(r">n = (\d+)<", cell)[0]) for cell in cells)

    return read


def pivoted(page: str) -> int:
    """Sums up the rows of a pivot by one field, without its total."""
    return sum(map(int, re.findall(r">n = (\d+)<", page.partition("<tfoot>")[0])))


OUTLETS: dict[str, tuple[str, Callable[[str], int]]] = {
    "overview": ("/dashboard?", said(r'id="whole".*?n = ([\d,]+)')),
    "report": ("/survey-responses?", said(r"n&nbsp;=&nbsp;([\d,]+)")),
    "report's file": ("/survey-responses?format=csv&", lines),
    "export": ("/export?format=csv&", lines),
    "export's lines": ("/export?format=jsonl&", lambda file: len(file.splitlines())),
    "agents": ("/dashboard?dashid=AGENTS&", compared("agents")),
    "segments": ("/dashboard?dashid=SEGMENTS&", compared("segment1")),
    "second segments": ("/dashboard?dashid=SEGMENTS&", compared("segment2")),
    "factors": ("/dashboard?dashid=FACTORS&", said(r" of <a[^>]*>([\d,]+)")),
    "by priority": ("/dashboard?dashid=FIELDS&", pivoted),
    "by product": ("/dashboard?dashid=FIELDS&rows=field:product&", pivoted),
    "by hour": ("/dashboard?dashid=FIELDS&rows=hour&", pivoted),
    "by month": ("/dashboard?dashid=FIELDS&rows=month&", pivoted),
    "by time": ("/dashboard?dashid=FIELDS&rows=time_to_resolve&", pivoted),
}
"""Whatever tells how many answers a question is about, by other ways: all must tell the same."""
LIVE = ("overview", "export", "agents", "by product")
"""Those that are enough to tell roll-ups, kept pivots and answers apart."""


def agreed(world: World, question: str, among: Collection[str] = tuple(OUTLETS)) -> int:
    """The number of answers that every outlet tells, and that the list of responses shows."""
    told = {name: read(world.get(address + question)) for name, (address, read) in OUTLETS.items() if name in among}
    told["responses"] = Rows(world.client).behind(f"/dashboard?dashid=SRES&{question}")
    assert len(set(told.values())) == 1, f"{question}: {told}"
    return told["responses"]


@pytest.mark.parametrize("question", [*WALKS, "agid=NONE&min=1&max=8", "tid=T7&month=2026-02", "month=2024-02&q=xyzzy"])
def test_pages_files_and_sums_agree(seen: World, question: str) -> None:
    n = agreed(seen, question)
    assert n > 5 or "tid" in question or "xyzzy" in question


@pytest.mark.parametrize("question", ["", "rgid=infra", "rgid=infra&combine=n", "sgid1=north", "month=2026-01"])
def test_displays_say_what_dashboards_say(seen: World, question: str) -> None:
    n = agreed(seen, question)
    gauge = re.search(r"n = (\d+)", seen.get(f"/gauge?cpc=northwind&{question}"))
    assert gauge
    assert int(gauge[1]) == n
    if "combine" in question or "sgid" in question:
        return
    table = seen.get(f"/league-table?cpc=northwind&hold=1&{question}")
    rows = [re.search(r'class="clamp">([^<]+)<.*?n = (\d+)', row, re.DOTALL) for row in table.split("</tr>")]
    ranked = {row[1]: row[2] for row in rows if row}
    assert ranked
    code = {"Infra": "infra", "Apps": "apps", "Network": "network", "Desktop": "desktop", "Rooms": "rooms"}
    for name, shown in ranked.items():
        with_teams = "" if "(itself)" not in name else "&combine=n"
        narrowed = [part for part in question.split("&") if not part.startswith("rgid")]
        its = "&".join([*narrowed, f"rgid={code[name.removesuffix(' (itself)')]}"]) + with_teams
        assert agreed(seen, its, ("overview",)) == int(shown), name


def test_roll_ups_agree_with_the_answers_whatever_becomes_of_them(world: World, clock: Clock) -> None:
    """Before and after a fold, a replaced answer, one that no longer counts, an erasure and a change of time zone."""
    desk, questions = world.desk, ("rgid=network", "rgid=network&band=detractor")
    cohort = Cohort(desk, world.organisation)
    with desk.db.read() as session:
        network = session.scalars(select(SupportGroup.id).where(SupportGroup.code == "network")).one()
    one = cohort.asked(person="new@x.example", group_id=network)
    cohort.answer(one, 10)

    def counts() -> list[int]:
        unfolded = [agreed(world, question, LIVE) for question in questions]
        roll_ups.fold_all(desk)
        assert [agreed(world, question, LIVE) for question in questions] == unfolded
        return unfolded

    whole, unhappy = counts()
    cohort.answer(one, 2)
    assert counts() == [whole, unhappy + 1]
    cohort.change(one, status="revoked")
    assert counts() == [whole - 1, unhappy]
    cohort.change(one, status="counted", agent_id=None)
    assert counts() == [whole, unhappy + 1]
    with desk.db.write() as session:
        session.execute(delete(ResponseRevision))
        session.execute(delete(Response).where(Response.resolution_id == one.id))
    assert counts() == [whole - 1, unhappy]
    with desk.db.write() as session:  # whoever moves goes through every hour since the first answer
        session.execute(delete(Response).where(Response.answered_at < NOW - timedelta(days=40)))
    Answers(desk, world.organisation)(0, answered_at=NOW.replace(hour=20) - timedelta(days=31), group_id=network)
    assert counts() == [whole - 1, unhappy]  # a day too early, in Berlin
    with desk.db.write() as session:
        organisation = session.get_one(Organisation, world.organisation.id)
        days.move(desk, session, organisation, "Pacific/Auckland", "test")
    assert counts() == [whole, unhappy + 1]
    clock.advance(minutes=5)
    work(desk)
    assert counts() == [whole, unhappy + 1]
