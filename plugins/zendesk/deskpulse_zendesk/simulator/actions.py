"""What a rule does once its conditions hold."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from deskpulse_simulation.records import Json, Mail
from deskpulse_zendesk.simulator.field_values import clean, tag_words
from deskpulse_zendesk.simulator.placeholders import render
from deskpulse_zendesk.simulator.records import Rule, User, Webhook
from deskpulse_zendesk.simulator.updates import Update

PLAIN_ACTIONS = frozenset(
    ["status", "priority", "type", "group_id", "assignee_id", "current_tags", "set_tags", "remove_tags"]
)
NOTIFICATIONS = {"notification_webhook": 2, "notification_user": 3, "notification_group": 3}
BODY_LIMIT = 16_000


def run(rule: Rule, update: Update) -> None:
    """Do everything a rule says, in its order."""
    for action in rule.actions:
        _act(rule, update, str(action["field"]), action.get("value"))


def _act(rule: Rule, update: Update, name: str, value: Any) -> None:
    ticket = update.ticket
    match name:
        case "notification_webhook":
            _call_webhook(rule, update, value)
        case "notification_user" | "notification_group":
            _write_mails(rule, update, name, value)
        case "current_tags":
            update.set_tags([*ticket.tags, *tag_words(value)], rule)
        case "set_tags":
            update.set_tags(tag_words(value), rule)
        case "remove_tags":
            gone = set(tag_words(value))
            update.set_tags([tag for tag in ticket.tags if tag not in gone], rule)
        case "group_id" | "assignee_id":
            update.set(name, _person_or_group(update, value), rule)
        case _ if name.startswith("custom_fields_"):
            field = update.account.ticket_fields.get(int(name.removeprefix("custom_fields_")))
            if field is not None:
                update.set_custom(field, clean(field, value, "base"), rule)
        case _:
            update.set(name, value or None, rule)


def _person_or_group(update: Update, value: Any) -> int | None:
    if value in ("current_user", "requester_id"):
        return update.actor.id if value == "current_user" else update.ticket.requester_id
    return int(value) if value else None


def _call_webhook(rule: Rule, update: Update, value: Any) -> None:
    webhook = update.account.webhooks.get(str(value[0]))
    if webhook is None:
        return
    template = value[1]
    update.note("External", rule, resource=webhook.id, body=template)
    account, ticket, actor = update.account, update.ticket, update.actor
    if isinstance(template, list):
        pairs = [(str(key), render(str(text), account, ticket, actor)) for key, text in template]
        if webhook.request_format == "form_encoded" or webhook.http_method in ("GET", "DELETE"):
            update.deliveries.append((webhook, urlencode(pairs), b""))
            return
        template = json.dumps(dict(pairs))
    update.deliveries.append((webhook, "", render(str(template), account, ticket, actor).encode()))


def _write_mails(rule: Rule, update: Update, name: str, value: Any) -> None:
    recipient, subject, body = value
    account, ticket = update.account, update.ticket
    users = [user for user in _recipients(update, name, recipient) if not user.suspended]
    update.note("Notification", rule, subject=subject, body=body, recipients=[user.id for user in users])
    for user in users:
        if user.email:
            update.mails.append(
                Mail(
                    to=user.email,
                    subject=render(str(subject), account, ticket, update.actor),
                    body=render(str(body), account, ticket, update.actor),
                    sent_at=update.moment,
                    ticket_id=ticket.id,
                    rule=rule.title,
                )
            )


def _recipients(update: Update, name: str, recipient: Any) -> list[User]:
    account, ticket = update.account, update.ticket
    if name == "notification_group":
        group_id = ticket.group_id if recipient == "group_id" else int(recipient or 0)
        members = account.members_of(group_id) if group_id else []
        return [account.users[membership.user_id] for membership in members]
    known = {
        "requester_id": ticket.requester_id,
        "requester_and_ccs": ticket.requester_id,
        "assignee_id": ticket.assignee_id,
        "current_user": update.actor.id,
    }
    number = known[recipient] if recipient in known else int(recipient)
    user = account.users.get(number)
    return [] if user is None else [user]


def problem_with(action: Json, webhooks: dict[str, Webhook], field_ids: list[int]) -> str | None:
    """Why an action cannot be saved, or None."""
    name, value = str(action.get("field")), action.get("value")
    if name in NOTIFICATIONS:
        if not isinstance(value, list) or len(value) != NOTIFICATIONS[name]:
            return f"Action {name} needs {NOTIFICATIONS[name]} values"
        return _webhook_problem(value, webhooks) if name == "notification_webhook" else None
    if name.startswith("custom_fields_"):
        number = name.removeprefix("custom_fields_")
        return None if number.isdigit() and int(number) in field_ids else f"Action {name} is invalid"
    return None if name in PLAIN_ACTIONS else f"Action {name} is invalid"


def _webhook_problem(value: list[Any], webhooks: dict[str, Webhook]) -> str | None:
    webhook = webhooks.get(str(value[0]))
    if webhook is None or webhook.subscriptions != ["conditional_ticket_events"]:
        return "Webhook is invalid or has been deleted"
    if len(str(value[1])) > BODY_LIMIT:
        return f"Webhook body is longer than {BODY_LIMIT} characters"
    return None
