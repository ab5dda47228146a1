"""The vendor's API, one method for each route; what a route's ``*`` stands for is passed on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from deskpulse.testing.fake_helpdesk.simulator.account import Account, Json, Person, Refusal, Ticket

PAGE, GREATEST_PAGE = 20, 50


@dataclass(frozen=True)
class Request:
    """What a route may look at."""

    url: str
    query: dict[str, str]
    body: Json
    version: str | None = None


@dataclass(frozen=True)
class Api:
    """One request to one account."""

    account: Account
    request: Request

    def me(self) -> Json:
        """Who the token belongs to."""
        return {"account": "Fake Ltd", "name": "DeskPulse", "role": "administrator"}

    def groups(self) -> Json:
        """All groups, deleted ones as inactive."""
        return _page(self.request, map(asdict, self.account.groups.values()))

    def agents(self) -> Json:
        """All agents, suspended ones as inactive."""
        return _page(self.request, map(_agent, self.account.agents.values()))

    def agent(self, key: str) -> Json:
        """One agent."""
        return _agent(_found(self.account.agents, key))

    def customer(self, key: str) -> Json:
        """One customer."""
        return _customer(_found(self.account.customers, key))

    def change_customer(self, key: str) -> Json:
        """Set custom fields."""
        person = _found(self.account.customers, key)
        self.account.check_fields(self.request.body.get("fields", {}), "customer")
        person.fields |= self.request.body.get("fields", {})
        return _customer(person)

    def ticket(self, key: str) -> Json:
        """One ticket with the people it names."""
        found = self.account.ticket(key)
        raw = {name: value for name, value in asdict(found).items() if name != "notes"}
        return raw | {
            "created_at": found.created_at.isoformat(),
            "solved_at": found.solved_at.isoformat() if found.solved_at else None,
            "requester": _customer(self.account.customers[found.requester]) if found.requester else None,
            "assignee": _agent(self.account.agents[found.assignee]) if found.assignee else None,
            "group": asdict(self.account.groups[found.group]) if found.group else None,
        }

    def change_ticket(self, key: str) -> Json:
        """Set custom fields and add a note, if the version is still the one that the caller has seen."""
        found = self.account.ticket(key)
        if self.request.version not in (None, str(found.version)):
            raise Refusal(409, "somebody else has changed the ticket")
        self.account.edit(found, self.request.body.get("fields", {}), self.request.body.get("note"))
        return self.ticket(key)

    def notes(self, key: str) -> Json:
        """A ticket's notes, oldest first."""
        return _page(self.request, self.account.ticket(key).notes)

    def changes(self) -> Json:
        """The feed: ``since`` a time, or ``after`` the number of the last change seen."""
        after = int(self.request.query.get("after", 0))
        since = datetime.fromisoformat(self.request.query.get("since") or "0001-01-01T00:00:00+00:00")
        due = [
            one
            for one in self.account.changes
            if one["sequence"] > after and datetime.fromisoformat(one["at"]) >= since
        ]
        items = due[: _limit(self.request)]
        last = items[-1]["sequence"] if items else after or len(self.account.changes)
        return {"items": items, "last": last, "more": len(items) < len(due)}

    def fields(self) -> Json:
        """Custom fields."""
        return _page(self.request, self.account.fields.values())

    def create_field(self) -> Json:
        """A custom field; its key must be new."""
        if any(one["key"] == self.request.body["key"] for one in self.account.fields.values()):
            raise Refusal(422, "there is such a field")
        made = {
            "id": self.account.new_id("f"),
            "key": self.request.body["key"],
            "belongs_to": self.request.body["belongs_to"],
        }
        return self.account.fields.setdefault(made["id"], made)

    def delete_field(self, key: str) -> Json:
        """Remove a custom field, and with it its values."""
        gone = _found(self.account.fields, key)
        del self.account.fields[key]
        holders: Iterable[Ticket | Person] = self.account.tickets.values()
        for holder in holders if gone["belongs_to"] == "ticket" else self.account.customers.values():
            holder.fields.pop(gone["key"], None)
        return {}

    def webhooks(self) -> Json:
        """Webhooks, without their secrets."""
        return _page(
            self.request,
            ({"id": one.id, "url": one.url, "events": one.events} for one in self.account.webhooks.values()),
        )

    def create_webhook(self) -> Json:
        """A webhook."""
        made = self.account.add_webhook(self.request.body["url"], self.request.body["events"])
        return {"id": made.id, "url": made.url, "events": made.events}

    def change_webhook(self, key: str) -> Json:
        """Where a webhook goes, and what it tells."""
        found = _found(self.account.webhooks, key)
        found.url, found.events = self.request.body["url"], sorted(self.request.body["events"])
        return {"id": found.id, "url": found.url, "events": found.events}

    def delete_webhook(self, key: str) -> Json:
        """Remove a webhook."""
        _found(self.account.webhooks, key)
        del self.account.webhooks[key]
        return {}

    def webhook_secret(self, key: str) -> Json:
        """The text that keys a webhook's signatures."""
        return {"secret": _found(self.account.webhooks, key).secret}

    def send_message(self) -> Json:
        """A message to a ticket's customer, sent once for each key."""
        body = self.request.body
        return self.account.message(self.account.ticket(body["ticket"]), str(body["key"]), str(body["text"]))


ROUTES: dict[tuple[str, str], Callable[..., Json]] = {
    ("GET", "me"): Api.me,
    ("GET", "groups"): Api.groups,
    ("GET", "agents"): Api.agents,
    ("GET", "agents/*"): Api.agent,
    ("GET", "customers/*"): Api.customer,
    ("PATCH", "customers/*"): Api.change_customer,
    ("GET", "tickets/*"): Api.ticket,
    ("PATCH", "tickets/*"): Api.change_ticket,
    ("GET", "tickets/*/notes"): Api.notes,
    ("GET", "changes"): Api.changes,
    ("GET", "fields"): Api.fields,
    ("POST", "fields"): Api.create_field,
    ("DELETE", "fields/*"): Api.delete_field,
    ("GET", "webhooks"): Api.webhooks,
    ("POST", "webhooks"): Api.create_webhook,
    ("PATCH", "webhooks/*"): Api.change_webhook,
    ("DELETE", "webhooks/*"): Api.delete_webhook,
    ("GET", "webhooks/*/secret"): Api.webhook_secret,
    ("POST", "messages"): Api.send_message,
}


def _agent(person: Person) -> Json:
    return {name: value for name, value in asdict(person).items() if name != "fields"}


def _customer(person: Person) -> Json:
    return {name: value for name, value in asdict(person).items() if name != "groups"}


def _found(records: dict[str, Any], key: str) -> Any:
    if key not in records:
        raise Refusal(404, "there is no such record")
    return records[key]


def _limit(request: Request) -> int:
    return min(int(request.query.get("limit", PAGE)), GREATEST_PAGE)


def _page(request: Request, records: Iterable[Json]) -> Json:
    every, start = list(records), int(request.query.get("cursor") or 0)
    end = start + _limit(request)
    if end >= len(every):
        return {"items": every[start:end], "next": None, "next_url": None}
    next_url = f"{request.url}?limit={_limit(request)}&cursor={end}"
    return {"items": every[start:end], "next": str(end), "next_url": next_url}
