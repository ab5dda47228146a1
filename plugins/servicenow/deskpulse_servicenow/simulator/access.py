"""Who may do what: roles, and access rules for tables and columns, all read from the instance's rows.

A table's rule is the nearest one up its ancestry; a table without any is for administrators, which is how a table made
by an update set without rules behaves. A column's own rule goes before its table's: it may open a column of a table
that is otherwise closed.
"""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse_servicenow.simulator.instance import Instance
from deskpulse_servicenow.simulator.query import Searcher
from deskpulse_servicenow.simulator.store import Row

ADMIN = "admin"
_ROLE_SOURCES = ("sys_user_has_role", "sys_user_role")
_RULE_SOURCES = ("sys_security_acl", "sys_security_acl_role", "sys_user_role")


@dataclass(frozen=True, slots=True)
class Rule:
    """One access rule: the record must fit the condition, and one of the roles is needed if there are any."""

    roles: frozenset[str]
    condition: str = ""


Rules = dict[tuple[str, str], list[Rule]]
"""By name (``table`` or ``table.column``) and operation; one of several rules of that name is enough."""


class Access:
    """Answers for one instance; its caller holds the instance's lock."""

    def __init__(self, instance: Instance, searcher: Searcher) -> None:
        self._instance = instance
        self._searcher = searcher
        self._checked = -1
        self._roles: dict[str, frozenset[str]] = {}
        self._roles_seen: tuple[int, ...] = ()
        self._rules: Rules = {}
        self._rules_seen: tuple[int, ...] = ()

    def roles(self, user: Row) -> frozenset[str]:
        """The names of a person's roles."""
        self._look()
        key = user.get("sys_id", "")
        if key not in self._roles:
            store = self._instance.store
            rows = store.find("sys_user_has_role", "user", key) if key else []
            names = (self._instance.row("sys_user_role", row.get("role", "")).get("name", "") for row in rows)
            self._roles[key] = frozenset(names)
        return self._roles[key]

    def admin(self, user: Row) -> bool:
        """Whether somebody is an administrator."""
        return ADMIN in self.roles(user)

    def may(self, user: Row, table: str, operation: str, row: Row | None = None) -> bool:
        """Whether somebody may read, write, create or delete records of a table; without a row: some of its records."""
        if self.admin(user):
            return True
        rules = self.rules()
        for name in self._instance.dictionary.chain(table):
            if (name, operation) in rules:
                return self._any(rules[name, operation], user, table, row)
        return False

    def may_see(self, user: Row, table: str, row: Row) -> bool:
        """Whether a record shows itself to somebody."""
        if not self.may(user, table, "read", row):
            return False
        hidden = self._instance.switches.hidden
        return self.admin(user) or not any(
            self._searcher.matches(name, hidden[name], row, row)
            for name in self._instance.dictionary.chain(table)
            if name in hidden
        )

    def may_field(self, user: Row, table: str, element: str, operation: str, row: Row | None = None) -> bool:
        """Whether somebody may read, write or create a column; the table's own rule where the column has none."""
        if self.admin(user):
            return True
        rules, chain = self.rules(), self._instance.dictionary.chain(table)
        for name in chain:
            if operation != "read" and element in self._instance.switches.unwritable.get(name, ()):
                return False
        for name in chain:
            for column in (element, "*"):
                if (f"{name}.{column}", operation) in rules:
                    return self._any(rules[f"{name}.{column}", operation], user, table, row)
        return self.may(user, table, operation, row)

    def rules(self) -> Rules:
        """All active access rules."""
        self._look()
        return self._rules

    def _look(self) -> None:
        """Read roles and rules again where their rows have changed."""
        if self._checked == self._instance.store.version:
            return
        self._checked = self._instance.store.version
        held, ruled = self._versions(_ROLE_SOURCES), self._versions(_RULE_SOURCES)
        if held != self._roles_seen:
            self._roles.clear()
            self._roles_seen = held
        if ruled != self._rules_seen:
            self._rules = _read(self._instance)
            self._rules_seen = ruled

    def _any(self, wanted: list[Rule], user: Row, table: str, row: Row | None) -> bool:
        held = self.roles(user)
        return any(
            (not rule.roles or rule.roles & held)
            and (row is None or not rule.condition or self._searcher.matches(table, rule.condition, row, row))
            for rule in wanted
        )

    def _versions(self, tables: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(self._instance.store.version_of(name) for name in tables)


def _read(instance: Instance) -> Rules:
    needed: dict[str, set[str]] = {}
    for row in instance.store.rows("sys_security_acl_role").values():
        role = instance.row("sys_user_role", row.get("sys_user_role", ""))
        needed.setdefault(row.get("sys_security_acl", ""), set()).add(role.get("name", row.get("sys_user_role", "")))
    rules: Rules = {}
    for sys_id, row in instance.store.rows("sys_security_acl").items():
        if row.get("active") != "false" and row.get("type", "record") == "record":
            rule = Rule(frozenset(needed.get(sys_id, ())), row.get("condition", ""))
            rules.setdefault((row.get("name", ""), row.get("operation", "")), []).append(rule)
    return rules
