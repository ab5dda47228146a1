"""Writing fields of an issue: all of them are checked first, so that a bad one leaves the issue as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from deskpulse_jira_sm.simulator import adf, editing
from deskpulse_jira_sm.simulator.errors import invalid
from deskpulse_jira_sm.simulator.events import item
from deskpulse_jira_sm.simulator.records import Field, Issue, User
from deskpulse_jira_sm.simulator.rendering import CHOICES, GROUP_PICKER, ORGANIZATIONS, REQUEST_TYPE
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_jira_sm.simulator.workflow import PRIORITIES, RESOLUTIONS
from deskpulse_simulation.records import Json

NOT_ON_SCREEN = "Field '{0}' cannot be set. It is not on the appropriate screen, or unknown."
Step = Callable[[], list[Json]]


class FieldInput:
    """Checks raw values for one issue, then writes them. Not thread-safe: its caller holds the site's lock."""

    def __init__(self, site: Site, issue: Issue, version: str) -> None:
        self._site = site
        self._issue = issue
        self._version = version
        self._errors: dict[str, str] = {}
        self._steps: list[Step] = []

    def apply(self, fields: Json, *, ignored: frozenset[str] = frozenset()) -> list[Json]:
        """Write all fields or, with a 400 that names each bad one, none. Gives the changelog items."""
        for name, value in fields.items():
            if name in ignored:
                continue
            try:
                self._steps.append(self._step(name, value))
            except ValueError as error:
                self._errors[name] = str(error)
        if self._errors:
            raise invalid(**self._errors)
        self._site.about_to_change(self._issue)
        return [line for step in self._steps for line in step()]

    def _step(self, name: str, value: Any) -> Step:
        known: dict[str, Callable[[Any], Step]] = {
            "summary": self._summary,
            "description": self._description,
            "labels": self._labels,
            "assignee": partial(self._person, "assignee"),
            "reporter": partial(self._person, "reporter"),
            "priority": self._priority,
            "components": self._components,
            "resolution": self._resolution,
        }
        if name in known:
            return known[name](value)
        field = self._site.fields.get(name)
        project = self._site.projects[self._issue.project_id]
        if field is None or not self._site.on_screen(project, name):
            raise ValueError(NOT_ON_SCREEN.format(name))
        return self._custom(field, value)

    def _plain(self, attribute: str, value: Any, kind: str = "jira") -> Step:
        def write() -> list[Json]:
            before = getattr(self._issue, attribute)
            setattr(self._issue, attribute, value)
            same = before == value
            return [] if same else [item(attribute, attribute, (None, _shown(before)), (None, _shown(value)), kind)]

        return write

    def _summary(self, value: Any) -> Step:
        if not isinstance(value, str) or not value.strip() or "\n" in value:
            raise ValueError("You must specify a summary of the issue.")
        if len(value) > 255:
            raise ValueError("Summary must be less than 255 characters.")
        return self._plain("summary", value)

    def _description(self, value: Any) -> Step:
        return self._plain("description", "" if value is None else self._rich(value))

    def _rich(self, value: Any) -> str:
        if self._version != "3":
            if not isinstance(value, str):
                raise ValueError("Operation value must be a string")
            return value
        wrong = adf.problem(value)
        if wrong:
            raise ValueError(wrong)
        return adf.to_wiki(value)

    def _labels(self, value: Any) -> Step:
        if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
            raise ValueError("data was not an array")
        if any(" " in label for label in value):
            raise ValueError("The label can't contain spaces.")
        return self._plain("labels", list(dict.fromkeys(value)))

    def _person(self, name: str, value: Any) -> Step:
        user: User | None = None
        if value is not None:
            given = value if isinstance(value, dict) else {}
            found = (
                given.get("name") or given.get("key") if self._site.server else given.get("accountId", given.get("id"))
            )
            user = self._site.user_named(str(found)) if self._site.server else self._site.user(str(found))
            if user is None or (name == "assignee" and not user.active):
                raise ValueError(f"Specify a valid value for {name}")
        if name == "assignee":
            return lambda: editing.assign(self._site, self._issue, user)
        return lambda: self._report(user)

    def _report(self, user: User | None) -> list[Json]:
        before = self._site.users.get(self._issue.reporter or "")
        self._issue.reporter = user.account_id if user else None
        told = tuple((one.account_id, one.name) if one else (None, None) for one in (before, user))
        return [] if before is user else [item("reporter", "reporter", told[0], told[1])]

    def _priority(self, value: Any) -> Step:
        found = _choice(PRIORITIES, value)
        if found is None:
            raise ValueError("The priority selected is invalid.")
        return self._plain("priority", found)

    def _resolution(self, value: Any) -> Step:
        found = _choice(RESOLUTIONS, value)
        if found is None and value is not None:
            raise ValueError("Could not find valid 'id' or 'name' in resolution object.")
        return lambda: editing.resolve(self._site, self._issue, found)

    def _components(self, value: Any) -> Step:
        parts = self._site.projects[self._issue.project_id].components
        names = {part.id: part.name for part in parts}
        found = [_choice(names, one) for one in value] if isinstance(value, list) else [None]
        if None in found:
            raise ValueError("Component name is not valid")
        return self._plain("components", found)

    def _custom(self, field: Field, value: Any) -> Step:
        if field.custom == ORGANIZATIONS:
            numbers = [int(one) for one in value or () if str(one).isdigit()]
            if any(number not in self._site.organizations for number in numbers):
                raise ValueError("Organization does not exist.")
            return self._plain("organizations", numbers, "custom")
        if field.custom == REQUEST_TYPE:
            kinds = self._site.projects[self._issue.project_id].request_types
            if value not in [kind.id for kind in kinds]:
                raise ValueError("Specify a valid request type.")
            return self._plain("request_type", value, "custom")
        stored = None if value is None else self._stored(field, value)

        def write() -> list[Json]:
            before = self._issue.custom.get(field.id)
            self._issue.custom[field.id] = stored
            same = before == stored
            line = item(field.name, field.id, (None, _shown(before)), (None, _shown(stored)), "custom")
            return [] if same else [line]

        return write

    def _stored(self, field: Field, value: Any) -> Any:
        kind = field.short
        if kind == "float":
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ValueError("Operation value must be a number")
            return float(value)
        if kind == "textarea":
            return self._rich(value)
        if kind in CHOICES:
            several = kind == "multiselect"
            rows = [self._option(field, one) for one in (value if several else [value])]
            return rows if several else rows[0]
        if field.custom == GROUP_PICKER:
            return self._group(value)
        if not isinstance(value, str):
            raise ValueError("Operation value must be a string")  # noqa: TRY004 - bad input, told by field
        if kind == "datetime":
            _check_datetime(value)
        elif len(value) > 255:
            raise ValueError("The entered text is too long. It exceeds the allowed limit of 255 characters.")
        return value

    def _option(self, field: Field, value: Any) -> Json:
        found = _choice(field.options, value, "value")
        if found is None:
            words = value.get("value", value.get("id")) if isinstance(value, dict) else value
            raise ValueError(f"Option value '{words}' is not valid")
        return {
            "self": f"{self._site.base_url}/rest/api/3/customFieldOption/{found}",
            "value": field.options[found],
            "id": found,
        }

    def _group(self, value: Any) -> Json:
        given = value if isinstance(value, dict) else {}
        for group in self._site.groups.values():
            if group.id == given.get("groupId") or group.name == given.get("name"):
                return {"name": group.name, "groupId": group.id}
        raise ValueError("The group does not exist.")


def _choice(names: dict[str, str], value: Any, word: str = "name") -> str | None:
    """The id of what ``{"id": ...}`` or ``{"name": ...}`` means."""
    if not isinstance(value, dict):
        return None
    if str(value.get("id")) in names:
        return str(value["id"])
    return next((number for number, name in names.items() if name == value.get(word)), None)


def _check_datetime(text: str) -> None:
    for pattern in ("%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"):
        try:
            datetime.strptime(text, pattern)  # noqa: DTZ007 - the pattern has %z
        except ValueError:
            continue
        return
    raise ValueError("Operation value must be a datetime, such as 2026-01-06T10:00:00.000+0100")


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return " ".join(_shown(one) or "" for one in value)
    if isinstance(value, dict):
        return str(value.get("value", value.get("name", "")))
    return f"{value:g}" if isinstance(value, float) else str(value)
