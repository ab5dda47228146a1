"""Support groups and their agents, however many there are."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from deskpulse.capabilities import Capability
from deskpulse.records import Group
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench
from deskpulse.testing.conformance.samples import ADA, BOB, CREATED, DESK, EVE, NETWORK, SMALL, many_groups

OVERHEAD = 5
"""Calls that a synchronisation may make besides reading pages."""


class Synchronising(Conformance):
    """Whole, streamed, and in a number of calls that grows with pages and not with records."""

    def groups(self, bench: Bench, since: datetime | None = None) -> dict[str, Group]:
        """All groups by name; empty where the kind declares that it cannot synchronise."""
        if not bench.can(Capability.SYNC_GROUPS, "sync_groups", since=since):
            return {}
        found = bench.ask("sync_groups", since=since)
        assert isinstance(found, Iterator), "groups must stream"
        every = list(found)
        assert len({group.id for group in every}) == len(every), "a group came twice"
        return {group.name: group for group in every}

    def test_groups_have_their_agents(self, bench: Bench) -> None:
        groups = self.groups(bench)
        for name, emails in {DESK: {ADA}, NETWORK: {ADA, BOB}}.items() if groups else ():
            active = {agent.email for agent in groups[name].members if agent.active}
            assert emails <= active
            assert groups[name].active

    def test_suspended_agents_are_inactive(self, bench: Bench) -> None:
        groups = self.groups(bench)
        if groups:
            assert not [agent for agent in groups[DESK].members if agent.email == EVE and agent.active]
            ada = next(agent for agent in groups[DESK].members if agent.email == ADA)
            self.suspend_agent(bench, ada.id)
            members = [agent for group in self.groups(bench).values() for agent in group.members]
            assert not [agent for agent in members if agent.id == ada.id and agent.active]

    def test_ids_agree_with_tickets(self, bench: Bench) -> None:
        groups, ticket = self.groups(bench), bench.ticket("Printer on fire")
        if groups:
            assert ticket.group is not None
            assert ticket.agent is not None
            assert groups[DESK].id == ticket.group.id
            assert ticket.agent.id in {agent.id for agent in groups[DESK].members}

    def test_renamed_group_keeps_its_id(self, bench: Bench) -> None:
        groups = self.groups(bench)
        if groups:
            self.rename_group(bench, groups[DESK].id, "Front Desk")
            assert self.groups(bench)["Front Desk"].id == groups[DESK].id
            assert "Front Desk" in self.groups(bench, since=CREATED), "a change since then is left out"

    def test_deleted_group_is_inactive(self, bench: Bench) -> None:
        groups = self.groups(bench)
        if groups:
            self.delete_group(bench, groups[NETWORK].id)
            left = self.groups(bench)
            assert NETWORK not in left or not left[NETWORK].active
            assert left[DESK].active

    def test_every_page_is_read_and_no_more(self, bench: Bench) -> None:
        number = 2 * self.page_size + 1
        bench.simulator.load(many_groups(number))
        bench.wire.forget()
        groups = self.groups(bench)
        if not groups:
            return
        teams = [group for name, group in groups.items() if name.startswith("Team ")]
        assert len(teams) == number, "there are more pages"
        assert all([agent.name for agent in group.members] == [f"Agent {group.name[5:]}"] for group in teams)
        rows = number + len(SMALL.agents) + 1  # of each sort, at most
        pages = self.sync_pages(rows, rows, rows)
        assert len(bench.wire.seen) <= pages + OVERHEAD, "calls grow with records instead of pages"
        assert not bench.wire.writes
