"""Endpoints of replies, notes and the conversation they make."""

from __future__ import annotations

from deskpulse_freshdesk.simulator import editing, ticket_input
from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.api import ROOT, Answer, Api, Call, Reply
from deskpulse_freshdesk.simulator.checks import TEXT, check, refuse
from deskpulse_freshdesk.simulator.errors import not_found, wrong_method, wrong_value
from deskpulse_freshdesk.simulator.paging import PAGING, paged
from deskpulse_freshdesk.simulator.records import NOTE, Agent, Contact, Entry, Ticket
from deskpulse_freshdesk.simulator.rendering import entry_json, reply_json
from deskpulse_freshdesk.simulator.tickets import find
from deskpulse_simulation.records import Json, Mail


def add_routes(api: Api) -> None:
    """Below ``/tickets/{id}``, and ``/conversations/{id}``."""
    api.add("GET", "/tickets/<int:number>/conversations", listing)
    api.add("POST", "/tickets/<int:number>/reply", reply)
    api.add("POST", "/tickets/<int:number>/notes", note)
    api.add("PUT", "/conversations/<int:number>", edit)
    api.add("DELETE", "/conversations/<int:number>", delete)


def listing(call: Call, number: int) -> Answer:
    """The whole conversation, oldest first."""
    call.allow_args(*PAGING)
    ticket = find(call, number)
    return paged(call, ticket.conversation, lambda entry: entry_json(ticket, entry))


def reply(call: Call, number: int) -> Answer:
    """Answer the requester, who gets it by mail."""
    account, ticket = call.account, find(call, number, method="POST")
    raw = call.body()
    refuse(check(raw, ticket_input.REPLY, ("body",)))
    author = account.agents.get(raw["user_id"]) if raw.get("user_id") else call.agent
    if author is None:
        refuse([wrong_value("user_id", "There is no agent matching the given user_id")])
        raise not_found()
    copies = raw.get("cc_emails") or [], raw.get("bcc_emails") or []
    entry = editing.reply(account, ticket, author, raw["body"], cc_emails=copies[0], bcc_emails=copies[1])
    return Reply(reply_json(ticket, entry), 201, {"Location": f"{account.base_url}{ROOT}/conversations/{entry.id}"})


def note(call: Call, number: int) -> Answer:
    """Write a note: private unless the body says otherwise. Sent twice, it stands twice."""
    account, ticket = call.account, find(call, number, method="POST")
    raw = call.body()
    refuse(check(raw, ticket_input.NOTE, ("body",)))
    entry = editing.note(
        account, ticket, _author(call, raw), raw["body"], private=raw.get("private", True) is not False
    )
    for address in raw.get("notify_emails") or []:
        subject = f"Note added - [#{ticket.id}] {ticket.subject}"
        account.send_mail(Mail(address, subject, raw["body"], account.now(), ticket.id, "note"))
    return Reply(entry_json(ticket, entry), 201, {"Location": f"{account.base_url}{ROOT}/conversations/{entry.id}"})


def _author(call: Call, raw: Json) -> Agent | Contact:
    if not raw.get("user_id"):
        return call.agent
    author = call.account.person(raw["user_id"])
    if author is None:
        refuse([wrong_value("user_id", "There is no user matching the given user_id")])
        raise not_found()
    return author


def _find_entry(account: Account, number: int) -> tuple[Ticket, Entry]:
    for ticket in account.tickets:
        for entry in ticket.conversation:
            if entry.id == number:
                return ticket, entry
    raise not_found()


def edit(call: Call, number: int) -> Answer:
    """Change the words of a note; a reply that was sent stays as it was."""
    ticket, entry = _find_entry(call.account, number)
    find(call, ticket.id, method="PUT")
    if entry.source != NOTE:
        raise wrong_method("PUT", ["DELETE"])
    raw = call.body()
    refuse(check(raw, {"body": TEXT}, ("body",)))
    entry.body, entry.updated_at = raw["body"], call.account.now()
    return entry_json(ticket, entry)


def delete(call: Call, number: int) -> Answer:
    """Take an entry out of the conversation."""
    ticket, entry = _find_entry(call.account, number)
    find(call, ticket.id, method="DELETE")
    ticket.conversation.remove(entry)
    return Reply(status=204)
