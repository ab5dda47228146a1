"""Endpoints of tickets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from deskpulse_freshdesk.simulator import editing, ticket_input
from deskpulse_freshdesk.simulator.api import ROOT, Answer, Api, Call, Reply
from deskpulse_freshdesk.simulator.changes import Actor
from deskpulse_freshdesk.simulator.checks import IDS, OBJECT, check, check_choice, read_time, refuse
from deskpulse_freshdesk.simulator.errors import ApiError, access_denied, invalid, mismatch, not_found, wrong_method
from deskpulse_freshdesk.simulator.limits import TICKET_CREATE, TICKET_UPDATE, TICKETS_LIST
from deskpulse_freshdesk.simulator.paging import PAGING, paged
from deskpulse_freshdesk.simulator.records import Agent, Ticket
from deskpulse_freshdesk.simulator.rendering import entry_json, ticket_json
from deskpulse_simulation.clock import stamp
from deskpulse_simulation.records import Json

USUAL_DAYS = 30
"""Without ``updated_since`` the list holds tickets made within so many days."""
DEEPEST_PAGE = 300
INCLUDES = ("conversations", "requester", "company", "stats", "sla_policy")
LIST_INCLUDES = ("requester", "company", "stats", "description")
FILTERS: dict[str, Callable[[Ticket, int], bool]] = {
    "new_and_my_open": lambda ticket, me: ticket.status == 2 and ticket.responder_id in (None, me),
    "watching": lambda ticket, me: False,  # noqa: ARG005 - nobody watches tickets here
    "spam": lambda ticket, me: ticket.spam and not ticket.deleted,  # noqa: ARG005 - whoever asks
    "deleted": lambda ticket, me: ticket.deleted,  # noqa: ARG005 - whoever asks
}
ORDERS = ("created_at", "due_by", "updated_at", "status")


def add_routes(api: Api) -> None:
    """``/tickets``."""
    api.add("GET", "/tickets", listing, limit=TICKETS_LIST)
    api.add("POST", "/tickets", create, limit=TICKET_CREATE)
    api.add("POST", "/tickets/bulk_update", bulk_update, limit=TICKET_UPDATE)
    api.add("GET", "/tickets/<int:number>", show)
    api.add("PUT", "/tickets/<int:number>", update, limit=TICKET_UPDATE)
    api.add("DELETE", "/tickets/<int:number>", delete)
    api.add("PUT", "/tickets/<int:number>/restore", restore)
    api.add("GET", "/tickets/archived/<int:number>", show_archived)
    api.add("DELETE", "/tickets/archived/<int:number>", delete_archived)
    api.add("GET", "/tickets/archived/<int:number>/conversations", archived_conversations)
    api.add("GET", "/jobs/<number>", job)


def in_scope(agent: Agent, ticket: Ticket) -> bool:
    """Whether an agent may see a ticket: all, those of their groups too, or only their own."""
    own = ticket.responder_id == agent.id
    return agent.ticket_scope == 1 or own or (agent.ticket_scope == 2 and ticket.group_id in agent.group_ids)


def find(call: Call, number: int, *, method: str = "GET") -> Ticket:
    """The ticket, if it can be read or, by other methods, written; archived and deleted ones can only be read."""
    account = call.account
    ticket = account.tickets.get(number)
    if ticket is None:
        raise not_found()
    if not in_scope(call.agent, ticket):
        raise access_denied()
    if ticket.archived:
        if method != "GET":
            raise not_found()
        raise ApiError(301, None, {"Location": f"{account.base_url}{ROOT}/tickets/archived/{number}"})
    if (ticket.deleted or ticket.spam) and method != "GET":
        raise wrong_method(method, ["GET"])
    return ticket


def listing(call: Call) -> Answer:
    """The account's tickets, newest first unless ordered otherwise."""
    call.allow_args(
        "filter", "requester_id", "email", "unique_external_id", "company_id", "updated_since", "order_by",
        "order_type", "include", *PAGING,
    )  # fmt: skip
    includes = call.includes(*LIST_INCLUDES)
    rows = _ordered(call, _filtered(call))
    return paged(call, rows, lambda one: ticket_json(call.account, one, includes, listed=True), deepest=DEEPEST_PAGE)


def _filtered(call: Call) -> list[Ticket]:
    account, since, chosen = call.account, _since(call), call.arg("filter")
    refuse(check_choice({"filter": chosen}, "filter", [*FILTERS]))
    rows = [ticket for ticket in account.tickets if not ticket.archived and in_scope(call.agent, ticket)]
    if chosen is None:
        rows = [ticket for ticket in rows if not (ticket.deleted or ticket.spam)]
    else:
        rows = [ticket for ticket in rows if FILTERS[chosen](ticket, call.agent.id)]
    if since is not None:
        rows = [ticket for ticket in rows if ticket.updated_at >= since]
    else:
        oldest = account.now() - timedelta(days=USUAL_DAYS)
        rows = [ticket for ticket in rows if ticket.created_at >= oldest]
    for name in ("requester_id", "company_id"):
        wanted = call.arg(name)
        if wanted is not None:
            rows = [ticket for ticket in rows if str(getattr(ticket, name)) == wanted]
    if call.arg("email") is not None:
        person = account.person_by_email(str(call.arg("email")))
        rows = [ticket for ticket in rows if person is not None and ticket.requester_id == person.id]
    return rows


