"""Writes our update set as ServiceNow exports one: an outer file whose payloads are XML documents of their own.

Elements as in a recorded export; ``payload_hash`` is left out, since how it is made is not published.
https://www.servicenow.com/docs/r/application-development/system-update-sets/t_SaveAnUpdateSetAsAnXMLFile.html
(read 2026-08)
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from deskpulse_servicenow.app.contents import Record, records, sys_id

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
UNLOADED = "2026-01-01 00:00:00"
"""The same sources always make the same bytes."""
SET_NAME = "DeskPulse"
SET_ID = sys_id("sys_remote_update_set", SET_NAME)
GLOBAL = '<application display_value="Global">global</application>'
IN_CDATA = frozenset({"script", "xml", "message_html"})
"""Columns whose text is easier to read unescaped."""


def build(version: str) -> bytes:
    """The whole set."""
    updates = "".join(_update(record) for record in records())
    return f'{HEAD}\n<unload unload_date="{UNLOADED}">\n{_head(version)}{updates}</unload>\n'.encode()


def payload(record: Record) -> str:
    """One record as a document."""
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in record.attributes.items())
    table = "" if record.attributes else f' table="{record.table}"'
    fields = {**record.fields, "sys_class_name": record.table, "sys_update_name": record.name}
    inner = "".join(_element(name, value, record.shown.get(name)) for name, value in fields.items())
    opening = f'<{record.table} action="INSERT_OR_UPDATE"{attributes}>'
    return f"{HEAD}<record_update{table}>{opening}{inner}</{record.table}></record_update>"


def _head(version: str) -> str:
    elements = _elements(
        {
            "application_name": "Global",
            "application_scope": "global",
            "application_version": "",
            "description": f"DeskPulse {version}: calls it when a ticket is resolved, keeps and shows the answers.",
            "name": SET_NAME,
            "origin_sys_id": "",
            "remote_sys_id": SET_ID,
            "state": "loaded",
            "summary": "",
            "sys_class_name": "sys_remote_update_set",
            "sys_id": SET_ID,
        }
    )
    return (
        f'<sys_remote_update_set action="INSERT_OR_UPDATE">{GLOBAL}{elements}'
        '<update_set display_value=""/><update_source display_value=""/></sys_remote_update_set>\n'
    )


def _update(record: Record) -> str:
    elements = _elements(
        {
            "name": record.name,
            "payload": payload(record),
            "replace_on_upgrade": "false",
            "sys_id": sys_id("sys_update_xml", record.name),
            "table": record.on,
            "target_name": record.target,
            "type": record.type,
            "update_domain": "global",
            "update_guid": sys_id("update_guid", record.name),
        }
    )
    return (
        f'<sys_update_xml action="INSERT_OR_UPDATE"><action>INSERT_OR_UPDATE</action>{GLOBAL}'
        f'<category>customer</category><comments/><remote_update_set display_value="{SET_NAME}">{SET_ID}'
        f'</remote_update_set>{elements}<update_set display_value=""/><view/></sys_update_xml>\n'
    )


def _elements(values: Mapping[str, str]) -> str:
    return "".join(_element(name, value) for name, value in values.items())


def _element(name: str, value: str, shown: str | None = None) -> str:
    if not value:
        return f"<{name}/>"
    attributes = "" if shown is None else f" display_value={quoteattr(shown)} name={quoteattr(shown)}"
    return f"<{name}{attributes}>{_cdata(value) if name in IN_CDATA else escape(value)}</{name}>"


def _cdata(text: str) -> str:
    """Text in a CDATA section; the end mark cannot stand in one, so it is spread over two."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
