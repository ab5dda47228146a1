"""``/tickets``: show, list, create, update, delete, merge, and each ticket's comments, audits, metrics and tags."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator import editing, jobs
from deskpulse_zendesk.simulator.api import Api, Call, Reply, unknown_keys
from deskpulse_zendesk.simulator.errors import ApiError, bad_request, closed_ticket
from deskpulse_zendesk.simulator.field_values import tag_words
from deskpulse_zendesk.simulator.idempotency import Idempotency
from deskpulse_zendesk.simulator.paging import offset_page, paged
from deskpulse_zendesk.simulator.records import Ticket
from deskpulse_zendesk.simulator.rendering import audit_json, comment_json, metrics_json
from deskpulse_zendesk.simulator.sideloads import beside, ticket_with, wanted
from deskpulse_zendesk.simulator.ticket_input import BULK_KEYS, COMMON_KEYS, CREATE_KEYS

MOST_AT_ONCE = 100


def add_routes(api: Api) -> None:
    """Everything under ``/tickets``, and the ticket lists of users."""
    keys = Idempotency()
    api.add("GET", "/tickets", index)
    api.add("POST", "/tickets", lambda call: keys.once(call, partial(create, call)))
    api.add("GET", "/tickets/count", count)
    api.add("GET", "/tickets/show_many", show_many)
    api.add("PUT", "/tickets/update_many", update_many)
    api.add("GET", "/tickets/<int:number>", show)
    api.add("PUT", "/tickets/<int:number>", update)
    api.add("DELETE", "/tickets/<int:number>", delete)
    api.add("POST", "/tickets/<int:number>/merge", merge)
    api.add("GET", "/tickets/<int:number>/comments", comments)
    api.add("GET", "/tickets/<int:number>/audits", audits)
    api.add("GET", "/tickets/<int:number>/metrics", metrics)
    api.add("GET", "/tickets/<int:number>/tags", tags)
    api.add("PUT", "/tickets/<int:number>/tags", add_tags)
    api.add("POST", "/tickets/<int:number>/tags", replace_tags)
    api.add("DELETE", "/tickets/<int:number>/tags", remove_tags)
    api.add("GET", "/users/<int:number>/tickets/requested", requested)
    api.add("GET", "/users/<int:number>/tickets/assigned", assigned)


def index(call: Call) -> Json:
    """All tickets, oldest first unless sorted the other way."""
    call.headers.update(call.limits.ticket_list())
    return _listing(call, call.account.tickets.ids)


def _listing(call: Call, ids: list[int]) -> Json:
    account, include = call.account, wanted(call)
    return paged(
        call,
        "tickets",
        ids,
        account.tickets.__getitem__,
        lambda ticket: ticket_with(account, ticket, include),
        sideload=lambda rows: beside(account, rows, include),
        descending=(call.arg("sort") or "").startswith("-") or call.arg("sort_order") == "desc",
    )


def requested(call: Call, number: int) -> Json:
    """A customer's tickets."""
    return _listing(call, call.account.ticket_ids_of(number))


def assigned(call: Call, number: int) -> Json:
    """An agent's tickets."""
    return _listing(call, [ticket.id for ticket in call.account.tickets if ticket.assignee_id == number])


def count(call: Call) -> Json:
    """How many there are."""
    return {"count": {"value": len(call.account.tickets), "refreshed_at": None}}


def show(call: Call, number: int) -> Json:
    """One ticket."""
    return _shown(call, editing.find(call.account, number))


def _shown(call: Call, ticket: Ticket) -> Json:
    include = wanted(call)
    return {"ticket": ticket_with(call.account, ticket, include)} | beside(call.account, [ticket], include)


def show_many(call: Call) -> Json:
    """Up to 100 tickets by id, those that exist, in the offset envelope."""
    account, include = call.account, wanted(call)
    rows = [account.tickets[number] for number in asked_ids(call) if number in account.tickets]
    picked, envelope = offset_page(call, rows)
    body: Json = {"tickets": [ticket_with(account, ticket, include) for ticket in picked]}
    return body | beside(account, picked, include) | envelope


def asked_ids(call: Call) -> list[int]:
    """The numbers in ``ids``, at most 100 of them."""
    words = [word.strip() for word in (call.arg("ids") or "").split(",") if word.strip()]
    if not words or len(words) > MOST_AT_ONCE or not all(word.isdigit() for word in words):
        raise bad_request("InvalidValue", f"ids must be 1 to {MOST_AT_ONCE} numbers, with commas between")
    return [int(word) for word in words]