def _since(call: Call) -> datetime | None:
    given = call.arg("updated_since")
    if given is None:
        return None
    moment = read_time(given)
    if moment is None:
        raise invalid(mismatch("updated_since", "combined date and time ISO8601", given))
    return moment


def _ordered(call: Call, rows: list[Ticket]) -> list[Ticket]:
    order, direction = call.arg("order_by") or "created_at", call.arg("order_type") or "desc"
    refuse(check_choice({"order_by": order}, "order_by", ORDERS))
    refuse(check_choice({"order_type": direction}, "order_type", ("asc", "desc")))
    return sorted(rows, key=lambda ticket: (getattr(ticket, order), ticket.id), reverse=direction == "desc")


def create(call: Call) -> Answer:
    """Write a ticket; the key's agent does it."""
    ticket = editing.create(
        call.account, ticket_input.for_creation(call.account, call.body()), Actor.person(call.agent)
    )
    where = f"{call.account.base_url}{ROOT}/tickets/{ticket.id}"
    return Reply(ticket_json(call.account, ticket), 201, {"Location": where})


def show(call: Call, number: int) -> Answer:
    """One ticket, with what is included."""
    call.allow_args("include")
    ticket = find(call, number)
    return ticket_json(call.account, ticket, call.includes(*INCLUDES))


def update(call: Call, number: int) -> Answer:
    """Change what is listed; last writer wins, for there is no way to say which version was read."""
    ticket = find(call, number, method="PUT")
    values = ticket_input.for_update(call.account, ticket, call.body())
    editing.update(call.account, ticket, values, Actor.person(call.agent))
    return ticket_json(call.account, ticket)


def delete(call: Call, number: int) -> Answer:
    """Put a ticket into the trash, where it can still be read."""
    ticket = find(call, number, method="DELETE")
    editing.set_gone(call.account, ticket, Actor.person(call.agent), deleted=True)
    return Reply(status=204)


def restore(call: Call, number: int) -> Answer:
    """Take a ticket out of the trash."""
    ticket = call.account.tickets.get(number)
    if ticket is None or not ticket.deleted:
        raise not_found()
    editing.set_gone(call.account, ticket, Actor.person(call.agent), deleted=False)
    return Reply(status=204)


def _archived(call: Call, number: int) -> Ticket:
    ticket = call.account.tickets.get(number)
    if ticket is None or not ticket.archived:
        raise not_found()
    return ticket


def show_archived(call: Call, number: int) -> Answer:
    """An archived ticket, which is all that can be done with it but deleting."""
    return ticket_json(call.account, _archived(call, number), call.includes(*INCLUDES)) | {"archived": True}


def archived_conversations(call: Call, number: int) -> Answer:
    """An archived ticket's conversation."""
    ticket = _archived(call, number)
    return paged(call, ticket.conversation, lambda entry: entry_json(ticket, entry))


def delete_archived(call: Call, number: int) -> Answer:
    """Delete an archived ticket for good."""
    call.account.tickets.remove(_archived(call, number).id)
    return Reply(status=204)


def bulk_update(call: Call) -> Answer:
    """Change many tickets; the answer is a job, done as soon as it is told of."""
    action = call.body().get("bulk_action")
    raw = action if isinstance(action, dict) else {}
    refuse(check(raw, {"ids": IDS, "properties": OBJECT, "reply": OBJECT}, ("ids",)))
    results = [_update_one(call, number, raw.get("properties") or {}) for number in raw["ids"]]
    name = call.account.ids.secret(24)
    call.account.jobs[name] = {
        "id": name,
        "status": "COMPLETED",
        "status_updated_at": stamp(call.account.now()),
        "progress": 100,
        "data": results,
    }
    return Reply({"job_id": name, "href": f"{call.account.base_url}{ROOT}/jobs/{name}"}, 202)


def _update_one(call: Call, number: int, properties: Json) -> Json:
    try:
        ticket = find(call, number, method="PUT")
        values = ticket_input.for_update(call.account, ticket, properties)
    except ApiError as error:
        return {"id": number, "success": False, "error": error.body}
    editing.update(call.account, ticket, values, Actor.person(call.agent))
    return {"id": number, "success": True}


def job(call: Call, number: str) -> Answer:
    """How a job went."""
    found = call.account.jobs.get(number)
    if found is None:
        raise not_found()
    return found
