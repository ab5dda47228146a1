"""The synchronisation follows the helpdesk and leaves the administrator's part alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from deskpulse.directory.groups import ensure_group
from deskpulse.directory.models import AgentRow, Contact, Membership, SupportGroup, SyncRun
from deskpulse.directory.people import ensure_agent
from deskpulse.directory.sync import LEASE, synchronise
from deskpulse.errors import Conflict, Refused, Unreachable
from deskpulse.records import Agent, Group
from fixtures.processes import wait_until


def agents(*numbers, active=True):
    return tuple(Agent(f"a{n}", f"Agent {n}", f"agent{n}@corp.example", active) for n in numbers)


def by_vendor_id(desk, table):
    with desk.db.read() as session:
        return {row.vendor_id: row for row in session.scalars(select(table))}


def members(desk):
    with desk.db.read() as session:
        rows = session.execute(
            select(SupportGroup.vendor_id, AgentRow.vendor_id)
            .join(Membership, Membership.group_id == SupportGroup.id)
            .join(AgentRow, AgentRow.id == Membership.agent_id)
        )
        return {tuple(row) for row in rows}


def test_groups_and_agents_arrive(desk, organisation, listing, sync):
    run = sync(Group("g1", "Service Desk", members=agents(1, 2)), Group("g2", "Netzwerk & WLAN", members=agents(2)))
    assert (run.state, run.groups, run.agents, run.problem) == ("done", 2, 2, None)
    groups = by_vendor_id(desk, SupportGroup)
    assert {group.code for group in groups.values()} == {"service-desk", "netzwerk-wlan"}
    assert {group.organisation_id for group in groups.values()} == {organisation.id}
    assert members(desk) == {("g1", "a1"), ("g1", "a2"), ("g2", "a2")}
    (facts,) = listing.facts
    assert (facts.organisation_code, facts.groups, facts.agents) == ("northwind", 2, 2)


def test_a_second_run_writes_nothing_but_its_own_row(sync, statements):
    groups = [Group(f"g{n}", "Team", members=agents(n, n + 1), lead=agents(1)[0], parent_id="g0") for n in range(30)]
    assert sync(*groups).changed
    with statements() as seen:
        assert sync(*groups).changed == 0
    written = {tuple(line.split()[:3]) for line in seen if not line.startswith(("SELECT", "BEGIN"))}
    assert written == {("INSERT", "INTO", "sync_run"), ("UPDATE", "sync_run", "SET")}


def test_groups_are_known_by_their_id(desk, sync):
    sync(Group("g1", "Service Desk", members=agents(1)))
    sync(Group("g1", "IT Service Desk", members=agents(1)))
    (group,) = by_vendor_id(desk, SupportGroup).values()
    assert (group.name, group.code) == ("IT Service Desk", "service-desk")


def test_what_the_administrator_gave_survives(desk, organisation, sync):
    """Departments, codes, leads, alerts and members of the tree are theirs; names and agents are the helpdesk's."""
    sync(Group("g1", "Service Desk", members=agents(1)), Group("g2", "Network", members=agents(2)))
    with desk.db.write() as session:
        lead = Contact(organisation_id=organisation.id, email="lea@corp.example", name="Lea", mobile="")
        department = SupportGroup(organisation_id=organisation.id, name="IT", code="IT")
        session.add_all([lead, department])
        session.flush()
        for group in session.scalars(select(SupportGroup).where(SupportGroup.vendor_id.is_not(None))):
            group.code, group.parent_id, group.lead_id = f"OWN-{group.vendor_id}", department.id, lead.id
    theirs = agents(9)[0]
    sync(
        Group("g1", "First Line", members=agents(1), lead=theirs, parent_id="g2"), Group("g2", "Network", active=False)
    )
    sync(Group("g1", "First Line", members=agents(1)), Group("g2", "Network", members=agents(2)))
    found = by_vendor_id(desk, SupportGroup)
    assert {group.code for group in found.values() if group.vendor_id} == {"OWN-g1", "OWN-g2"}
    assert {(group.parent_id, group.lead_id) for group in found.values() if group.vendor_id} == {
        (department.id, lead.id)
    }
    assert (found["g1"].name, found["g2"].active, found[None].active) == ("First Line", True, True)


