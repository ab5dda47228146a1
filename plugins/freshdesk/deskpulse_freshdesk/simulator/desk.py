"""What programs do with the account through ``/_sim``: people's deeds, and what only the vendor's own staff can do."""

from __future__ import annotations

from datetime import datetime
from html import escape

from deskpulse_freshdesk.simulator import editing, rules
from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.changes import SYSTEM_ACTOR, Actor
from deskpulse_freshdesk.simulator.errors import ApiError, not_found
from deskpulse_freshdesk.simulator.loading import populate
from deskpulse_freshdesk.simulator.people import deactivate
from deskpulse_freshdesk.simulator.records import DONE, RESOLVED, Agent, Contact, Ticket
from deskpulse_freshdesk.simulator.rendering import agent_json, contact_json, entry_json, ticket_json
from deskpulse_simulation.control import Control, given
from deskpulse_simulation.records import BadInput, Json

EVERYTHING = ("requester", "company", "stats", "description")


def is_open(ticket: Ticket) -> bool:
    """Whether the ticket still waits for somebody, in whatever status of the account's own."""
    return ticket.status not in DONE


class Desk:
    """See :class:`deskpulse_simulation.control.Desk`."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def tickets(self) -> list[Json]:
        """Every ticket in one line, oldest first."""
        return [self._line(ticket) for ticket in self._account.tickets]

    def _line(self, ticket: Ticket) -> Json:
        requester = self._account.person(ticket.requester_id)
        return {
            "id": ticket.id,
            "number": str(ticket.id),
            "subject": ticket.subject,
            "status": self._account.statuses[ticket.status][0],
            "open": is_open(ticket),
            "requester": (requester.email or requester.name) if requester else None,
        }

    def find(self, key: str) -> Ticket:
        """The ticket of this number."""
        found = self._account.tickets.get(int(key)) if key.isdigit() else None
        if found is None:
            raise not_found()
        return found

    def ticket(self, key: str) -> Json:
        """The whole ticket: fields, tags, stats, the whole conversation, and the people's records."""
        account, ticket = self._account, self.find(key)
        person, responder = account.person(ticket.requester_id), account.agents.get(ticket.responder_id)
        return ticket_json(account, ticket, EVERYTHING) | {
            "number": str(ticket.id),
            "open": is_open(ticket),
            "archived": ticket.archived,
            "conversations": [entry_json(ticket, entry) for entry in ticket.conversation],
            "requester": _person_json(account, person) if person else None,
            "responder": agent_json(account, responder) if responder else None,
        }

    def solve(self, key: str, given: Json) -> None:
        """Resolve a ticket as a person would, who fills in what must be filled in; taking it on if nobody had."""
        account, ticket = self._account, self.find(key)
        agent = self._agent(given, ticket)
        values: Json = {"status": RESOLVED}
        if given.get("group"):
            values["group_id"] = self._group(str(given["group"]))
        if ticket.responder_id != agent.id:
            values["responder_id"] = agent.id
        resolve(account, ticket, agent, values, str(given.get("comment") or ""), public=given.get("public", True))

    def _group(self, name: str) -> int:
        found = next((group.id for group in self._account.groups if group.name == name), None)
        if found is None:
            raise BadInput(f"no group is called {name}")
        return found

    def _agent(self, given: Json, ticket: Ticket) -> Agent:
        account = self._account
        if given.get("agent_email"):
            named = account.person_by_email(str(given["agent_email"]))
            if not isinstance(named, Agent):
                raise BadInput(f"no agent has the address {given['agent_email']}")
            return named
        responder = account.agents.get(ticket.responder_id)
        if not given.get("group"):
            return responder or first_agent(account)
        members = account.groups[self._group(str(given["group"]))].agent_ids
        if responder is not None and responder.id in members:
            return responder
        working = [account.agents[number] for number in members if not account.agents[number].deactivated]
        return working[0] if working else first_agent(account)

    def reopen(self, key: str, comment: str) -> None:
        """Answer as the customer, which reopens the ticket; an archived one takes no answer."""
        ticket = self.find(key)
        if ticket.archived:
            raise BadInput("an archived ticket takes no answer")
        editing.answer(self._account, ticket, comment)

    def advance(self, seconds: float) -> datetime:
        """Step the clock, the hourly rules running on the way."""
        return rules.advance(self._account, seconds)

    def populate(self, groups: int, agents: int) -> Json:
        """Add groups and agents by the number."""
        populate(self._account, groups, agents)
        return {"groups": len(self._account.groups), "agents": len(self._account.agents)}

    def add_to(self, control: Control) -> None:
        """The endpoints that only this simulator has."""
        control.add("POST", "/tickets/<key>/archive", self._archive)
        control.add("POST", "/tickets/<key>/spam", self._spam)
        control.add("GET", "/agents", self._agents)
        control.add("POST", "/agents/<int:number>", self._set_agent)
        control.add("POST", "/agents/<int:number>/reset_key", self._reset_key)
        control.add("GET", "/contacts/<int:number>", self._contact)
        control.add("POST", "/contacts/<int:number>/merge", self._merge)
        control.add("POST", "/statuses", self._statuses)
        control.add("GET", "/app-events", lambda: list(self._account.app_events))

    def _archive(self, key: str) -> Json:
        """Put a ticket out of reach, as the vendor does with old closed ones."""
        editing.archive(self._account, self.find(key))
        return self.ticket(key)

    def _spam(self, key: str) -> Json:
        """Mark a ticket as spam."""
        editing.set_gone(self._account, self.find(key), SYSTEM_ACTOR, spam=True)
        return self.ticket(key)

    def _agents(self) -> list[Json]:
        """Who works here, with the API key that each finds in their profile."""
        return [
            {
                "id": one.id,
                "name": one.name,
                "email": one.email,
                "admin": one.admin,
                "active": not one.deactivated,
                "api_key": self._account.api_key(one),
            }
            for one in self._account.agents
        ]

    def _one_agent(self, number: int) -> Agent:
        found = self._account.agents.get(number)
        if found is None:
            raise not_found()
        return found

    def _set_agent(self, number: int) -> Json:
        """``{"active": false}`` deactivates an agent; ``admin`` changes the role."""
        agent, wanted = self._one_agent(number), given()
        if wanted.keys() - {"active", "admin"} or not all(isinstance(value, bool) for value in wanted.values()):
            raise BadInput("send active or admin, true or false")
        agent.admin = wanted.get("admin", agent.admin)
        deactivate(self._account, agent, active=wanted.get("active", not agent.deactivated))
        return agent_json(self._account, agent)

    def _reset_key(self, number: int) -> Json:
        """A new API key; everything that used the old one stops working at once."""
        return {"api_key": self._account.reset_key(self._one_agent(number))}

    def _contact(self, number: int) -> Json:
        """A customer's whole record."""
        person = self._account.person(number)
        if person is None:
            raise not_found()
        return _person_json(self._account, person)

    def _merge(self, number: int) -> Json:
        """Merge a contact into another, as an agent does: ``{"into": 43000000129}``."""
        contacts = self._account.contacts
        gone, kept = contacts.get(number), contacts.get(given().get("into"))
        if gone is None or kept is None or gone is kept:
            raise BadInput("send the id of another contact as into")
        self._account.merge_contacts(gone, kept)
        return contact_json(self._account, kept)

    def _statuses(self) -> Json:
        """Name statuses: ``{"8": ["On hold", "We will come back to you"]}`` adds one, or renames one that there is."""
        for number, labels in given().items():
            if not number.isdigit() or not isinstance(labels, list) or len(labels) != 2:
                raise BadInput("send a number, with the agents' label and the customers'")
            self._account.statuses[int(number)] = (str(labels[0]), str(labels[1]))
        return {str(number): list(labels) for number, labels in self._account.statuses.items()}


def _person_json(account: Account, person: Agent | Contact) -> Json:
    if isinstance(person, Contact):
        return contact_json(account, person)
    return agent_json(account, person) | {"name": person.name, "email": person.email}


def first_agent(account: Account) -> Agent:
    """The first agent that is a person, or the integration's own in an account without people."""
    people = account.working_agents()
    return people[0] if people else account.integration


def resolve(account: Account, ticket: Ticket, agent: Agent, values: Json, comment: str, *, public: bool) -> None:
    """Set a ticket to resolved as an agent does, in one change with what they write."""
    body = f"<div>{escape(comment, quote=False)}</div>"
    if ticket.archived:
        raise ApiError(404)
    if comment and public:
        editing.reply(account, ticket, agent, body, values)
    elif comment:
        editing.note(account, ticket, agent, body, private=True, values=values)
    else:
        editing.update(account, ticket, values, Actor.person(agent))
