"""Creating, repairing and removing what the loop needs in a Zendesk account.

Everything is found by the id we remember, else by its name and our mark, so that a lost memory makes no second copy.
A webhook is only ever patched: PUT would drop what it does not name.
https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/ (read 2026-08)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

from deskpulse.plugin_api import (
    AuthExpired,
    Change,
    Connection,
    Misread,
    NotFound,
    ProvisionPlan,
    ProvisionReport,
    ProvisionStep,
    Refused,
)
from deskpulse_zendesk import wanted
from deskpulse_zendesk.client import LONG, Client, Raw

FORMS_STEP = (
    f"If you use several ticket forms, add the field {wanted.FIELD_TITLE!r} to each form on which agents shall see it "
    "(Admin Center > Objects and rules > Tickets > Forms)."
)
USER_CONDITIONS = ("current_user", "role")
"""The condition on who makes an update, by either of its names; the account's definitions tell which it knows."""


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
        me = self._client.me()
        if me.get("id") is None:
            raise AuthExpired("Zendesk took us for an anonymous visitor")
        self._facts["user_id"] = str(me["id"])
        self._build_score_field()
        self._build_user_fields()
        self._build_triggers(self._build_webhook())
        return self._report()

    def remove(self) -> ProvisionReport:
        """Undo everything: triggers before the webhook they call, then the fields with what is in them."""
        for fact, title in wanted.TITLES.items():
            self._remove("triggers", f"trigger {title!r}", self._find_trigger(fact, title))
        self._remove("webhooks", "webhook", self._find_webhook())
        self._remove("ticket_fields", f"ticket field {wanted.FIELD_TITLE!r}", self._find_score_field())
        for want in wanted.USER_FIELDS:
            raw = self._raw_user_fields.get(want["key"])
            if raw and wanted.MARKER in str(raw.get("description") or ""):
                self._remove("user_fields", f"user field {want['key']}", raw)
        self._facts = dict.fromkeys((*wanted.TITLES, "webhook_id", "score_field_id", "user_id"), "")
        self._secrets = {"signing_secret": "", "signing_secret_old": ""}
        return self._report()

    def _report(self) -> ProvisionReport:
        steps = tuple(self._steps)
        if self._plan.dry_run:
            return ProvisionReport(steps, manual_steps=tuple(self._manual))
        return ProvisionReport(steps, self._facts, self._secrets, tuple(self._manual))

    # -- fields

    def _build_score_field(self) -> None:
        want = {name: wanted.SCORE_FIELD[name] for name in ("active", "visible_in_portal")}
        found = self._find_score_field()
        if found is None:
            self._manual.append(FORMS_STEP)
        key = self._ensure(
            f"ticket field {wanted.FIELD_TITLE!r}",
            found,
            fits=lambda raw: wanted.same(raw, want),
            create=lambda: self._client.create("ticket_fields", "ticket_field", wanted.SCORE_FIELD),
            repair=lambda key: self._client.replace("ticket_fields", "ticket_field", key, want),
        )
        self._facts["score_field_id"] = key

    def _build_user_fields(self) -> None:
        for want in wanted.USER_FIELDS:
            found = self._raw_user_fields.get(want["key"])
            other = found is not None and found.get("type") != want["type"]
            self._ensure(
                f"user field {want['key']}",
                found,
                fits=lambda raw: bool(raw.get("active")),
                create=partial(self._client.create, "user_fields", "user_field", want),
                repair=lambda key: self._client.replace("user_fields", "user_field", key, {"active": True}),
                detail=f"there is one of another type than {want['type']}: it is used as it is" if other else "",
            )

    # -- webhook and its secret

    def _build_webhook(self) -> str:
        want = wanted.webhook(self._connection.key, self._plan.inlet_url)
        checked = {name: want[name] for name in ("status", "endpoint", "http_method", "request_format")}
        patch = {name: value for name, value in want.items() if name != "subscriptions"}
        key = self._ensure(
            "webhook",
            self._find_webhook(),
            fits=lambda raw: wanted.same(raw, checked),
            create=lambda: self._client.create("webhooks", "webhook", want),
            repair=lambda key: self._client.patch_webhook(key, patch),
            detail=self._plan.inlet_url,
        )
        self._facts["webhook_id"] = key
        if not self._plan.dry_run:
            self._read_secret(key)
        return key

    def _read_secret(self, webhook_id: str) -> None:
        """Keep the signing secret; one that was valid until now stays valid for deliveries that are under way."""
        secret = self._client.signing_secret(webhook_id)
        if not secret:
            raise Misread("the webhook has no signing secret")
        known = self._connection.secrets.get("signing_secret", "")
        if secret != known:
            self._secrets = {"signing_secret": secret, "signing_secret_old": known}
            self._connection.http.redact_also((secret,))

    # -- triggers

    def _build_triggers(self, webhook_id: str) -> None:
        link = self._invite_link()
        want_all = wanted.triggers(self._connection.key, webhook_id, self._not_us(), link)
        for fact, title in wanted.TITLES.items():
            found, want = self._find_trigger(fact, title), want_all.get(fact)
            if want is None:
                self._remove("triggers", f"trigger {title!r}", found)
                self._facts[fact] = ""
                continue
            self._facts[fact] = self._ensure(
                f"trigger {title!r}",
                found,
                fits=partial(wanted.same_trigger, want=want, invite_link=link),
                create=partial(self._client.create, "triggers", "trigger", want),
                repair=partial(self._client.replace, "triggers", "trigger", wanted=want),
            )

    def _invite_link(self) -> str | None:
        if not self._plan.helpdesk_invites:
            return None
        if self._plan.invite_link is None:
            raise Refused("invitations by Zendesk need the address of the survey, which was not given")
        return self._plan.invite_link(wanted.LINK_PLACEHOLDERS)

    def _not_us(self) -> list[Raw]:
        """Conditions that keep our own updates from calling us."""
        try:
            known = self._client.trigger_condition_fields()
        except (NotFound, Misread):
            known = frozenset(USER_CONDITIONS)
        field = next((name for name in USER_CONDITIONS if name in known), None)
        return [{"field": field, "operator": "is_not", "value": self._facts["user_id"]}] if field else []

    # -- finding

    def _find_webhook(self) -> Raw | None:
        raw = self._client.find("webhooks", "webhook", self._connection.facts.get("webhook_id", ""))
        if raw and raw.get("subscriptions") == wanted.SUBSCRIPTIONS:
            return raw
        want = wanted.webhook(self._connection.key, self._plan.inlet_url)
        wish = {name: want[name] for name in ("name", "endpoint", "subscriptions")}
        for raw in self._client.every("webhooks", [("filter[name_contains]", wanted.WEBHOOK_NAME)]):
            if wanted.same(raw, wish):
                return raw
        return None

    def _find_trigger(self, fact: str, title: str) -> Raw | None:
        raw = self._client.find("triggers", "trigger", self._connection.facts.get(fact, ""))
        if raw and wanted.is_ours(raw, title):
            return raw
        key = self._connection.key
        return next((raw for raw in self._raw_triggers if wanted.is_this_trigger(raw, title, key)), None)

    def _find_score_field(self) -> Raw | None:
        raw = self._client.find("ticket_fields", "ticket_field", self._connection.facts.get("score_field_id", ""))
        if raw and wanted.is_ours(raw, wanted.FIELD_TITLE):
            return raw
        for raw in self._client.every("ticket_fields"):
            if raw.get("title") == wanted.FIELD_TITLE and wanted.MARKER in str(raw.get("description") or ""):
                return raw
        return None

    @cached_property
    def _raw_triggers(self) -> list[Raw]:
        return [raw for raw in self._client.every("triggers") if wanted.MARKER in str(raw.get("description") or "")]

    @cached_property
    def _raw_user_fields(self) -> dict[str, Raw]:
        return {str(raw.get("key")): raw for raw in self._client.every("user_fields")}

    # -- doing

    def _ensure(
        self,
        what: str,
        found: Raw | None,
        *,
        fits: Callable[[Raw], bool],
        create: Callable[[], Raw],
        repair: Callable[[str], None],
        detail: str = "",
    ) -> str:
        """Make one object be as wanted, or only say what would be done; gives its id, empty where there is none yet."""
        if found is None:
            self._step(Change.CREATE, what, detail)
            return "" if self._plan.dry_run else _key(create())
        key = _key(found)
        if fits(found):
            self._step(Change.KEEP, what, detail)
        else:
            self._step(Change.REPAIR, what, detail)
            if not self._plan.dry_run:
                repair(key)
        return key

    def _remove(self, kind: str, what: str, found: Raw | None) -> None:
        if found is not None:
            self._step(Change.REMOVE, what)
            if not self._plan.dry_run:
                self._client.delete(kind, _key(found))

    def _step(self, change: Change, what: str, detail: str = "") -> None:
        self._steps.append(ProvisionStep(change, what, detail))


def _key(raw: Raw) -> str:
    if not raw.get("id"):
        raise Misread("an object of set-up came back without an id")
    return str(raw["id"])