def test_groups_of_one_name_get_codes_of_their_own(desk, sync):
    sync(*(Group(f"g{n}", "Team") for n in range(12)))
    codes = {group.code for group in by_vendor_id(desk, SupportGroup).values()}
    assert len(codes) == 12
    assert {"team", "team-2", "team-9"} <= codes


def test_memberships_and_people_follow(desk, sync):
    sync(Group("g1", "One", members=agents(1, 2)), Group("g2", "Two", members=agents(1)))
    sync(Group("g1", "One", members=(*agents(1, active=False), *agents(3))), Group("g2", "Two", members=agents(3)))
    people = by_vendor_id(desk, AgentRow)
    assert {key: agent.active for key, agent in people.items()} == {"a1": False, "a2": False, "a3": True}
    assert members(desk) == {("g1", "a1"), ("g1", "a3"), ("g2", "a3")}


def test_what_is_gone_becomes_inactive_and_may_come_back(desk, sync):
    sync(Group("g1", "One", members=agents(1)), Group("g2", "Two", members=agents(2)), Group("g3", "Three"))
    sync(Group("g1", "One", members=agents(1)), Group("g3", "Three", active=False), Group("g9", "Old", active=False))
    assert {key: group.active for key, group in by_vendor_id(desk, SupportGroup).items()} == {
        "g1": True,
        "g2": False,
        "g3": False,
    }
    assert {key: agent.active for key, agent in by_vendor_id(desk, AgentRow).items()} == {"a1": True, "a2": False}
    sync(Group("g1", "One", members=agents(1)), Group("g2", "Two", members=agents(2)))
    assert by_vendor_id(desk, SupportGroup)["g2"].active
    assert by_vendor_id(desk, AgentRow)["a2"].active


def test_an_aborted_run_retires_nothing_and_can_be_repeated(desk, listing, connection_id, sync):
    everything = [Group(f"g{n}", f"Group {n}", members=agents(n)) for n in range(250)]
    sync(*everything)

    def breaks_off():
        yield from everything[:120]
        raise Unreachable("connection reset")

    listing.groups = breaks_off
    with pytest.raises(Unreachable):
        synchronise(desk, connection_id)
    with desk.db.read() as session:
        run = session.scalars(select(SyncRun).order_by(SyncRun.id.desc())).first()
    assert (run.state, run.groups, run.problem) == ("failed", 100, "unreachable: connection reset")
    assert all(group.active for group in by_vendor_id(desk, SupportGroup).values())
    assert all(agent.active for agent in by_vendor_id(desk, AgentRow).values())
    assert sync(*everything).changed == 0


def test_a_helpdesk_that_suddenly_shows_nothing_is_not_believed(desk, sync):
    sync(Group("g1", "One", members=agents(1)))
    with pytest.raises(Refused, match="may its user see them"):
        sync()
    assert by_vendor_id(desk, SupportGroup)["g1"].active


def test_nothing_to_synchronise(desk, listing, connection_id, sync):
    sync(Group("g1", "One"))
    listing.groups = None
    assert synchronise(desk, connection_id).state == "done"
    assert by_vendor_id(desk, SupportGroup)["g1"].active


def test_suggestions_are_taken_once(desk, sync):
    lead = Agent("a7", "Lea Lead", "Lea@Corp.example")
    groups = [Group("g2", "Team", parent_id="g1", lead=lead), Group("g1", "Department", lead=lead)]
    sync(*groups)
    rows = by_vendor_id(desk, SupportGroup)
    with desk.db.read() as session:
        (contact,) = session.scalars(select(Contact))
    assert (contact.email, contact.name) == ("lea@corp.example", "Lea Lead")
    assert rows["g2"].parent_id == rows["g1"].id
    assert rows["g1"].lead_id == rows["g2"].lead_id == contact.id

    with desk.db.write() as session:
        session.execute(update(SupportGroup).values(parent_id=None, lead_id=None, code="own-" + SupportGroup.code))
    assert sync(*groups).changed == 0
    rows = by_vendor_id(desk, SupportGroup)
    assert (rows["g2"].parent_id, rows["g2"].lead_id, rows["g2"].code) == (None, None, "own-team")


