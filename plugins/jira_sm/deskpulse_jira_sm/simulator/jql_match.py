"""Deciding a JQL query for issues. Dates have minute precision and are read in the caller's time zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deskpulse_jira_sm.simulator.jql import Clause, Condition, Query, wrong
from deskpulse_jira_sm.simulator.records import CATEGORIES, Issue, User
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_jira_sm.simulator.workflow import ISSUE_TYPES, PRIORITIES, RESOLUTIONS

_RELATIVE = re.compile(r"^([+-]?)(\d+)\s*([mhdw])$")
_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DATES = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_ALIASES = {
    "key": "issuekey", "issue": "issuekey", "id": "issuekey", "type": "issuetype", "created": "createddate",
    "updated": "updateddate", "resolved": "resolutiondate", "labels": "label", "components": "component",
}  # fmt: skip
_MOMENTS: dict[str, Callable[[Issue], datetime | None]] = {
    "createddate": lambda issue: issue.created_at,
    "updateddate": lambda issue: issue.updated_at,
    "resolutiondate": lambda issue: issue.resolved_at,
    "statuscategorychangeddate": lambda issue: issue.category_changed_at,
}


@dataclass(frozen=True)
class Matcher:
    """Decides queries for one caller; ``strict`` refuses values that do not exist, as the search does."""

    site: Site
    user: User
    strict: bool = True

    def found(self, query: Query, issues: list[Issue]) -> list[Issue]:
        """The issues that match, in the order asked for; newest first where none is."""
        if self.strict and query.condition is not None:
            self.check(query.condition)
        rows = [issue for issue in issues if query.condition is None or self.matches(query.condition, issue)]
        rows.sort(key=lambda issue: issue.id, reverse=True)
        for name, down in reversed(query.order):
            rows.sort(key=self._sorting(name), reverse=down)
        return rows

    def _sorting(self, name: str) -> Callable[[Issue], Any]:
        field = _ALIASES.get(name, name)
        if field in _MOMENTS:
            moment = _MOMENTS[field]
            return lambda issue: moment(issue) or datetime.min.replace(tzinfo=UTC)
        if field == "issuekey":
            return lambda issue: (issue.key.rpartition("-")[0], int(issue.key.rpartition("-")[2]), issue.id)
        if field not in ("project", "status", "summary", "priority", "resolution"):
            raise wrong(f"Field '{name}' does not exist or this field cannot be sorted by.")
        return lambda issue: str(self._texts(field, issue) or "")

    def check(self, condition: Condition) -> None:
        """Refuse unknown fields, and projects and statuses that do not exist."""
        if not isinstance(condition, Clause):
            for part in condition.parts:
                self.check(part)
            return
        field = _ALIASES.get(condition.field, condition.field)
        known = field in (*_MOMENTS, "issuekey", "statuscategory", "text", "summary") or field in self._names()
        if field == "statuscategorychangeddate" and not self.site.switches.category_changed_date:
            known = False
        if not known and self._custom(field) is None:
            raise wrong(f"Field '{condition.field}' does not exist or you do not have permission to view it.")
        for value in condition.values:
            if field in _MOMENTS:
                self._moment(value)
            elif field == "project" and self.site.project(value) is None and not self._project_named(value):
                raise wrong(f"The value '{value}' does not exist for the field 'project'.")
            elif field == "status" and value.lower() not in self._status_names():
                raise wrong(f"The value '{value}' does not exist for the field 'status'.")

    def _project_named(self, value: str) -> bool:
        return any(project.name.lower() == value.lower() for project in self.site.projects.values())

    def _status_names(self) -> set[str]:
        return {text for status in self.site.statuses.values() for text in (status.id, status.name.lower())}

    def _names(self) -> tuple[str, ...]:
        return (
            "project",
            "status",
            "resolution",
            "priority",
            "issuetype",
            "assignee",
            "reporter",
            "label",
            "component",
        )

    def matches(self, condition: Condition, issue: Issue) -> bool:
        """Whether an issue fulfils a condition."""
        if isinstance(condition, Clause):
            return self._clause(condition, issue)
        if condition.how == "not":
            return not self.matches(condition.parts[0], issue)
        every = (self.matches(part, issue) for part in condition.parts)
        return all(every) if condition.how == "and" else any(every)

    def _clause(self, clause: Clause, issue: Issue) -> bool:
        field = _ALIASES.get(clause.field, clause.field)
        if field in _MOMENTS:
            return self._by_moment(clause, _MOMENTS[field](issue))
        texts = self._texts(field, issue)
        if clause.operator in ("is", "is not"):
            return bool(texts) == (clause.operator == "is not")
        if clause.operator in ("~", "!~"):
            words = clause.values[0].lower().strip("*")
            return any(words in text for text in texts) == (clause.operator == "~")
        wanted = {self._value(value) for value in clause.values}
        met = not wanted.isdisjoint(texts)
        if clause.operator in ("=", "in"):
            return met
        if clause.operator in ("!=", "not in"):
            return bool(texts) and not met
        return self._by_number(clause, texts)

    def _value(self, value: str) -> str:
        return self.user.account_id.lower() if value == "currentuser()" else value.lower()

    def _by_number(self, clause: Clause, texts: set[str]) -> bool:
        numbers = [float(text) for text in texts if re.fullmatch(r"-?\d+(?:\.\d+)?", text)]
        try:
            limit = float(clause.values[0])
        except ValueError:
            return False
        return any(_compare(clause.operator, number, limit) for number in numbers)

    def _by_moment(self, clause: Clause, moment: datetime | None) -> bool:
        if clause.operator in ("is", "is not"):
            return (moment is not None) == (clause.operator == "is not")
        if moment is None:
            return False
        return _compare(clause.operator, moment, self._moment(clause.values[0]))

    def _moment(self, text: str) -> datetime:
        now = self.site.clock.now()
        if text == "now()":
            return now
        relative = _RELATIVE.match(text)
        if relative:
            seconds = int(relative[2]) * _UNITS[relative[3]] * (-1 if relative[1] == "-" else 1)
            return now + timedelta(seconds=seconds)
        for pattern in _DATES:
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=ZoneInfo(self.user.time_zone))
            except ValueError:
                continue
        raise wrong(f"Date value '{text}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', '-5d', '4w 2d'.")

    def _custom(self, name: str) -> str | None:
        number = (
            name.removeprefix("cf[").removesuffix("]") if name.startswith("cf[") else name.removeprefix("customfield_")
        )
        for field in self.site.fields.values():
            if str(field.number) == number or field.name.lower() == name:
                return field.id
        return None

    def _texts(self, field: str, issue: Issue) -> set[str]:
        """Everything a value may be compared with, in lower case."""
        site = self.site
        if field == "issuekey":
            return {text.lower() for text in (str(issue.id), issue.key, *issue.former_keys)}
        if field in ("summary", "text"):
            more = [issue.description, *(one.body for one in issue.comments)] if field == "text" else []
            return {text.lower() for text in (issue.summary, *more)}
        if field in ("project", "status", "statuscategory", "component"):
            return {text.lower() for text in self._places(field, issue)}
        if field in ("assignee", "reporter"):
            person = site.users.get((issue.assignee if field == "assignee" else issue.reporter) or "")
            known = (person.account_id, person.username, person.key) if person else ()
            return {text.lower() for text in known}
        tables = {"resolution": RESOLUTIONS, "priority": PRIORITIES, "issuetype": ISSUE_TYPES}
        if field in tables:
            number = {"resolution": issue.resolution, "priority": issue.priority, "issuetype": issue.type_id}[field]
            return {number, tables[field][number].lower()} if number else set()
        if field == "label":
            return {label.lower() for label in issue.labels}
        value = issue.custom.get(self._custom(field) or "")
        if isinstance(value, float):
            return {f"{value:g}"}
        rows = value if isinstance(value, list) else [value] if value is not None else []
        return {str(text).lower() for row in rows for text in (row.values() if isinstance(row, dict) else (row,))}

    def _places(self, field: str, issue: Issue) -> tuple[str, ...]:
        project, status = self.site.projects[issue.project_id], self.site.status(issue)
        if field == "project":
            return (project.key, str(project.id), project.name)
        if field == "status":
            return (status.id, status.name)
        if field == "component":
            return tuple(
                text for part in project.components if part.id in issue.components for text in (part.id, part.name)
            )
        number, name, told, _ = CATEGORIES[status.category]
        return (status.category, str(number), name, told)


def _compare(operator: str, left: Any, right: Any) -> bool:
    return bool(
        {
            "=": left == right,
            "!=": left != right,
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
        }.get(operator, False)
    )
