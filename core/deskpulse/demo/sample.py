"""Northwind IT, a support organisation that does not exist: who works there, who asks, and what they ask about."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from deskpulse.simulation import SampleAgent, SampleCustomer, SampleGroup, SampleTicket, SampleWorld

DEPARTMENTS = {
    "Service Desk": ("Service Desk Level 1", "Service Desk Level 2", "Walk-up Bar"),
    "Infrastructure": ("Network", "Identity and Access"),
    "Business Applications": ("Finance Systems", "HR Systems", "Collaboration"),
    "Workplace": ("Rooms and Buildings", "Travel and Expenses"),
}
OPEN_TICKETS = 60
"""Open tickets of each helpdesk, each of another customer who was not asked lately, so that all can be asked about."""
SOLVED_TICKETS = 2400
"""In all helpdesks together."""
LONG_AGO = timedelta(days=41)
AGENTS_OF_A_GROUP = 3
CUSTOMERS = 220
"""Of each helpdesk, at most."""
FIRST = ("Ada", "Ben", "Carla", "Dilan", "Elif", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Lena", "Mateo",
         "Noor", "Olga", "Priya", "Quinn", "Rosa", "Sami", "Tara", "Uma", "Viktor", "Wanda", "Yuki")  # fmt: skip
LAST = ("Abara", "Adeyemi", "Bello", "Brandt", "Castro", "Costa", "Duarte", "Dvorak", "Endo", "Eriksen", "Farkas",
        "Fischer", "Greco", "Gupta", "Haddad", "Horvat", "Ito", "Ivanov", "Jansen", "Jovic", "Kaya", "Klein", "Lopez",
        "Lund", "Mancini", "Moreau", "Nilsen", "Nowak", "Okafor", "Petrov", "Quist", "Rahman", "Santos", "Toth", "Ueda",
        "Vogel", "Weber", "Xu", "Yilmaz", "Zhang")  # fmt: skip
PROBLEMS = {
    "Service Desk Level 1": ("Password expired on holiday", "Headset not recognised", "Printer prints blank pages",
                             "Screen flickers after docking", "Cannot open attachment"),
    "Service Desk Level 2": ("Laptop very slow since update", "Blue screen when resuming", "Mailbox rules vanished",
                             "Disk almost full", "Keyboard types twice"),
    "Walk-up Bar": ("Loan charger needed", "Phone screen cracked", "New badge photo", "Mouse battery swollen"),
    "Network": ("VPN drops every hour", "No Wi-Fi in meeting room 4", "Video calls freeze",
                "Site link slow after noon"),
    "Identity and Access": ("Access to project folder", "Multi-factor prompt never arrives", "Account locked",
                            "New starter needs accounts"),
    "Finance Systems": ("Invoice stuck in approval", "Period will not close", "Wrong cost centre offered"),
    "HR Systems": ("Leave balance wrong", "Payslip not visible", "Onboarding form fails"),
    "Collaboration": ("Shared calendar missing", "Channel archived by mistake", "Recording cannot be found"),
    "Rooms and Buildings": ("Heating off in room 12", "Badge opens no door", "Desk booking shows yesterday"),
    "Travel and Expenses": ("Receipt cannot be read", "Trip approved twice", "Card refused abroad"),
}  # fmt: skip
LOCATIONS = ("Berlin", "Lyon", "Oslo", "Porto")
FUNCTIONS = ("Finance", "People", "Sales", "Production", "Research")
PRODUCTS = {
    "Service Desk Level 1": ("Laptop", "Mail", "Printer"), "Service Desk Level 2": ("Laptop", "Mail"),
    "Walk-up Bar": ("Laptop", "Phone"), "Network": ("VPN", "Wi-Fi"), "Identity and Access": ("Accounts",),
    "Finance Systems": ("ERP",), "HR Systems": ("HR portal",), "Collaboration": ("Calendar", "Chat"),
    "Rooms and Buildings": ("Building",), "Travel and Expenses": ("Expenses",),
}  # fmt: skip
"""What tickets of each group are about: the custom field that the sample's connections map."""
SEGMENTS = ({name.lower(): name for name in LOCATIONS}, {name.lower(): name for name in FUNCTIONS})
"""Names of both segments by code."""
BUSY = {"Service Desk Level 1": 10, "Service Desk Level 2": 2, "Network": 6}
"""Groups that solve so many times as many tickets as others."""


