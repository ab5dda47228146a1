"""A simulator on real loopback HTTP, a client that speaks to it, and update sets to put into it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import pytest
import requests

from deskpulse.simulation import SampleGroup, SampleTicket, SampleWorld
from deskpulse_servicenow.simulator import ServiceNowSimulator
from fixtures.simulators import Client, filled, world


class Caller(Client):
    """Somebody at the instance's API."""

    root = "/api/now"

    def done(self, method: str, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        found = super().done(method, path, body, status, **more)
        return found["result"] if found else None

    def rows(self, table: str, query: str | None = None, **params: Any) -> Any:
        """A list; ``params`` without their ``sysparm_``."""
        wanted = {f"sysparm_{name}": value for name, value in params.items()}
        return self.done("GET", f"/table/{table}", params=wanted | ({} if query is None else {"sysparm_query": query}))

    def one(self, table: str, sys_id: str, **params: Any) -> Any:
        return self.done("GET", f"/table/{table}/{sys_id}", params={f"sysparm_{k}": v for k, v in params.items()})

    def create(self, table: str, body: Any) -> Any:
        return self.done("POST", f"/table/{table}", body, 201)

    def patch(self, table: str, sys_id: str, body: Any, **params: Any) -> Any:
        wanted = {f"sysparm_{name}": value for name, value in params.items()}
        return self.done("PATCH", f"/table/{table}/{sys_id}", body, params=wanted)


@dataclass
class Account(Caller):
    """The instance, as the integration user sees it."""

    admin: Caller

    def id(self, subject: str) -> str:
        """The sys_id of the ticket with that subject."""
        return str(self.listed(subject)["id"])

    def user(self, email: str) -> str:
        return str(self.rows("sys_user", f"email={email}", fields="sys_id")[0]["sys_id"])

    def log(self) -> list[str]:
        return [one["text"] for one in self.control("/log", method="GET")]


@dataclass
class Maker:
    """Writes an update set, record by record."""

    name: str = "NPS for agents"
    set_id: str = uuid.uuid5(uuid.NAMESPACE_DNS, "set.example").hex
    updates: list[str] = field(default_factory=list)

    def add(self, table: str, key: str, values: Mapping[str, str], **changes: str) -> str:
        """A record with a sys_id made from ``key``; ``changes`` spoil the envelope. Answers the sys_id."""
        sys_id = uuid.uuid5(uuid.NAMESPACE_DNS, f"{table}.{key}").hex
        name = f"{table}_{sys_id}"
        if table == "sys_dictionary":
            name = f"{table}_{values['name']}_{values.get('element') or 'null'}"
        body = "".join(f"<{column}>{escape(value)}</{column}>" for column, value in values.items())
        record = f'<{table} action="INSERT_OR_UPDATE">{body}<sys_id>{sys_id}</sys_id>'
        record += f"<sys_update_name>{name}</sys_update_name></{table}>"
        payload = f'<?xml version="1.0" encoding="UTF-8"?><record_update table="{table}">{record}</record_update>'
        parts = {
            "action": "INSERT_OR_UPDATE",
            "name": name,
            "payload": payload,
            "remote_update_set": self.set_id,
            "sys_id": uuid.uuid5(uuid.NAMESPACE_DNS, f"update.{table}.{key}").hex,
            "type": "Any",
        } | changes
        inner = "".join(f"<{part}>{escape(value)}</{part}>" for part, value in parts.items())
        self.updates.append(f'<sys_update_xml action="INSERT_OR_UPDATE">{inner}</sys_update_xml>')
        return sys_id

    def column(self, table: str, element: str, kind: str = "string", **more: str) -> str:
        values = {"name": table, "element": element, "column_label": element, "internal_type": kind, "active": "true"}
        return self.add("sys_dictionary", f"{table}.{element}", values | more)

    def rule(self, script: str, name: str = "told", **more: str) -> str:
        values = {
            "name": name,
            "collection": "incident",
            "when": "async",
            "active": "true",
            "advanced": "true",
            "action_update": "true",
            "filter_condition": "stateCHANGESTO6^ORstateCHANGESTO7",
            "script": script,
        }
        return self.add("sys_script", name, values | more)

    def property(self, name: str, value: str = "", kind: str = "string") -> str:
        return self.add("sys_properties", name, {"name": name, "value": value, "type": kind})

    def role(self, name: str) -> str:
        return self.add("sys_user_role", name, {"name": name})

    def access(self, name: str, operations: str, role: str) -> None:
        for operation in operations.split():
            values = {"name": name, "operation": operation, "type": "record", "active": "true"}
            rule = self.add("sys_security_acl", f"{name}.{operation}", values)
            pair = {"sys_security_acl": rule, "sys_user_role": role}
            self.add("sys_security_acl_role", f"{name}.{operation}", pair)

    def package(self) -> bytes:
        head = f"<sys_id>{self.set_id}</sys_id><name>{self.name}</name><state>loaded</state>"
        head = f'<sys_remote_update_set action="INSERT_OR_UPDATE">{head}</sys_remote_update_set>'
        return f'<?xml version="1.0" encoding="UTF-8"?><unload>{head}{"".join(self.updates)}</unload>'.encode()


OUTBOX = """
var Outbox = Class.create();
Outbox.prototype = {
    initialize: function () {},
    tell: function (ticket) {
        var row = new GlideRecord('u_nps_outbox');
        row.initialize();
        row.u_event = [ticket.getUniqueValue(), ticket.getValue('state'), ticket.getValue('reopen_count')].join(':');
        row.u_body = JSON.stringify({event_id: String(row.u_event), state: ticket.getValue('state'),
            sys_id: ticket.getUniqueValue(), sys_updated_by: String(ticket.sys_updated_by)});
        row.u_state = 'waiting';
        if (row.insert()) this.send(row);
    },
    send: function (row) {
        var stamp = Math.floor(new GlideDateTime().getNumericValue() / 1000) + '';
        var key = gs.base64Encode(gs.getProperty('nps.secret'));
        var call = new sn_ws.RESTMessageV2();
        call.setEndpoint(gs.getProperty('nps.address'));
        call.setHttpMethod('post');
        call.setRequestHeader('Content-Type', 'application/json');
        call.setRequestHeader('X-NPS-Timestamp', stamp);
        call.setRequestHeader('X-NPS-Signature', 'v1=' + new GlideCertificateEncryption().generateMac(
            key, 'HmacSHA256', stamp + '.' + row.u_body));
        call.setRequestHeader('X-NPS-Event-Id', row.u_event + '');
        call.setRequestBody(String(row.u_body));
        var answer = call.execute();
        if (!answer.haveError() && answer.getStatusCode() < 300) {
            row.u_state = 'sent';
            row.update();
        }
    },
    sendWaiting: function () {
        var row = new GlideRecord('u_nps_outbox');
        row.addQuery('u_state', 'waiting');
        row.query();
        while (row.next()) this.send(row);
    }
};
"""


@pytest.fixture
def maker() -> Maker:
    """An empty update set."""
    return Maker()


@pytest.fixture
def outbox(maker: Maker) -> Maker:
    """An update set that tells of resolved incidents, by an outbox table and a scheduled script."""
    values = {"name": "u_nps_outbox", "label": "NPS outbox", "ws_access": "true"}
    maker.add("sys_db_object", "u_nps_outbox", values)
    for element in ("u_event", "u_body", "u_state"):
        maker.column("u_nps_outbox", element, max_length="4000")
    maker.property("nps.address")
    maker.property("nps.secret", kind="password2")
    maker.add("sys_script_include", "Outbox", {"name": "Outbox", "active": "true", "script": OUTBOX})
    maker.rule("new Outbox().tell(current);")
    values = {"name": "again", "active": "true", "run_type": "periodically", "run_period": "1970-01-01 00:01:00"}
    maker.add("sysauto_script", "again", values | {"script": "new Outbox().sendWaiting();"})
    return maker


def incidents() -> SampleWorld:
    """Seven incidents and a requested item."""
    now = datetime.now(UTC)
    ann, sam, desk = "ann@customer.example", "sam@desk.example", "Service Desk"
    return replace(
        world(),
        groups=(SampleGroup(desk), SampleGroup("Network"), SampleGroup("Network / Wifi", "Cables no more")),
        tickets=(
            SampleTicket(
                "Old", ann, sam, desk, now - timedelta(days=30), now - timedelta(days=29), category="Hardware"
            ),
            SampleTicket("Solved", "Phone Phil", sam, desk, now - timedelta(hours=5), now - timedelta(hours=1)),
            SampleTicket("Open", ann, sam, desk, now - timedelta(hours=3)),
            SampleTicket("Untouched", ann, None, None, now - timedelta(hours=2)),
            *(SampleTicket(f"More {n}", ann, sam, "Network", now - timedelta(minutes=50 - n)) for n in range(3)),
            SampleTicket("A laptop", ann, sam, desk, now - timedelta(minutes=5)),
        ),
    )


@pytest.fixture
def account() -> Iterator[Account]:
    """A filled simulator; its eighth ticket is a requested item."""
    sim = ServiceNowSimulator(seed=7)
    with filled(sim, incidents()) as (base, own), requests.Session() as admin:
        access = sim.access()
        own.auth = (access.settings["user_name"], access.secrets["password"])
        admin.auth, admin.trust_env = sim.admin(), False
        for session in (own, admin):
            session.headers["Accept"] = "application/json"
        yield Account(sim, base, own, Caller(sim, base, admin))
