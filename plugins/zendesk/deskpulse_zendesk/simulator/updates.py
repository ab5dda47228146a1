"""One create or update of a ticket while it happens: each change is applied, counted and written into the audit."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deskpulse_simulation.records import Json, Mail
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.field_values import field_tags
from deskpulse_zendesk.simulator.metrics import count_change, count_comment
from deskpulse_zendesk.simulator.records import Audit, Comment, Facts, Field, Rule, Ticket, User, Webhook


@dataclass
class Update:
    """A change in progress. ``before`` is None while the ticket is being created."""

    account: Account
    ticket: Ticket
    actor: User
    via: str
    moment: datetime
    before: Facts | None
    audit: Audit
    comment: Comment | None = None
    deliveries: list[tuple[Webhook, str, bytes]] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)

    @property
    def creating(self) -> bool:
        """Whether this brings the ticket into being."""
        return self.before is None

    def note(self, kind: str, rule: Rule | None = None, **values: Any) -> None:
        """Add an event to the audit; changes made by a rule say which."""
        event: Json = {"id": self.account.ids.number(), "type": kind, **values}
        if rule is not None:
            source = {"from": {"deleted": False, "id": rule.id, "title": rule.title}, "to": {}, "rel": "trigger"}
            event["via"] = {"channel": "rule", "source": source}
        self.audit.events.append(event)

    def set(self, name: str, value: Any, rule: Rule | None = None) -> None:
        """Give an attribute a new value; nothing happens where it already has it."""
        old = getattr(self.ticket, name)
        if old == value and not (self.creating and rule is None):
            return
        setattr(self.ticket, name, value)
        first = self.creating and rule is None
        if name == "requester_id" and not self.creating:
            self.account.requester_changed(self.ticket, old)
        count_change(self.ticket.metrics, name, None if first else old, value, self.moment)
        self._note_value(name, _text(value), None if first else _text(old), rule)

    def set_custom(self, custom: Field, value: Any, rule: Rule | None = None) -> None:
        """Give a custom field a new value; option tags follow it onto the ticket."""
        old = self.ticket.custom_fields.get(custom.id)
        if old == value:
            return
        self.ticket.custom_fields[custom.id] = value
        self._note_value(str(custom.id), _text(value), _text(old), rule)
        gone, come = field_tags(custom, old), field_tags(custom, value)
        if gone != come:
            self.set_tags([tag for tag in self.ticket.tags if tag not in gone] + sorted(come), rule)

    def set_tags(self, tags: list[str], rule: Rule | None = None) -> None:
        """Replace the ticket's tags."""
        tags = list(dict.fromkeys(tags))
        if sorted(tags) == sorted(self.ticket.tags):
            return
        old, self.ticket.tags = self.ticket.tags, tags
        self._note_value("tags", sorted(tags), sorted(old), rule)

    def say(self, author: User, body: str, *, public: bool, html_body: str | None = None) -> Comment:
        """Add a comment to the conversation; it becomes the comment that conditions look at."""
        marked_up = html_body or f"<p>{html.escape(body, quote=False)}</p>".replace("\n", "<br>")
        comment = Comment(
            id=self.account.ids.number(),
            author_id=author.id,
            body=body,
            public=public,
            created_at=self.moment,
            html_body=f'<div class="zd-comment" dir="auto">{marked_up}</div>',
            via=self.via,
            audit_id=self.audit.id,
        )
        self.ticket.comments.append(comment)
        self.comment = comment
        count_comment(self.ticket, comment, author, self.moment)
        self.audit.events.append(
            {
                "id": comment.id,
                "type": "Comment",
                "author_id": author.id,
                "body": body,
                "html_body": comment.html_body,
                "plain_body": body,
                "public": public,
                "attachments": [],
                "audit_id": self.audit.id,
            }
        )
        return comment

    def _note_value(self, name: str, value: Any, old: Any, rule: Rule | None) -> None:
        if self.creating and rule is None:
            self.note("Create", field_name=name, value=value)
        else:
            self.note("Change", rule, field_name=name, value=value, previous_value=old)


def _text(value: Any) -> Any:
    """Audit values are words: numbers read as strings, null stays null."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
