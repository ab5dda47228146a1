"""The small world that every test starts with, and a large one that no vendor shows on one page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from deskpulse.simulation import SampleAgent, SampleCustomer, SampleGroup, SampleTicket, SampleWorld

CREATED = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
PRINTER, VPN, BARE = "Printer on fire", "VPN is down", "Nobody has looked at this"
"""Three open tickets: two complete ones, and one without agent, group or an address of its customer."""
DESK, NETWORK = "Service Desk", "Network"
ADA, BOB, EVE = "ada@agents.example.com", "bob@agents.example.com", "eve@agents.example.com"
"""Ada is in both groups, Bob in one, Eve is suspended."""
CUSTOMER, PHONE_CUSTOMER = "cy@customers.example.com", "Phil Phone"

SMALL = SampleWorld(
    groups=(SampleGroup(DESK), SampleGroup(NETWORK)),
    agents=(
        SampleAgent("Ada Agent", ADA, (DESK, NETWORK)),
        SampleAgent("Bob Agent", BOB, (NETWORK,)),
        SampleAgent("Eve Agent", EVE, (DESK,), suspended=True),
    ),
    customers=(SampleCustomer("Cy Customer", CUSTOMER, "Oslo", "Finance"), SampleCustomer(PHONE_CUSTOMER, None)),
    tickets=(
        SampleTicket(PRINTER, CUSTOMER, ADA, DESK, CREATED),
        SampleTicket(VPN, CUSTOMER, BOB, NETWORK, CREATED + timedelta(hours=1)),
        SampleTicket(BARE, PHONE_CUSTOMER, None, None, CREATED + timedelta(hours=2)),
    ),
)


def many_groups(number: int) -> SampleWorld:
    """As many further groups, each with an agent of its own."""
    groups = tuple(SampleGroup(f"Team {place:04}") for place in range(number))
    return SampleWorld(
        groups=groups,
        agents=tuple(
            SampleAgent(f"Agent {place:04}", f"agent{place}@agents.example.com", (group.name,))
            for place, group in enumerate(groups)
        ),
    )


def many_solved(number: int) -> SampleWorld:
    """As many further tickets, solved one minute after the other."""
    return SampleWorld(
        tickets=tuple(
            SampleTicket(f"Solved {place:04}", CUSTOMER, ADA, DESK, CREATED, CREATED + timedelta(minutes=place + 1))
            for place in range(number)
        )
    )
