"""Making and finding contacts, agents and groups."""

from __future__ import annotations

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.records import Agent, Contact, Group
from deskpulse_simulation.records import Json


def create_contact(account: Account, name: str, email: str | None = None, **values: object) -> Contact:
    """Store a contact."""
    moment = account.now()
    contact = Contact(account.ids.number(), name, moment, moment, email)
    for key, value in values.items():
        setattr(contact, key, value)
    account.add_person(contact)
    return contact


def create_agent(account: Account, name: str, email: str, *, admin: bool = False) -> Agent:
    """Store an agent, who has an API key from then on."""
    moment = account.now()
    agent = Agent(account.ids.number(), name, email, moment, moment, admin=admin)
    account.add_person(agent)
    return agent


def create_group(account: Account, name: str, description: str | None = None) -> Group:
    """Store a group without members."""
    moment = account.now()
    return account.groups.add(Group(account.ids.number(), name, moment, moment, description))


def find_or_create(account: Account, raw: Json) -> Agent | Contact:
    """Whoever a ticket's body names as its requester; an unknown one becomes a contact."""
    email = raw.get("email")
    found = account.person_by_email(email) if email else None
    if found is None:
        keys = [key for key in ("phone", "unique_external_id", "twitter_id") if raw.get(key)]
        known = [one for one in account.contacts if not one.deleted] if keys else []
        found = next((one for one in known if any(getattr(one, key) == raw[key] for key in keys)), None)
    if found is not None:
        return found
    name = raw.get("name") or (email or "").partition("@")[0] or raw.get("phone") or "Someone"
    given = {key: raw[key] for key in ("phone", "unique_external_id", "twitter_id") if raw.get(key)}
    return create_contact(account, name, email, **given)


def deactivate(account: Account, agent: Agent, *, active: bool) -> None:
    """Take an agent out of the list, keep their record; their API key opens nothing until they are back."""
    agent.deactivated = not active
    agent.updated_at = account.now()