def create(call: Call) -> Reply:
    """A new ticket: 201 with its address and audit."""
    raw = call.part("ticket")
    ticket, change, found = editing.create(call.account, raw, call.user, "api")
    call.warn("tickets", "create", unknown_keys("ticket", raw, CREATE_KEYS) + found.dropped)
    location = f"{call.account.base_url}/api/v2/tickets/{ticket.id}.json"
    return Reply(_shown(call, ticket) | {"audit": audit_json(change.audit)}, 201, {"Location": location})


def update(call: Call, number: int) -> Json:
    """A change; ``public`` missing on a comment means the customer sees it."""
    ticket = editing.find(call.account, number)
    call.headers.update(call.limits.ticket_update(call.user.id, number))
    raw = call.part("ticket")
    change, found = editing.update(call.account, ticket, raw, call.user, "api")
    call.warn("tickets", "update", unknown_keys("ticket", raw, COMMON_KEYS) + found.dropped)
    return _shown(call, ticket) | {"audit": audit_json(change.audit)}


def update_many(call: Call) -> Json:
    """One change of many tickets (``ids``), or many changes (``tickets``), as a job."""
    body = call.body()
    if call.arg("ids"):
        pairs = [(number, call.part("ticket")) for number in asked_ids(call)]
    else:
        pairs = [(int(raw["id"]), raw) for raw in body.get("tickets", ()) if "id" in raw]
    if not pairs or len(pairs) > MOST_AT_ONCE:
        raise bad_request("TooManyValues", f"1 to {MOST_AT_ONCE} tickets at once")
    dropped: list[str] = []
    results: list[Json] = []
    for place, (number, raw) in enumerate(pairs):
        try:
            editing.update(call.account, editing.find(call.account, number), raw, call.user, "api")
            results.append({"index": place, "id": number, "action": "update", "success": True, "status": "Updated"})
        except ApiError as error:
            reason = error.body["error"] if isinstance(error.body, dict) else "Failed"
            results.append({"index": place, "id": number, "error": reason, "details": f"Ticket {number}: {reason}"})
        dropped += unknown_keys("ticket", raw, BULK_KEYS)
    call.warn("tickets", "update_many", dropped)
    return jobs.queue(call.account, results)


def delete(call: Call, number: int) -> Reply:
    """Gone: 204, and 404 from then on."""
    editing.delete(call.account, editing.find(call.account, number))
    return Reply(None, 204)


def merge(call: Call, number: int) -> Json:
    """Close other tickets into this one, as a job."""
    raw = call.body()
    target = editing.find(call.account, number)
    losers = [editing.find(call.account, int(loser)) for loser in raw.get("ids", ()) if int(loser) != number]
    editing.merge(call.account, target, losers, raw, call.user)
    return jobs.queue(call.account, [{"action": "merge", "id": number, "success": True, "status": "Merged"}])


def comments(call: Call, number: int) -> Json:
    """The conversation, internal notes included."""
    ticket = editing.find(call.account, number)
    rows = {comment.id: comment for comment in ticket.comments}
    return paged(
        call,
        "comments",
        sorted(rows),
        rows.__getitem__,
        comment_json,
        descending=call.arg("sort_order") == "desc" or (call.arg("sort") or "").startswith("-"),
    )


def audits(call: Call, number: int) -> Json:
    """The history of updates."""
    rows = {audit.id: audit for audit in editing.find(call.account, number).audits}
    descending = call.arg("sort_order") == "desc" or (call.arg("sort") or "").startswith("-")
    return paged(call, "audits", sorted(rows), rows.__getitem__, audit_json, descending=descending)


def metrics(call: Call, number: int) -> Json:
    """Reopens, stations and times."""
    return {"ticket_metric": metrics_json(call.account, editing.find(call.account, number))}


def tags(call: Call, number: int) -> Json:
    """The ticket's tags."""
    return {"tags": sorted(editing.find(call.account, number).tags)}


def add_tags(call: Call, number: int) -> Json:
    """PUT appends."""
    return _retag(call, number, lambda old, given: [*old, *given])


def replace_tags(call: Call, number: int) -> Reply:
    """POST sets the whole list: 201."""
    return Reply(_retag(call, number, _given_tags), 201)


def remove_tags(call: Call, number: int) -> Json:
    """DELETE takes the named ones off."""
    return _retag(call, number, lambda old, given: [tag for tag in old if tag not in given])


def _given_tags(_: list[str], given: list[str]) -> list[str]:
    return given


def _retag(call: Call, number: int, combine: Callable[[list[str], list[str]], list[str]]) -> Json:
    ticket = editing.find(call.account, number)
    if ticket.status == "closed":
        raise closed_ticket()
    raw = call.body()
    editing.check_stamp(ticket, raw)
    call.headers.update(call.limits.ticket_update(call.user.id, number))
    editing.set_tags(call.account, ticket, combine(list(ticket.tags), tag_words(raw.get("tags"))), call.user)
    return {"tags": sorted(ticket.tags)}
