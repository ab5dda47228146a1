"""Filling in, repairing and emptying what our update set works with: the system properties.

The set itself is imported by an administrator: ServiceNow has no call that takes one. Where our user may not write a
property, the report says what to enter by hand.
https://www.servicenow.com/docs/r/api-reference/rest-apis/cicd-update-set-api.html (read 2026-08)
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import cached_property

from deskpulse.plugin_api import (
    Change,
    Connection,
    NotFound,
    ProvisionPlan,
    ProvisionReport,
    ProvisionStep,
    Refused,
)
from deskpulse_servicenow import wanted
from deskpulse_servicenow.client import LONG, Client, Raw, value
from deskpulse_servicenow.wanted import Property

IMPORT_STEP = (
    "Import the update set first (deskpulse bundle servicenow writes it and says how), then run the set-up again. "
    "Not found: {missing}."
)
BACK_OUT_STEPS = (
    "Open System Update Sets > Local Update Sets, the set DeskPulse, and select Back Out: rules and columns go.",
    "Delete the tables u_nps_response and u_deskpulse_outbox, where the set's removal has left them.",
    "Remove the formatter DeskPulse feedback and the NPS columns from forms where they were added.",
    "Deactivate DeskPulse's user, and its OAuth application or REST API key.",
)
BY_HAND_STEP = "Enter as the system property {name} what deskpulse bundle servicenow prints beside that name."


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
        self._manual: list[str] = []
        self._secrets: dict[str, str] = {}

    def build(self) -> ProvisionReport:
        """Fill in what is missing and repair what was changed."""
        if missing := self._missing():
            return ProvisionReport((), manual_steps=(IMPORT_STEP.format(missing=", ".join(missing)),))
        known = self._connection.secrets.get("signing_secret", "")
        secret = known or secrets.token_urlsafe(32)
        self._connection.http.redact_also((secret, self._plan.link_key))
        for one in wanted.properties(self._connection, self._plan, secret).values():
            raw = self._raw_properties.get(one.name)
            if one.text:
                self._ensure(one, raw)
            else:
                self._empty(one, raw)
        if not known:
            self._secrets = {"signing_secret": secret}
        return self._report()

    def remove(self) -> ProvisionReport:
        """Empty the properties, the address first; what an administrator imported, an administrator takes out."""
        for one in wanted.nothing().values():
            self._empty(one, self._raw_properties.get(one.name))
        self._manual += BACK_OUT_STEPS
        self._secrets = {"signing_secret": "", "signing_secret_old": ""}
        return self._report()

    def _report(self) -> ProvisionReport:
        learnt = {} if self._plan.dry_run else self._secrets
        return ProvisionReport(tuple(self._steps), secrets=learnt, manual_steps=tuple(self._manual))

    def _missing(self) -> list[str]:
        """Columns of the update set that are not there.

        Where our user may not read the dictionary at all, it is enough that our table can be read.
        """
        tables, elements = wanted.COLUMNS, sorted({one for names in wanted.COLUMNS.values() for one in names})
        query = f"nameIN{','.join(tables)}^elementIN{','.join(elements)}"
        pages = self._client.pages("sys_dictionary", query, ("sys_id", "name", "element"))
        found = {(value(raw.get("name")), value(raw.get("element"))) for page in _readable(pages) for raw in page}
        if not found and self._has_answers():
            return []
        wishes = [(table, element) for table, names in tables.items() for element in names]
        return [f"{table}.{element}" for table, element in wishes if (table, element) not in found]

    def _has_answers(self) -> bool:
        try:
            self._client.rows("u_nps_response", "ORDERBYsys_id", ("sys_id",), limit=1)
        except (Refused, NotFound):
            return False
        return True

    @cached_property
    def _raw_properties(self) -> dict[str, Raw]:
        fields = ("sys_id", "name", "value", "description")
        pages = _readable(self._client.pages("sys_properties", "nameSTARTSWITHdeskpulse.", fields))
        return {value(raw.get("name")): raw for page in pages for raw in page}

    def _ensure(self, one: Property, raw: Raw | None) -> None:
        if raw is not None and one.fits(raw):
            self._step(Change.KEEP, one)
        elif self._plan.dry_run or self._write(one, raw):
            self._step(Change.REPAIR if raw is not None and one.is_set(raw) else Change.CREATE, one)
        else:
            self._manual.append(self._by_hand(one))

    def _empty(self, one: Property, raw: Raw | None) -> None:
        if raw is None or not one.is_set(raw):
            return
        if self._plan.dry_run or self._write(one, raw):
            self._step(Change.REMOVE, one)
        else:
            self._manual.append(f"Empty the system property {one.name}.")

    def _write(self, one: Property, raw: Raw | None) -> bool:
        """Whether the instance let us. A property that the import left out is made."""
        if raw is None:
            answer = self._client.create("sys_properties", {"name": one.name, **one.new}, ("sys_id",))
        else:
            answer = self._client.update("sys_properties", value(raw.get("sys_id")), one.fields, ("sys_id",))
        return answer.status < 400

    def _by_hand(self, one: Property) -> str:
        if one.name in wanted.SECRETS:
            return BY_HAND_STEP.format(name=one.name)
        return f"Enter as the system property {one.name}: {one.text}"

    def _step(self, change: Change, one: Property) -> None:
        detail = "" if one.name in wanted.SECRETS or not one.text else one.text
        self._steps.append(ProvisionStep(change, _what(one.name), detail))


def _readable(pages: Iterator[list[Raw]]) -> Iterator[list[Raw]]:
    """The pages of a list; none of one that our user may not read."""
    try:
        yield from pages
    except Refused as error:
        if error.status != 403:
            raise


def _what(name: str) -> str:
    return f"system property {name}"
