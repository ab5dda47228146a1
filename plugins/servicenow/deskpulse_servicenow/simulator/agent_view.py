"""Records as the agent screen shows them."""

from __future__ import annotations

from markupsafe import Markup

from deskpulse_servicenow.simulator.desk import REQUESTERS, TABLES, Desk, all_tickets, changed_at, is_open, status
from deskpulse_servicenow.simulator.instance import Instance, read_time
from deskpulse_servicenow.simulator.jelly import Jelly, JellyError
from deskpulse_servicenow.simulator.parts import InstanceParts
from deskpulse_servicenow.simulator.process import CANCELED, CLOSED
from deskpulse_servicenow.simulator.scripting.engine import Script
from deskpulse_servicenow.simulator.store import Row
from deskpulse_servicenow.simulator.values import View
from deskpulse_simulation.records import Json
from deskpulse_simulation.screen import Line

MOST_TICKETS = 25
OWN = ("u_", "x_")
"""How columns that were added to the instance begin."""
FACTS = ("assignment_group", "assigned_to", "priority", "category", "contact_type", "opened_at", "sys_updated_on")


def listed(instance: Instance, desk: Desk, chosen: str, query: str, most: int) -> tuple[list[Line], int]:
    """The newest tickets of a choice that contain the query, and how many there are in all."""
    rows: list[Line] = []
    total = 0
    for table, row in reversed(all_tickets(instance)):
        if chosen in ("open", "solved") and is_open(table, row) != (chosen == "open"):
            continue
        requester = desk.requester(table, row)
        words = (row["number"], row.get("short_description", ""), requester.get("name", ""), requester.get("email", ""))
        if query and not any(query.lower() in word.lower() for word in words):
            continue
        total += 1
        if len(rows) < most:
            rows.append(_line(instance, table, row, requester))
    return rows, total


def _line(instance: Instance, table: str, row: Row, requester: Row) -> Line:
    return Line(
        number=row["number"],
        subject=row.get("short_description", ""),
        address=f"/agent/tickets/{row['sys_id']}",
        state=_word(table, row),
        status=status(instance, table, row),
        updated_at=changed_at(row),
        requester=requester.get("name"),
        requester_address=f"/agent/users/{requester.get('sys_id', '')}",
        assignee=instance.row("sys_user", row.get("assigned_to", "")).get("name"),
        group=instance.row("sys_user_group", row.get("assignment_group", "")).get("name"),
    )


def _word(table: str, row: Row) -> str:
    """The word that colours a state's badge."""
    state = row.get("state", "")
    if is_open(table, row):
        return {"1": "new", "2": "open"}.get(state, "pending")
    return "closed" if table == "incident" and state in (CLOSED, CANCELED) else "solved"


def ticket_view(parts: InstanceParts, desk: Desk, key: str, agent: Row) -> Json:
    """Everything a ticket's page shows; ``revision`` changes when any of it does."""
    instance = parts.instance
    with instance.lock:
        table, row = desk.find(key)
        requester = desk.requester(table, row)
        shown = View(instance, parts.access, agent, "true", links=False, everything=True)
        view: Json = {
            "number": row["number"],
            "subject": row.get("short_description", ""),
            "address": f"/agent/tickets/{row['sys_id']}",
            "open": is_open(table, row),
            "closed": table == "incident" and row.get("state") in (CLOSED, CANCELED),
            "word": _word(table, row),
            "status": status(instance, table, row),
            "facts": fields(shown, table, row, FACTS),
            "own": own_fields(shown, table, row),
            "requester": requester,
            "requester_own": own_fields(shown, "sys_user", requester),
            "entries": [
                note | {"at": read_time(note["at"]), "author": (instance.user(note["author"]) or {}).get("name")}
                for note in reversed(desk.notes(row["sys_id"]))
            ],
            "description": row.get("description", ""),
            "opened_at": read_time(row["sys_created_on"]),
            "sets": parts.installed.names(),
        }
    view["form"] = form_rows(parts, table, row, agent)
    view["revision"] = f"{row.get('sys_mod_count')}.{requester.get('sys_mod_count')}.{hash(view['form'])}"
    return view


def fields(view: View, table: str, row: Row, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Labels and values, columns the table does not have left out."""
    columns = view.instance.dictionary.tables()[table].columns
    return [(columns[name].label, view.shown(table, columns[name], row)) for name in names if name in columns]


def own_fields(view: View, table: str, row: Row) -> list[tuple[str, str]]:
    """Columns added to the instance, such as by an update set."""
    columns = view.instance.dictionary.tables()[table].columns
    return fields(view, table, row, tuple(sorted(name for name in columns if name.startswith(OWN))))


def form_rows(parts: InstanceParts, table: str, row: Row, agent: Row) -> Markup:
    """The rows that formatters add to the form; a macro that fails says so in its row."""
    with parts.instance.lock:
        store, chain = parts.instance.store, parts.instance.dictionary.chain(table)
        named = [
            one.get("formatter", "").removesuffix(".xml")
            for one in store.where("sys_ui_formatter", active="true")
            if one.get("table") in chain
        ]
        macros = [
            macro for name in dict.fromkeys(named) for macro in store.where("sys_ui_macro", name=name, active="true")
        ]
    return Markup("").join(_rendered(parts, macro, table, row, agent) for macro in macros)


def _rendered(parts: InstanceParts, macro: Row, table: str, row: Row, agent: Row) -> Markup:
    script = Script(parts.host, agent)
    script.open(table, row, row)
    try:
        return Markup(Jelly(script).render(macro.get("xml", "")))  # noqa: S704 - the macro escapes, as on an instance
    except JellyError as error:
        parts.host.note("error", f"{macro.get('name', '')}: {error}")
        return Markup('<tr><td role="alert">{}: {}</td></tr>').format(macro.get("name", ""), str(error))


def person_view(parts: InstanceParts, row: Row) -> Json:
    """Everything a person's page shows."""
    instance = parts.instance
    shown = View(instance, parts.access, {}, "true", links=False, everything=True)
    tickets = [
        (table, ticket) for table in TABLES for ticket in instance.store.find(table, REQUESTERS[table], row["sys_id"])
    ][-MOST_TICKETS:]
    lines = [_line(instance, table, ticket, row) for table, ticket in reversed(tickets)]
    latest = max((ticket["sys_updated_on"] for _, ticket in tickets), default="")
    names = ("email", "user_name", "location", "department", "company", "active")
    return {
        "name": row.get("name", ""),
        "address": f"/agent/users/{row['sys_id']}",
        "facts": fields(shown, "sys_user", row, names),
        "own": own_fields(shown, "sys_user", row),
        "tickets": lines,
        "revision": f"{row.get('sys_mod_count')}.{len(tickets)}.{latest}",
    }
