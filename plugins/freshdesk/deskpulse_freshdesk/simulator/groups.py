"""Endpoints of groups and agents."""

from __future__ import annotations

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.api import ROOT, Answer, Api, Call, Reply
from deskpulse_freshdesk.simulator.checks import (
    FLAG,
    ID,
    IDS,
    SOME_TEXT,
    SOME_WHOLE,
    TEXT,
    Kind,
    check,
    check_choice,
    refuse,
)
from deskpulse_freshdesk.simulator.errors import duplicate, not_found, wrong_value
from deskpulse_freshdesk.simulator.paging import PAGING, paged
from deskpulse_freshdesk.simulator.people import create_group
from deskpulse_freshdesk.simulator.records import Agent, Contact, Group
from deskpulse_freshdesk.simulator.rendering import admin_group_json, agent_json, group_json
from deskpulse_simulation.records import Json

GROUP: dict[str, Kind] = {
    "name": SOME_TEXT,
    "description": TEXT,
    "agent_ids": IDS,
    "escalate_to": ID,
    "unassigned_for": TEXT,
    "business_hour_id": ID,
    "auto_ticket_assign": SOME_WHOLE,
}
AGENT: dict[str, Kind] = {
    "name": SOME_TEXT,
    "email": SOME_TEXT,
    "phone": TEXT,
    "mobile": TEXT,
    "job_title": TEXT,
    "signature": TEXT,
    "occasional": FLAG,
    "ticket_scope": SOME_WHOLE,
    "group_ids": IDS,
}


def add_routes(api: Api) -> None:
    """``/groups``, ``/admin/groups`` and ``/agents``."""
    api.add("GET", "/groups", groups)
    api.add("POST", "/groups", create, admin=True)
    api.add("GET", "/groups/<int:number>", group)
    api.add("PUT", "/groups/<int:number>", update, admin=True)
    api.add("DELETE", "/groups/<int:number>", delete, admin=True)
    api.add("GET", "/admin/groups", admin_groups, admin=True)
    api.add("GET", "/admin/groups/<int:number>", admin_group, admin=True)
    api.add("GET", "/agents", agents)
    api.add("GET", "/agents/me", me)
    api.add("GET", "/agents/<int:number>", agent)
    api.add("PUT", "/agents/<int:number>", update_agent, admin=True)
    api.add("DELETE", "/agents/<int:number>", delete_agent, admin=True)


def _group(account: Account, number: int) -> Group:
    found = account.groups.get(number)
    if found is None:
        raise not_found()
    return found


def groups(call: Call) -> Answer:
    """All groups with their members."""
    call.allow_args(*PAGING)
    return paged(call, list(call.account.groups), lambda one: group_json(call.account, one))


def group(call: Call, number: int) -> Answer:
    """One group."""
    return group_json(call.account, _group(call.account, number))


def admin_groups(call: Call) -> Answer:
    """All groups in the newer view."""
    return paged(call, list(call.account.groups), admin_group_json)


def admin_group(call: Call, number: int) -> Answer:
    """One group in the newer view."""
    return admin_group_json(_group(call.account, number))


def create(call: Call) -> Answer:
    """A new group, whose name no other has."""
    account, raw = call.account, call.body()
    refuse(check(raw, GROUP, ("name",)))
    if any(one.name == raw["name"] for one in account.groups):
        raise duplicate("name")
    made = create_group(account, raw["name"])
    _set(account, made, raw)
    return Reply(group_json(account, made), 201, {"Location": f"{account.base_url}{ROOT}/groups/{made.id}"})


def update(call: Call, number: int) -> Answer:
    """Change what is listed; ``agent_ids`` replaces the members."""
    account, raw, found = call.account, call.body(), _group(call.account, number)
    refuse(check(raw, GROUP))
    _set(account, found, raw)
    return group_json(account, found)


def _set(account: Account, found: Group, raw: Json) -> None:
    wanted = raw.get("agent_ids")
    if wanted is not None:
        if any(one not in account.agents for one in wanted):
            refuse([wrong_value("agent_ids", "There are no agents matching the given ids")])
        for number in list(found.agent_ids):
            account.leave(account.agents[number], found)
        for number in wanted:
            account.join(account.agents[number], found)
    for key, value in raw.items():
        if key != "agent_ids":
            setattr(found, key, value)
    found.updated_at = account.now()


def delete(call: Call, number: int) -> Answer:
    """Take a group out; its tickets have none from then on."""
    account, found = call.account, _group(call.account, number)
    for member in list(found.agent_ids):
        account.leave(account.agents[member], found)
    for ticket in account.tickets:
        if ticket.group_id == number:
            ticket.group_id = None
    account.groups.remove(number)
    return Reply(status=204)


def agents(call: Call) -> Answer:
    """Agents who are not deactivated; those never listed again are the only sign of a deactivation."""
    call.allow_args("email", "mobile", "phone", "state", *PAGING)
    state = call.arg("state")
    refuse(check_choice({"state": state}, "state", ("fulltime", "occasional")))
    rows = [one for one in call.account.agents if not one.deactivated]
    if state is not None:
        rows = [one for one in rows if one.occasional == (state == "occasional")]
    for name in ("email", "mobile", "phone"):
        wanted = call.arg(name)
        if wanted is not None:
            rows = [one for one in rows if str(getattr(one, name)).lower() == wanted.lower()]
    return paged(call, rows, lambda one: agent_json(call.account, one, listed=True))


def me(call: Call) -> Answer:
    """The agent whose key it is."""
    return agent_json(call.account, call.agent)


def _agent(account: Account, number: int) -> Agent:
    found = account.agents.get(number)
    if found is None:
        raise not_found()
    return found


def agent(call: Call, number: int) -> Answer:
    """One agent, also a deactivated one."""
    return agent_json(call.account, _agent(call.account, number))


def update_agent(call: Call, number: int) -> Answer:
    """Change what is listed; ``group_ids`` replaces the agent's groups."""
    account, raw, found = call.account, call.body(), _agent(call.account, number)
    refuse(check(raw, AGENT))
    refuse(check_choice(raw, "ticket_scope", (1, 2, 3)))
    if raw.get("group_ids") is not None:
        wanted = [_group(account, one) for one in raw.pop("group_ids")]
        for old in list(found.group_ids):
            account.leave(found, account.groups[old])
        for one in wanted:
            account.join(found, one)
    email = found.email
    for key, value in raw.items():
        setattr(found, key, value)
    if found.email != email:
        account.address_changed(found, email)
    found.updated_at = account.now()
    return agent_json(account, found)


def delete_agent(call: Call, number: int) -> Answer:
    """Make a contact of an agent, under the same id."""
    account, found = call.account, _agent(call.account, number)
    for old in list(found.group_ids):
        account.leave(found, account.groups[old])
    account.agents.remove(number)
    account.add_person(Contact(number, found.name, found.created_at, account.now(), found.email))
    return Reply(status=204)