def worlds(now: datetime, helpdesks: int = 1, *, asked: Collection[str] = (), seed: int = 7) -> list[SampleWorld]:
    """The sample, spread over some helpdesks: each has departments, agents and customers of its own.

    Each holds solved tickets of the year that ends shortly before ``now``, and open ones. These come from people who
    have not been ``asked`` lately, given by address.
    """
    rng = random.Random(seed)  # noqa: S311 - invented data
    people = [f"{first} {last}" for last in LAST for first in FIRST]
    rng.shuffle(people)
    staff = AGENTS_OF_A_GROUP * sum(len(teams) for teams in DEPARTMENTS.values())
    found = []
    for number in range(helpdesks):
        groups = [name for teams in list(DEPARTMENTS.values())[number::helpdesks] for name in teams]
        agents = _agents(people[number:staff:helpdesks][: AGENTS_OF_A_GROUP * len(groups)], groups, rng)
        others = sorted(people[staff + number :: helpdesks], key=lambda name: address(name) in asked)
        customers = _customers(others[:CUSTOMERS], rng)
        waiting, regulars = customers[:OPEN_TICKETS], customers[OPEN_TICKETS:]
        solved = _solved(SOLVED_TICKETS // helpdesks, regulars, waiting, agents, now, rng)
        tickets = [*solved, *_open(waiting, agents, now, rng)]
        found.append(SampleWorld([SampleGroup(name) for name in groups], agents, customers, tickets))
    return found


def at_work(moment: datetime, rng: random.Random) -> datetime:
    """Some time of the working hours of that day, mostly of a weekday, in UTC."""
    if moment.weekday() > 4 and rng.random() < 0.9:
        moment -= timedelta(days=moment.weekday() - 4)
    minute = rng.choice((rng.triangular(6.5 * 60, 16 * 60, 8.5 * 60), rng.triangular(6.5 * 60, 18 * 60, 14 * 60)))
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(minutes=minute)


def address(name: str) -> str:
    """The e-mail address of someone in the sample."""
    return f"{name.lower().replace(' ', '.')}@northwind.example"


def _agents(names: Sequence[str], groups: Sequence[str], rng: random.Random) -> list[SampleAgent]:
    agents = []
    for position, name in enumerate(names):
        own = groups[position % len(groups)]
        others = [group for group in groups if group != own]
        second = (rng.choice(others),) if others and position % 6 == 0 else ()
        agents.append(SampleAgent(name, address(name), (own, *second)))
    return agents


def _customers(names: Sequence[str], rng: random.Random) -> list[SampleCustomer]:
    return [SampleCustomer(name, address(name), rng.choice(LOCATIONS), rng.choice(FUNCTIONS)) for name in names]


def _solved(
    count: int,
    regulars: Sequence[SampleCustomer],
    waiting: Sequence[SampleCustomer],
    agents: Sequence[SampleAgent],
    now: datetime,
    rng: random.Random,
) -> Iterator[SampleTicket]:
    """A year of solved tickets, more from month to month; those who have an open ticket now were last helped long ago.

    The first agents of a group solve most of its tickets.
    """
    groups = len({agent.groups[0] for agent in agents})
    shares = [BUSY.get(agent.groups[0], 1) / (1 + place // groups) for place, agent in enumerate(agents)]
    for position in range(count):
        solved = at_work(now - timedelta(days=2 + 363 * ((position + rng.random()) / count) ** 1.5), rng)
        customer = rng.choice(regulars if solved > now - LONG_AGO else [*waiting, *regulars])
        (agent,) = rng.choices(agents, shares)
        yield _ticket(customer, agent, solved - timedelta(hours=rng.uniform(0.3, 70)), solved, rng)


def _open(
    waiting: Sequence[SampleCustomer], agents: Sequence[SampleAgent], now: datetime, rng: random.Random
) -> Iterator[SampleTicket]:
    for customer in waiting:
        yield _ticket(customer, rng.choice(agents), now - timedelta(hours=rng.uniform(0.3, 30)), None, rng)


def _ticket(
    customer: SampleCustomer, agent: SampleAgent, created: datetime, solved: datetime | None, rng: random.Random
) -> SampleTicket:
    group = agent.groups[0]
    subject = rng.choice(PROBLEMS[group])
    return SampleTicket(
        subject=subject,
        requester=customer.email or customer.name,
        assignee=agent.email,
        group=group,
        created_at=created,
        solved_at=solved,
        priority=rng.choice(("low", "normal", "normal", "high")),
        channel=rng.choice(("email", "portal", "phone")),
        category=group,
        description=f"Hello, {subject.lower()}. Could you please have a look? Thank you, {customer.name.split()[0]}",
    )
