"""``/_sim``: the kit's endpoints over this instance, and a few of its own."""

from __future__ import annotations

from flask import Blueprint

from deskpulse_servicenow.simulator.desk import Desk
from deskpulse_servicenow.simulator.parts import InstanceParts
from deskpulse_simulation.control import Control, given
from deskpulse_simulation.records import BadInput, Json


def blueprint(parts: InstanceParts, desk: Desk) -> Blueprint:
    """The endpoints."""
    control = Control(parts, desk)
    room = Room(parts)
    control.add("POST", "/tickets/<key>/close", desk.close)
    control.add("GET", "/customers/<key>", room.customer)
    control.add("POST", "/properties", room.properties)
    control.add("POST", "/oauth/expire", room.expire)
    control.add("POST", "/scheduled", room.scheduled)
    control.add("GET", "/log", lambda: list(parts.host.log))
    return control.pages


class Room:
    """What the instance's own endpoints do."""

    def __init__(self, parts: InstanceParts) -> None:
        self._parts = parts

    def customer(self, key: str) -> Json:
        """A person's record, by sys_id or address."""
        instance = self._parts.instance
        with instance.lock:
            row = instance.store.get("sys_user", key) or instance.user(key)
        if row is None:
            raise BadInput(f"nobody is called {key}", 404)
        return {"id": row["sys_id"], "fields": dict(row)}

    def properties(self) -> Json:
        """Set system properties: ``{"glide.ui.autoclose.time": "3"}``."""
        wanted = {name: str(value) for name, value in given().items()}
        with self._parts.instance.lock:
            for name, value in wanted.items():
                self._parts.instance.set_property(name, value)
        return wanted

    def expire(self) -> Json:
        """Make all OAuth access tokens out of date."""
        with self._parts.instance.lock:
            return {"expired": self._parts.oauth.expire()}

    def scheduled(self) -> Json:
        """Run the periodic scheduled scripts now."""
        self._parts.schedule.tick()
        return {"ran": True}
