"""Creating, repairing and removing what the loop needs in a Jira site.

Making a field twice makes two fields of one name, so everything is looked for first: by the id we remember, else by
name and type. What the access may not do becomes a step for an administrator.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import cached_property, partial

from deskpulse.plugin_api import (
    Change,
    Connection,
    NotFound,
    ProvisionPlan,
    ProvisionReport,
    ProvisionStep,
    Refused,
)
from deskpulse_jira_sm import mapping, statuses, wanted
from deskpulse_jira_sm.client import LONG, Client, Raw, words
from deskpulse_jira_sm.directory import Desk, Directory
from deskpulse_jira_sm.screens import place
from deskpulse_jira_sm.webhooks import Webhooks
from deskpulse_jira_sm.write_back import DETAIL

FACTS = (
    "account_id",
    "cloud_id",
    "webhook_id",
    *(field.fact for field in wanted.FIELDS),
    "fields_on",
    "made",
    "detail_field",
    "organizations_field_id",
    "request_type_field_id",
    statuses.FACT,
)
OLD_JIRA = (
    "Jira before version 10 cannot sign its webhook's calls, and unsigned ones are refused: use Automation rules."
)


def provision(connection: Connection, plan: ProvisionPlan) -> ProvisionReport:
    """Do what the plan says; a second time there is nothing left to do."""
    work = _Work(connection, plan)
    return work.remove() if plan.remove else work.build()


class _Work:
    """One run: what it found, did and learnt."""

    def __init__(self, connection: Connection, plan: ProvisionPlan) -> None:
        self._connection = connection
        self._plan = plan
        self._directory = Directory(connection, patience=LONG)
        self._client: Client = self._directory.client
        self._webhooks = Webhooks(self._client)
        self._steps: list[ProvisionStep] = []
        self._facts: dict[str, str] = {}
        self._secrets: dict[str, str] = {}
        self._manual: list[str] = []
        self._new_fields = False
        self._made = set(connection.facts.get("made", "").split())

    def build(self) -> ProvisionReport:
        """Create what is missing and repair what was changed."""
        self._learn()
        self._build_fields()
        self._build_screens()
        if not self._client.server:
            self._build_detail()
        self._build_webhook()
        self._facts["made"] = " ".join(sorted(self._made))
        return self._report()

    def remove(self) -> ProvisionReport:
        """Undo everything: the webhook first, then the fields that we made, with what is in them."""
        for found in self._found_webhooks():
            self._remove("webhook", partial(self._webhooks.delete, self._webhooks.key(found)))
        if not self._client.at_site:
            self._manual.append(wanted.HAND_MADE)
        for field in wanted.FIELDS:
            raw = self._find_field(field)
            if raw is not None and self._is_ours(str(raw["id"])):
                self._remove(f"field {field.name!r}", partial(self._delete_field, field, str(raw["id"])))
        if DETAIL in self._details[0] and _word(DETAIL) in self._made:
            self._remove(f"customer detail field {DETAIL!r}", partial(self._client.delete_detail, DETAIL))
        self._facts = dict.fromkeys(FACTS, "")
        self._secrets = {"signing_secret": "", "signing_secret_old": ""}
        return self._report()

    def _report(self) -> ProvisionReport:
        steps = tuple(self._steps)
        if self._plan.dry_run:
            return ProvisionReport(steps, manual_steps=tuple(self._manual))
        return ProvisionReport(steps, self._facts, self._secrets, tuple(self._manual))

    def _learn(self) -> None:
        """What the other hooks need to know: who we are, and ids that differ from site to site."""
        self._facts["account_id"] = mapping.account(self._client.me()) or ""
        self._facts[statuses.FACT] = statuses.as_fact(self._client.statuses())
        types = {str(mapping.mapping_of(raw.get("schema")).get("custom")): str(raw.get("id")) for raw in self._fields}
        self._facts["organizations_field_id"] = types.get(mapping.ORGANIZATIONS, "")
        self._facts["request_type_field_id"] = types.get(mapping.REQUEST_TYPE, "")
        if not self._client.server:
            self._facts["cloud_id"] = self._client.cloud_id

    # -- fields

    def _build_fields(self) -> None:
        for field in wanted.FIELDS:
            raw = self._find_field(field)
            if raw is not None:
                self._step(Change.KEEP, f"field {field.name!r}")
                self._facts[field.fact] = str(raw["id"])
                continue
            self._step(Change.CREATE, f"field {field.name!r}")
            self._new_fields = True
            if not self._plan.dry_run:
                answer = self._client.send("POST", f"{self._client.api}/field", field.body())
                self._facts[field.fact] = str(mapping.mapping_of(answer.json()).get("id") or "")
                self._made.add(self._facts[field.fact])

    def _build_screens(self) -> None:
        """Put the fields where they can be edited. Done again only where fields or projects are others than before."""
        desks = list(self._directory.desks())
        ids = [self._facts.get(field.fact, "") for field in wanted.FIELDS]
        now = f"{' '.join(ids)} on {' '.join(sorted(desk.project_id for desk in desks))}"
        known = self._connection.facts.get("fields_on", "")
        if known == now:
            self._step(Change.KEEP, "fields on the projects' screens")
            self._facts["fields_on"] = known
            return
        change = Change.CREATE if not known and self._new_fields else Change.REPAIR
        self._step(change, "fields on the projects' screens", _names(desks))
        if self._plan.dry_run:
            return
        placed = place(self._client, ids, desks)
        if placed.team_managed:
            self._manual.append(wanted.screen_step(placed.team_managed))
        if placed.refusal:
            self._manual.append(wanted.refused_screen_step(placed.refusal))
        self._facts["fields_on"] = "" if placed.refusal else now

    def _find_field(self, field: wanted.Field) -> Raw | None:
        known = self._connection.facts.get(field.fact)
        by_id = (raw for raw in self._fields if known and raw.get("id") == known)
        by_name = (
            raw
            for raw in self._fields
            if raw.get("name") == field.name and mapping.mapping_of(raw.get("schema")).get("custom") == field.custom
        )
        return next(by_id, None) or next(by_name, None)

    @cached_property
    def _fields(self) -> Sequence[Raw]:
        return [raw for raw in self._client.get(f"{self._client.api}/field") if isinstance(raw, dict)]

    def _is_ours(self, key: str) -> bool:
        """Whether we made a field: remembered, or told by its description, which only the search shows."""
        if key in self._made or self._client.server:
            return key in self._made
        params = [("type", "custom"), ("id", key)]
        rows = mapping.mapping_of(self._client.get(f"{self._client.api}/field/search", params)).get("values") or ()
        return any(raw.get("id") == key and wanted.MARKER in str(raw.get("description")) for raw in rows)

    def _delete_field(self, field: wanted.Field, key: str) -> None:
        """Delete a field; Cloud answers with the address of a task that does it."""
        try:
            if self._client.server:
                self._client.send("DELETE", f"{self._client.api}/customFields", params=[("ids", key)], expect=(404,))
            else:
                self._client.send("DELETE", f"{self._client.api}/field/{key}", expect=(303, 404))
        except Refused as error:
            self._manual.append(f"Delete the field {field.name!r} by hand ({error.status}).")

    # -- customer detail

    def _build_detail(self) -> None:
        known, refusal = self._details
        self._facts["detail_field"] = ""
        if DETAIL in known:
            self._step(Change.KEEP, f"customer detail field {DETAIL!r}")
            self._facts["detail_field"] = DETAIL
            return
        if not refusal and not self._plan.dry_run:
            answer = self._client.create_detail({"name": DETAIL, "type": {"name": "TEXT"}})
            refusal = words(answer) if answer.status >= 400 else ""
        if refusal:
            self._manual.append(wanted.detail_step(DETAIL, refusal))
            return
        self._step(Change.CREATE, f"customer detail field {DETAIL!r}")
        if not self._plan.dry_run:
            self._made.add(_word(DETAIL))
            self._facts["detail_field"] = DETAIL

    @cached_property
    def _details(self) -> tuple[frozenset[str], str]:
        """Names of the customer detail fields, or why there are none to be had."""
        if self._client.server:
            return frozenset(), ""
        try:
            return frozenset(str(raw.get("name")) for raw in self._client.details()), ""
        except (NotFound, Refused) as error:
            return frozenset(), error.detail

    # -- webhook

    def _build_webhook(self) -> None:
        name = wanted.webhook_name(self._connection.key)
        url, jql = self._plan.inlet_url, mapping.in_projects(self._connection.setting("projects"))
        try:
            found = self._found_webhooks() if self._client.at_site and self._webhooks.can_sign else None
        except (NotFound, Refused):
            found = None
        if found is None:
            old = [] if self._webhooks.can_sign else [OLD_JIRA]
            steps = [*old, *wanted.automation(url)] if old else wanted.by_hand(url, jql)
            self._manual += [*steps, wanted.GUARD_STEP]
            return
        known = self._connection.secrets.get("signing_secret", "")
        secret = known or secrets.token_urlsafe(32)
        if not found:
            self._step(Change.CREATE, "webhook", url)
            self._manual += [wanted.GUARD_STEP, *([wanted.SIGNING_STEP] if self._client.server else [])]
            if not self._plan.dry_run:
                self._facts["webhook_id"] = self._webhooks.create(name, url, jql, secret)
        else:
            key = self._facts["webhook_id"] = self._webhooks.key(found[0])
            fits = bool(known) and self._webhooks.fits(found[0], name, url, jql)
            self._step(Change.KEEP if fits else Change.REPAIR, "webhook", url)
            if not fits and not self._plan.dry_run:
                self._webhooks.replace(key, name, url, jql, secret)
        if secret != known and not self._plan.dry_run:
            self._secrets = {"signing_secret": secret}
            self._connection.http.redact_also((secret,))

    def _found_webhooks(self) -> list[Raw]:
        """Ours, if it is there."""
        if not self._client.at_site:
            return []
        name = wanted.webhook_name(self._connection.key)
        found = self._webhooks.find(self._connection.facts.get("webhook_id", ""), name)
        return [found] if found else []

    # -- doing

    def _remove(self, what: str, act: Callable[[], None]) -> None:
        self._step(Change.REMOVE, what)
        if not self._plan.dry_run:
            act()

    def _step(self, change: Change, what: str, detail: str = "") -> None:
        self._steps.append(ProvisionStep(change, what, detail))


def _names(desks: Sequence[Desk]) -> str:
    return ", ".join(desk.key for desk in desks)


def _word(name: str) -> str:
    """A name as one word, for the list of what we made."""
    return name.replace(" ", "_")
