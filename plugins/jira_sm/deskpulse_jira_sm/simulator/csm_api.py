"""Customer details (``/jsm/csm/cloudid/{cloudId}/api/v1``) and teams (``/gateway/api/public/teams/v1``): Cloud only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from deskpulse_jira_sm.simulator.api import DESK_CUSTOMERS, DESK_READ, USERS, Api, Call, Reply
from deskpulse_jira_sm.simulator.auth import check_admin
from deskpulse_jira_sm.simulator.errors import invalid, not_found
from deskpulse_jira_sm.simulator.records import Organization, Team, User
from deskpulse_simulation.records import Json

CSM = "/jsm/csm/cloudid/<cloud>/api/v1"
TEAMS = "/gateway/api/public/teams/v1/org/<org>/teams"
MOST_FIELDS = 50


def add_routes(api: Api) -> None:
    """The endpoints."""
    api.add("GET", f"{CSM}/customer/details", fields, scope=DESK_READ)
    api.add("POST", f"{CSM}/customer/details", create_field, scope=DESK_CUSTOMERS)
    api.add("DELETE", f"{CSM}/customer/details/<name>", delete_field, scope=DESK_CUSTOMERS)
    api.add("POST", f"{CSM}/customer/details/bulk", bulk, scope=DESK_CUSTOMERS)
    api.add("GET", f"{CSM}/customer/<number>", customer, scope=DESK_READ)
    api.add("PUT", f"{CSM}/customer/<number>/details", set_customer, scope=DESK_CUSTOMERS)
    api.add("GET", f"{CSM}/organization/<number>", organization, scope=DESK_READ)
    api.add("PUT", f"{CSM}/organization/<number>/details", set_organization, scope=DESK_CUSTOMERS)
    api.add("GET", TEAMS, teams, scope=USERS)
    api.add("POST", f"{TEAMS}/<number>/members", team_members, scope=USERS)


def _check(call: Call, cloud: str) -> None:
    if call.site.server or cloud != call.site.cloud_id or not call.site.switches.customer_details:
        raise not_found("Not found")


def fields(call: Call, cloud: str) -> Json:
    """Every detail field."""
    _check(call, cloud)
    return {"results": list(call.site.detail_fields.values())}


def create_field(call: Call, cloud: str) -> Reply:
    """A new detail field: a name and a ``type`` object. For those who administer Jira."""
    _check(call, cloud)
    check_admin(call.user)
    body = call.body()
    name = body.get("name")
    if not isinstance(name, str) or not name.strip() or not isinstance(body.get("type"), dict):
        raise invalid("name and type are required")
    if name in call.site.detail_fields or len(call.site.detail_fields) >= MOST_FIELDS:
        raise invalid(f"a detail field called {name} exists already, or there are {MOST_FIELDS}")
    made = {"id": call.site.ids.uuid(), "name": name, "type": body["type"]}
    call.site.detail_fields[name] = made
    return Reply(made, 201)


def delete_field(call: Call, cloud: str, name: str) -> Reply:
    """204, for a name or an id."""
    _check(call, cloud)
    check_admin(call.user)
    found = next((key for key, one in call.site.detail_fields.items() if name in (key, one["id"])), None)
    if found is None:
        raise not_found("The field does not exist.")
    del call.site.detail_fields[found]
    return Reply(None, 204)


def _customer(call: Call, number: str) -> User:
    user = call.site.user(number)
    late = timedelta(seconds=call.site.switches.details_delay)
    if user is None or user.created_at + late > call.site.now():
        raise not_found("The customer does not exist.")
    return user


def _details(call: Call, found: User | Organization) -> list[Any]:
    known = call.site.detail_fields
    return [
        {"id": known[name]["id"], "name": name, "values": values}
        for name, values in found.details.items()
        if name in known
    ]


def customer(call: Call, cloud: str, number: str) -> Json:
    """A customer with their details."""
    _check(call, cloud)
    user = _customer(call, number)
    return {"id": user.account_id, "name": user.name, "details": _details(call, user)}


def _write(call: Call, found: User | Organization) -> Json:
    name, values = call.arg("fieldName") or "", call.body().get("values")
    if name not in call.site.detail_fields:
        raise not_found(f"The detail field {name} does not exist.")
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise invalid("values must be an array of strings")
    found.details[name] = values
    return {"id": call.site.detail_fields[name]["id"], "name": name, "values": values}


def set_customer(call: Call, cloud: str, number: str) -> Json:
    """One detail: an array of strings. 404 for an unknown field, and for a customer made a moment ago."""
    _check(call, cloud)
    return _write(call, _customer(call, number))


def _organization(call: Call, number: str) -> Organization:
    found = next((one for one in call.site.organizations.values() if number in (str(one.id), one.uuid)), None)
    if found is None:
        raise not_found("The organization does not exist.")
    return found


def organization(call: Call, cloud: str, number: str) -> Json:
    """An organisation with its details."""
    _check(call, cloud)
    found = _organization(call, number)
    return {"id": found.uuid, "name": found.name, "details": _details(call, found)}


def set_organization(call: Call, cloud: str, number: str) -> Json:
    """One detail of an organisation."""
    _check(call, cloud)
    return _write(call, _organization(call, number))


def bulk(call: Call, cloud: str) -> Reply:
    """Many at once; needs an ``Idempotency-Key``."""
    _check(call, cloud)
    if not call.request.headers.get("Idempotency-Key"):
        raise invalid("The header Idempotency-Key is required.")
    return Reply({"taskId": call.site.ids.uuid()}, 202)


def _check_org(call: Call, org: str) -> None:
    if call.site.server or org != call.site.org_id:
        raise not_found("Not found")


def teams(call: Call, org: str) -> Json:
    """Teams by ``size`` and ``cursor``; the cursor is missing on the last page."""
    _check_org(call, org)
    size, start = int(call.arg("size") or 50), int(call.arg("cursor") or 0)
    rows = list(call.site.teams.values())
    shown = [{"teamId": team.id, "displayName": team.name, "state": "ACTIVE"} for team in rows[start : start + size]]
    more = {"cursor": str(start + size)} if start + size < len(rows) else {}
    return {"entities": shown} | more


def team_members(call: Call, org: str, number: str) -> Json:
    """A team's members by ``first`` and ``after``."""
    _check_org(call, org)
    team: Team | None = call.site.teams.get(number)
    if team is None:
        raise not_found("The team does not exist.")
    body = call.body()
    size, start = int(body.get("first") or 50), int(body.get("after") or 0)
    more = start + size < len(team.members)
    rows = [{"accountId": member} for member in team.members[start : start + size]]
    return {"results": rows, "pageInfo": {"hasNextPage": more, "endCursor": str(start + size) if more else None}}
