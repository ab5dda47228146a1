"""Finding a customer's contact, also where it is not under the id that we know any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskpulse.plugin_api import ident, text
from deskpulse_freshdesk.client import Client, Raw

GONE_TEXT = "the customer's contact does not exist any more"
AGENT_TEXT = "the customer is an agent, and agents have no contact to write to"


def find(client: Client, key: str, raw_requester: Mapping[str, Any]) -> Raw | str:
    """The contact, or why there is none.

    One that was merged into another is gone under its old id, and nothing says which one it became; its addresses went
    along. So the contact with the address of the ticket's requester is taken, where that is a living one.
    """
    found = client.contact(key)
    if found is not None and not found.get("deleted"):
        return found
    if found is None and client.agent(key) is not None:
        return AGENT_TEXT
    email = text(raw_requester.get("email"))
    rows = client.contacts_by_email(email) if email else []
    heirs = [raw for raw in rows if not raw.get("deleted") and ident(raw.get("id")) not in (None, key)]
    return heirs[0] if len(heirs) == 1 else GONE_TEXT
