"""When rules run: the first that fits on creation, all of them on updates, and time triggers every hour."""

from __future__ import annotations

import re
from datetime import datetime

from deskpulse_freshdesk.simulator import actions
from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.app_events import note_update
from deskpulse_freshdesk.simulator.changes import SYSTEM_ACTOR, Change
from deskpulse_freshdesk.simulator.conditions import HOUR, conditions_hold, event_met, performer_fits
from deskpulse_freshdesk.simulator.records import Rule

_CUSTOM = re.compile(r"(?:'field_name': '|\{\{\s*ticket\.)(cf_\w+)")
"""Custom fields in a rule's parts as Python writes them: as a field, or as a placeholder."""
CREATION, TIME, UPDATE = 1, 3, 4
KINDS = (CREATION, TIME, UPDATE)
MOST_STEPS = 24 * 60
"""Hours that one step of the clock lets the time triggers run for; a longer step is divided into as many."""


def is_outdated(account: Account, rule: Rule) -> bool:
    """Whether a rule names a custom field that was deleted; such a rule stops without a word."""
    named = set(_CUSTOM.findall(repr((rule.events, rule.conditions, rule.actions))))
    return bool(named - {one.name for one in account.ticket_fields})


def _alive(account: Account, kind: int) -> list[Rule]:
    return [rule for rule in account.rules_of(kind) if rule.active and not rule.outdated]


def created(change: Change) -> None:
    """Run the creation rules: the first whose conditions hold, or all where an administrator chose so."""
    account, ticket = change.account, change.ticket
    for rule in _alive(account, CREATION):
        if conditions_hold(account, rule, ticket):
            actions.run(account, rule, ticket, "{ticket_action:created}")
            if not account.switches.all_creation_rules:
                return


def updated(change: Change) -> None:
    """Tell apps of a change, and run every update rule that listens to it."""
    account, ticket = change.account, change.ticket
    note_update(change)
    fitting = [(rule, event_met(rule, change)) for rule in _alive(account, UPDATE)]
    for rule, happening in fitting:
        if happening and performer_fits(rule.performer, change.actor) and conditions_hold(account, rule, ticket):
            actions.run(account, rule, ticket, happening.text)


def advance(account: Account, seconds: float) -> datetime:
    """Step the clock forward, the time triggers running at every full hour passed."""
    whole, rest = divmod(seconds, HOUR)
    steps = min(int(whole), MOST_STEPS)
    for _ in range(steps):
        account.clock.advance(HOUR * whole / steps)
        run_hourly(account)
    return account.clock.advance(rest)


def run_hourly(account: Account) -> None:
    """Run every time trigger once over all tickets; what they change is the system's doing."""
    rules = _alive(account, TIME)
    if not rules:
        return
    for ticket in [one for one in account.tickets if not (one.archived or one.deleted or one.spam)]:
        for rule in rules:
            if conditions_hold(account, rule, ticket):
                change = Change(account, ticket, SYSTEM_ACTOR, ticket.facts())
                actions.run(account, rule, ticket, "")
                change.note_differences()
                if change.happenings:
                    updated(change)
