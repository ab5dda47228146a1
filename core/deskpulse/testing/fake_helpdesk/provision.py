"""Setting up the account: a webhook and custom fields. Looks first, so it can be run at any time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from deskpulse.plugin_api import Change, Connection, ProvisionPlan, ProvisionReport, ProvisionStep
from deskpulse.testing.fake_helpdesk.client import Client, Raw

FIELDS: Mapping[str, str] = {"nps_score": "ticket", "nps_comment": "ticket", "nps_latest_score": "customer"}
"""Our custom fields, with what they belong to."""
EVENTS = ["ticket.deleted", "ticket.merged", "ticket.reopened", "ticket.solved"]


@dataclass(slots=True)
class _Found:
    """What there is in the account, and what becomes of the connection's facts and secrets."""

    client: Client
    plan: ProvisionPlan
    facts: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def may_change(self) -> bool:
        return not self.plan.dry_run


def provision(connection: Connection, plan: ProvisionPlan) -> ProvisionReport:
    """Create, repair or remove; with a dry run only say so."""
    found = _Found(Client(connection), plan)
    raw_webhook = _our_webhook(found, connection)
    raw_fields = {raw["key"]: raw for raw in found.client.every("fields")}
    steps = [_webhook(found, connection, raw_webhook)] if raw_webhook or not plan.remove else []
    steps += _fields(found, raw_fields)
    return ProvisionReport(tuple(steps), found.facts if found.may_change else {}, found.secrets)


def _our_webhook(found: _Found, connection: Connection) -> Raw | None:
    key = connection.facts.get("webhook_id")
    for raw in found.client.every("webhooks"):
        if raw["id"] == key or raw["url"] == found.plan.inlet_url:
            return raw
    return None


def _webhook(found: _Found, connection: Connection, raw: Raw | None) -> ProvisionStep:
    plan, client = found.plan, found.client
    wanted = {"url": plan.inlet_url, "events": EVENTS}
    if raw is None:
        raw, change = client.create("webhooks", wanted) if found.may_change else {}, Change.CREATE
    elif plan.remove:
        return _remove_webhook(found, raw)
    elif {name: raw[name] for name in wanted} != wanted:
        change = Change.REPAIR
        if found.may_change:
            client.change("webhooks", raw["id"], url=plan.inlet_url, events=EVENTS)
    else:
        change = Change.KEEP
    if found.may_change:
        found.facts["webhook_id"] = raw["id"]
        if change is Change.CREATE or not connection.secrets.get("signing_secret"):
            found.secrets["signing_secret"] = client.read("webhooks", raw["id"], "secret")["secret"]
    return ProvisionStep(change, "webhook", "tells DeskPulse of solved and reopened tickets")


def _remove_webhook(found: _Found, raw: Raw) -> ProvisionStep:
    if found.may_change:
        found.client.delete("webhooks", raw["id"])
        found.facts["webhook_id"] = found.secrets["signing_secret"] = ""
    return ProvisionStep(Change.REMOVE, "webhook")


def _fields(found: _Found, existing: Mapping[str, Raw]) -> Iterator[ProvisionStep]:
    for key, belongs_to in FIELDS.items():
        raw = existing.get(key)
        if found.plan.remove:
            if raw is None:
                continue
            if found.may_change:
                found.client.delete("fields", raw["id"])
            yield ProvisionStep(Change.REMOVE, f"field {key}")
            continue
        if raw is None and found.may_change:
            found.client.create("fields", {"key": key, "belongs_to": belongs_to})
        yield ProvisionStep(Change.KEEP if raw else Change.CREATE, f"field {key}", f"on the {belongs_to}")