def test_a_parent_that_arrives_later_is_still_taken_and_circles_are_not(desk, sync):
    sync(Group("g2", "Team", parent_id="g1"))
    assert by_vendor_id(desk, SupportGroup)["g2"].parent_id is None
    sync(Group("g2", "Team", parent_id="g1"), Group("g1", "Department", parent_id="g2"))
    rows = by_vendor_id(desk, SupportGroup)
    assert {rows["g1"].parent_id, rows["g2"].parent_id} == {None, rows["g1"].id}


def test_one_run_at_a_time(desk, clock, listing, connection_id):
    def meanwhile():
        yield Group("g1", "One")
        with pytest.raises(Conflict):
            synchronise(desk, connection_id)

    listing.groups = meanwhile
    assert synchronise(desk, connection_id).state == "done"


def test_a_run_is_alive_however_long_the_helpdesk_keeps_it_waiting(desk, clock, listing, connection_id, monkeypatch):
    monkeypatch.setattr("deskpulse.directory.sync.RENEW_EVERY", 0.01)

    def renewed():
        with desk.db.read() as session:
            return session.scalars(select(SyncRun.progressed_at)).one() == clock.at

    def slow():
        for _ in range(3):
            clock.at += 2 * LEASE
            wait_until(renewed, "a sign of life")
            with pytest.raises(Conflict, match="under way"):
                synchronise(desk, connection_id)
        yield Group("g1", "One")

    listing.groups = slow
    assert synchronise(desk, connection_id).state == "done"


def test_a_killed_run_holds_up_the_next_for_a_minute_at_most(desk, clock, organisation, connection_id):
    with desk.db.write() as session:
        mine = {"organisation_id": organisation.id, "connection_id": connection_id}
        session.add(SyncRun(**mine, started_at=clock.at, progressed_at=clock.at, state="running"))
    began = f"{clock.at:%Y-%m-%d %H:%M} UTC"
    clock.at += timedelta(seconds=19.5)
    with pytest.raises(Conflict, match=f"began at {began} .* if it was interrupted, the next may start in 41 s$"):
        synchronise(desk, connection_id)
    clock.at += timedelta(seconds=40.5)
    assert synchronise(desk, connection_id).state == "done"
    with desk.db.read() as session:
        killed = session.scalars(select(SyncRun).order_by(SyncRun.id)).first()
    assert (killed.state, killed.problem) == ("failed", "it was interrupted")


def test_a_run_without_a_sign_of_life_is_taken_over_and_stops(desk, clock, listing, connection_id):
    def slow():
        yield from (Group(f"g{n}", "Slow") for n in range(100))
        clock.at += LEASE
        listing.groups = [Group(f"g{n}", "Quick") for n in range(100)]
        synchronise(desk, connection_id)
        yield from (Group(f"g{n}", "Slow") for n in range(100))

    listing.groups = slow
    with pytest.raises(Conflict, match="took over"):
        synchronise(desk, connection_id)
    assert {group.name for group in by_vendor_id(desk, SupportGroup).values()} == {"Quick"}
    with desk.db.read() as session:
        assert list(session.scalars(select(SyncRun.state).order_by(SyncRun.id))) == ["failed", "done"]


def test_a_group_met_in_a_ticket_meanwhile_stays_active(desk, listing, organisation, connection_id, sync):
    sync(Group("g1", "One", members=agents(1)))

    def meanwhile():
        yield Group("g1", "One", members=agents(1))
        with desk.db.write() as session:
            ensure_group(desk, session, organisation.id, connection_id, Group("g2", "New"))
            ensure_agent(session, organisation.id, connection_id, agents(2)[0])

    listing.groups = meanwhile
    synchronise(desk, connection_id)
    assert by_vendor_id(desk, SupportGroup)["g2"].active
    assert by_vendor_id(desk, AgentRow)["a2"].active


def test_progress_is_told_per_batch(desk, listing, connection_id):
    listing.groups = [Group(f"g{n}", "Team", members=agents(n)) for n in range(250)]
    told = []
    synchronise(desk, connection_id, progress=lambda run: told.append((run.state, run.groups, run.agents)))
    assert told == [("running", 100, 100), ("running", 200, 200), ("running", 250, 250)]
