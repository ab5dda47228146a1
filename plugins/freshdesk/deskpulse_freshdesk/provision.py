"""Creating, repairing and removing what the loop needs in a Freshdesk account.

Rules are found by the id that we remember, else by their name; fields by their name, else by label and type, so that a
lost memory makes no second copy. Fields are never removed: what stands in them would be gone.
"""

from __future__ import annotations

import json
import secrets
from functools import cached_property

from deskpulse.plugin_api import (
    Change,
    Conflict,
    Connection,
    Misread,
    ProvisionPlan,
    ProvisionReport,
    ProvisionStep,
    Refused,
)
from deskpulse_freshdesk import deliveries, resolutions, wanted
from deskpulse_freshdesk.client import LONG, Client, Raw

FORMS_STEP = (
    "If you use several ticket forms, add the field {label!r} to each form on which agents shall see it "
    "(Admin > Workflows > Ticket Fields)."
)
KEPT_STEP = (
    "The fields {labels} are kept with the answers in them. To delete them for good, open Admin > Workflows > Ticket "
    "Fields and Admin > Customers > Contact Fields."
)
FIELD_STEP = (
    "Freshdesk does not let us make fields. In {where} add a field of the type {type} with the label {label!r}, not "
    "required, not shown to customers; then run the set-up again."
)
TAKEN_STEP = (
    "Freshdesk has a field of another type with the label {label!r}. Rename it in {where}, or make one of the type "
    "{type} with this label in its stead; then run the set-up again."
)
RULES_KEPT_STEP = (
    "Freshdesk does not let us remove automation rules. In Admin > Workflows > Automations > Ticket Updates delete "
    "those whose names begin with {name!r}."
)
RULE_STEPS = (
    (
        "Freshdesk does not let us make automation rules: the plan has none, or the key's agent is no administrator. "
        "Think up a random text of at least 32 characters as the shared secret, and enter it with: "
        "deskpulse connection set {key} --stdin, which reads {secret}."
    ),
    (
        "In Admin > Workflows > Automations > Ticket Updates make a rule {rule_resolved_id!r}. Performed by: agent or "
        "requester. Event: status is changed from any to each of the statuses {resolved}. Condition: status is one of "
        "{resolved}. Action: trigger webhook, POST, {inlet}, custom header {header}: <the shared secret>, encoding "
        "JSON, advanced content: {resolved_body}"
    ),
    (
        "Make a rule like it, {rule_reopened_id!r}. Event: status is changed from each of the statuses {resolved} to "
        "any. Condition: status is one of {others}. Content: {reopened_body}"
    ),
    (
        "Make both rules once more, performed by: system, as {rule_resolved_system_id!r} and "
        "{rule_reopened_system_id!r}. What Freshdesk closes by itself is seen by these alone."
    ),
)
"""What an administrator does where we may not make rules."""
SHOWN = "score_field"
"""The fact of the field that agents may want to see on a form."""
WHERE = {"ticket_fields": "Admin > Workflows > Ticket Fields", "contact_fields": "Admin > Customers > Contact Fields"}
TYPES = {"custom_number": "number", "custom_text": "single-line text", "custom_date": "date"}
MADE = "shared_secret"


def provision(connection: Connection, plan: ProvisionPlan) -> ProvisionReport:
    """Do what the plan says; a second time there is nothing left to do."""
    work = _Work(connection, plan)
    return work.remove() if plan.remove else work.build()


