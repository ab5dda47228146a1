"""Notifications: which mails follow from a write or an event, to whom, and their text.

Only what notifications of an update set use: recipients from fields, users, groups and an event's parameters,
``${field}`` with dotted paths, and ``${mail_script:name}``.
"""

from __future__ import annotations

import html
import re

from deskpulse_servicenow.simulator.background import Background
from deskpulse_servicenow.simulator.scripting.engine import Script, ScriptError
from deskpulse_servicenow.simulator.scripting.host import Host
from deskpulse_servicenow.simulator.store import Row
from deskpulse_servicenow.simulator.values import Missing, View
from deskpulse_servicenow.simulator.writing import Change
from deskpulse_simulation.mailer import Mailer
from deskpulse_simulation.records import Mail

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
_TEMPLATE = """var template = {text: '', print: function (words) { this.text += String(words); },
space: function (count) { this.text += new Array((count || 1) + 1).join('&nbsp;'); }};
var email = {setSubject: function () {}, setBody: function () {}, addAddress: function () {}};
var email_action = null; var event = {parm1: %s, parm2: %s};"""


class Notifications:
    """The mails of one instance; they are written and sent on the background."""

    def __init__(self, host: Host, background: Background, mailer: Mailer) -> None:
        self._host = host
        self._instance = host.instance
        self._background = background
        self._mailer = mailer

    def after(self, change: Change) -> None:
        """Queue what a write calls for."""
        if change.operation == "delete":
            return
        with self._instance.lock:
            wanted = [
                row
                for row in self._active(change.table)
                if row.get("generation_type", "engine") != "event"
                and row.get(f"action_{change.operation}") == "true"
                and self._host.searcher.matches(change.table, row.get("condition", ""), change.written, change.before)
            ]
        for row in wanted:
            self._background.add(
                lambda row=row: self._send(row, change.table, change.current, change.user, "", "")  # type: ignore[misc]
            )

    def event(self, name: str, table: str, sys_id: str, one: str, two: str, user: Row) -> None:
        """Queue what an event calls for."""
        found = self._instance.find(table, sys_id)
        if found is None:
            return
        for row in self._active(found[0]):
            if row.get("generation_type") == "event" and row.get("event_name") == name:
                self._background.add(
                    lambda row=row: self._send(row, found[0], found[1], user, one, two)  # type: ignore[misc]
                )

    def _active(self, table: str) -> list[Row]:
        chain = self._instance.dictionary.chain(table)
        rows = self._instance.store.where("sysevent_email_action", active="true")
        return [row for row in rows if row.get("collection") in chain]

    def _send(self, rule: Row, table: str, record: Row, actor: Row, one: str, two: str) -> None:
        script = Script(self._host, actor)
        script.open(table, record, None)
        try:
            script.run(_TEMPLATE % (repr(one), repr(two)))
            advanced = rule.get("advanced_condition", "")
            if advanced:
                script.run(f"var answer = true; {advanced}")
                if not script.value("answer"):
                    return
            subject = self._filled(rule.get("subject", ""), table, record, script, escaped=False)
            marked_up = rule.get("message_html") or rule.get("message", "")
            text = marked_up or rule.get("message_text", "")
            body = self._filled(text, table, record, script, escaped=bool(marked_up))
        except ScriptError as error:
            self._host.note("error", f"{rule.get('name', '')}: {error}")
            return
        for person in self._recipients(rule, record, actor, one, two):
            moment = self._instance.clock.now()
            self._mailer.send(Mail(person["email"], subject, body, moment, record["sys_id"], rule.get("name", "")))

    def _recipients(self, rule: Row, record: Row, actor: Row, one: str, two: str) -> list[Row]:
        with self._instance.lock:
            keys = [
                record.get(name.strip(), "") for name in rule.get("recipient_fields", "").split(",") if name.strip()
            ]
            keys += rule.get("recipient_users", "").split(",")
            keys += one.split(",") if rule.get("event_parm_1") == "true" else []
            keys += two.split(",") if rule.get("event_parm_2") == "true" else []
            people: dict[str, Row] = {}
            for key in [*keys, *rule.get("recipient_groups", "").split(",")]:
                found = self._instance.store.get("sys_user", key) or self._instance.user(key)
                for person in [found] if found else self._instance.members(key):
                    people[person["sys_id"]] = person
            if rule.get("send_self") != "true":
                people.pop(actor.get("sys_id", ""), None)
            return [one for one in people.values() if one.get("email") and one.get("active") == "true"]

    def _filled(self, text: str, table: str, record: Row, script: Script, *, escaped: bool) -> str:
        def value(found: re.Match[str]) -> str:
            name = found.group(1).strip()
            if name.startswith("mail_script:"):
                return self._mail_script(name.partition(":")[2].strip(), script)
            with self._instance.lock:
                view = View(self._instance, self._host.access, {}, "true", links=False, everything=True)
                shown = view.field(table, record, name)
            words = "" if shown is Missing or shown is None else str(shown)
            return html.escape(words) if escaped else words

        return _PLACEHOLDER.sub(value, text)

    def _mail_script(self, name: str, script: Script) -> str:
        with self._instance.lock:
            row = next(self._instance.store.where("sys_script_email", name=name), None)
        if row is None or row.get("active") == "false":
            raise ScriptError(f"no mail script is called {name}")
        script.run("template.text = '';")
        script.run(row.get("script", ""))
        return str(script.value("template.text"))