class _Work:
    """One run: what it found, did and learnt."""

    def __init__(self, connection: Connection, plan: ProvisionPlan) -> None:
        self._connection = connection
        self._plan = plan
        self._client = Client(connection, patience=LONG)
        self._steps: list[ProvisionStep] = []
        self._facts: dict[str, str] = {}
        self._secrets: dict[str, str] = {}
        self._manual: list[str] = []

    def build(self) -> ProvisionReport:
        """Create what is missing and repair what was changed."""
        for field in wanted.FIELDS:
            self._build_field(field)
        self._build_rules()
        return self._report()

    def remove(self) -> ProvisionReport:
        """Take the rules away, and forget the secret. Fields stay, with what is in them."""
        try:
            self._remove_rules()
        except Refused as error:
            if error.status != 403:
                raise
            self._manual.append(RULES_KEPT_STEP.format(name=wanted.rule_prefix(self._connection.key)))
        if kept := [field.label for field in wanted.FIELDS if self._find_field(field)]:
            self._manual.append(KEPT_STEP.format(labels=", ".join(map(repr, kept))))
        self._facts = dict.fromkeys((*wanted.RULES, *(field.fact for field in wanted.FIELDS)), "")
        self._secrets = {MADE: "", f"{MADE}_old": ""}
        return self._report()

    def _report(self) -> ProvisionReport:
        steps = tuple(self._steps)
        if self._plan.dry_run:
            return ProvisionReport(steps, manual_steps=tuple(self._manual))
        return ProvisionReport(steps, self._facts, self._secrets, tuple(self._manual))

    # -- fields

    def _build_field(self, field: wanted.Field) -> None:
        what = f"{field.kind.removesuffix('s').replace('_', ' ')} {field.label!r}"
        found = self._find_field(field)
        if found is not None:
            self._step(Change.KEEP, what)
        else:
            if not self._plan.dry_run:
                found = self._create_field(field)
            if found or self._plan.dry_run:
                self._step(Change.CREATE, what)
            if field.fact == SHOWN:
                self._manual.append(FORMS_STEP.format(label=field.label))
        if found is not None:
            self._facts[field.fact] = str(found.get("name") or "")

    def _create_field(self, field: wanted.Field) -> Raw | None:
        """None where plan, role or another field forbid it: then it is made by hand, and found by the next run."""
        try:
            return self._client.create_field(field.kind, field.body())
        except Conflict:
            step = TAKEN_STEP
        except Refused as error:
            if error.status != 403:
                raise
            step = FIELD_STEP
        self._manual.append(step.format(where=WHERE[field.kind], type=TYPES[field.type], label=field.label))
        return None

    def _find_field(self, field: wanted.Field) -> Raw | None:
        rows = self._raw_fields[field.kind]
        known = self._connection.facts.get(field.fact)
        if known and (found := next((raw for raw in rows if raw.get("name") == known), None)):
            return found
        fits = (raw for raw in rows if raw.get("label") == field.label and raw.get("type") == field.type)
        return next(fits, None)

    @cached_property
    def _raw_fields(self) -> dict[str, list[Raw]]:
        return {kind: self._client.fields(kind) for kind in WHERE}

    # -- rules

    def _build_rules(self) -> None:
        try:
            layout = wanted.layout(self._raw_rules)
            secret = self._secret()
            for fact in wanted.RULES:
                self._build_rule(fact, secret, layout)
        except Refused as error:
            if error.status != 403:
                raise
            self._manual += self._by_hand()
            return
        self._secrets = {MADE: secret} if secret != self._connection.secrets.get(MADE) else {}

    def _remove_rules(self) -> None:
        for fact in wanted.RULES:
            if found := self._find_rule(fact):
                if not self._plan.dry_run:
                    self._client.delete_rule(_key(found))
                self._step(Change.REMOVE, _rule_words(found))

    def _secret(self) -> str:
        """The secret in our rules' header: the present one, or a new one where none is left."""
        secret = self._connection.secrets.get(MADE) or secrets.token_urlsafe(32)
        self._connection.http.redact_also((secret,))
        return secret

    def _build_rule(self, fact: str, secret: str, layout: str) -> None:
        key, statuses = self._connection.key, self._statuses
        found = self._find_rule(fact)
        want = wanted.rule(fact, key, self._plan.inlet_url, secret, statuses, layout)
        what = _rule_words(want)
        if found is None:
            if not self._plan.dry_run:
                found = self._client.create_rule(want)
            self._step(Change.CREATE, what)
        elif wanted.same_rule(found, want) and self._knows_secret:
            self._step(Change.KEEP, what)
        else:
            if not self._plan.dry_run:
                self._client.update_rule(_key(found), want)
            self._step(Change.REPAIR, what, "outdated: Freshdesk ran it no more" if found.get("outdated") else "")
        self._facts[fact] = _key(found) if found else ""

    @property
    def _knows_secret(self) -> bool:
        return bool(self._connection.secrets.get(MADE))

    def _by_hand(self) -> list[str]:
        """The exact steps where the plan or the role does not allow rules through the API."""
        statuses = self._statuses
        resolved, others = (statuses.words(ids) for ids in (statuses.resolved, statuses.unresolved))
        names = {fact: wanted.rule_name(fact, self._connection.key) for fact in wanted.RULES}
        body = {f"{event}_body": json.dumps(deliveries.rule_body(event)) for event in deliveries.KINDS}
        values = {"key": self._connection.key, "inlet": self._plan.inlet_url, "header": wanted.SECRET_HEADER}
        values |= {"resolved": resolved, "others": others, **names, **body, "secret": json.dumps({MADE: "..."})}
        return [step.format(**values) for step in RULE_STEPS]

    def _find_rule(self, fact: str) -> Raw | None:
        known, name = self._connection.facts.get(fact), wanted.rule_name(fact, self._connection.key)
        by_id = next((raw for raw in self._raw_rules if known and str(raw.get("id")) == known), None)
        return by_id or next((raw for raw in self._raw_rules if raw.get("name") == name), None)

    @cached_property
    def _raw_rules(self) -> list[Raw]:
        return self._client.rules()

    @cached_property
    def _statuses(self) -> wanted.Statuses:
        resolved = resolutions.resolved_statuses(self._connection.settings)
        return wanted.Statuses.of(self._raw_fields["ticket_fields"], resolved)

    def _step(self, change: Change, what: str, detail: str = "") -> None:
        self._steps.append(ProvisionStep(change, what, detail))


def _rule_words(raw: Raw) -> str:
    return f"automation rule {raw.get('name')!r}"


def _key(raw: Raw) -> str:
    if not raw.get("id"):
        raise Misread("an object of set-up came back without an id")
    return str(raw["id"])
