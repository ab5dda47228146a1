"""Creating and changing people, groups and memberships."""

from __future__ import annotations

from typing import Any

from deskpulse_simulation.records import Json
from deskpulse_simulation.tables import Table
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.errors import TAKEN, invalid
from deskpulse_zendesk.simulator.field_values import clean, tag_words
from deskpulse_zendesk.simulator.records import Field, Group, Membership, Organization, User

USER_KEYS = frozenset(
    [
        "name",
        "email",
        "role",
        "organization_id",
        "default_group_id",
        "external_id",
        "phone",
        "locale",
        "time_zone",
        "notes",
        "details",
        "tags",
        "suspended",
        "verified",
        "user_fields",
        "skip_verify_email",
        "identities",
    ]
)
_PLAIN = ("organization_id", "external_id", "phone", "locale", "time_zone", "notes", "details")


def create_user(account: Account, raw: Json) -> User:
    """A new person; the name is required, the address is not."""
    name = str(raw.get("name") or "").strip()
    if not name:
        raise invalid("name", "Name: cannot be blank", "BlankValue")
    moment = account.now()
    user = User(id=account.ids.number(), name=name, created_at=moment, updated_at=moment)
    change = _read_user(account, raw, user)
    for key, value in change.items():
        setattr(user, key, value)
    return account.add_user(user)


def change_user(account: Account, user: User, raw: Json) -> None:
    """Merge what is given into a person's record."""
    change = _read_user(account, raw, user)
    old_email = user.email
    for key, value in change.items():
        setattr(user, key, value)
    user.updated_at = account.now()
    account.user_changed(user, old_email)
    if not user.staff:
        for membership in account.memberships_of(user.id):
            account.remove_membership(membership)


def _read_user(account: Account, raw: Json, user: User) -> dict[str, Any]:
    change: dict[str, Any] = {key: raw[key] for key in _PLAIN if key in raw}
    if raw.get("name"):
        change["name"] = str(raw["name"])
    if "email" in raw:
        change["email"] = _read_email(account, raw["email"] or None, user)
    if raw.get("role"):
        if raw["role"] not in ("end-user", "agent", "admin"):
            raise invalid("role", f"Role: {raw['role']} is invalid", "InvalidValue")
        change["role"] = raw["role"]
    change |= {key: bool(raw[key]) for key in ("suspended", "verified") if key in raw}
    if "tags" in raw:
        change["tags"] = tag_words(raw["tags"])
    if isinstance(raw.get("user_fields"), dict):
        change["user_fields"] = merged(account.user_fields, user.user_fields, raw["user_fields"])
    return change


def _read_email(account: Account, email: Any, user: User) -> str | None:
    if email is None:
        return None
    holder = account.user_by_email(str(email))
    if holder is not None and holder.id != user.id:
        raise invalid("email", f"Email: {email} is already being used by another user", "DuplicateValue")
    if "@" not in str(email):
        raise invalid("email", f"Email: {email} is not properly formatted", "InvalidFormat")
    return str(email)


def merged(fields: Table[int, Field], current: dict[str, Any], given: Json) -> dict[str, Any]:
    """Field values by key: listed keys change, the others stay, unknown ones are ignored."""
    known = {field.key: field for field in fields if field.active}
    values = dict(current)
    for key, value in given.items():
        field = known.get(key)
        if field is not None:
            cleaned = clean(field, value, key)
            values[key] = f"{cleaned}T00:00:00Z" if field.type == "date" and cleaned else cleaned
    return values


def create_group(account: Account, name: str, description: str = "") -> Group:
    """A new group; names are unique among those not deleted."""
    if not name.strip():
        raise invalid("name", "Name: cannot be blank", "BlankValue")
    if any(group.name == name and not group.deleted for group in account.groups):
        raise invalid("name", f"Name: {name} has already been taken", TAKEN)
    moment = account.now()
    group = Group(id=account.ids.number(), name=name, description=description, created_at=moment, updated_at=moment)
    group.default = len(account.groups) == 0
    return account.groups.add(group)


def delete_group(account: Account, group: Group) -> None:
    """Mark a group deleted and end its memberships; tickets keep pointing at it."""
    group.deleted = True
    group.updated_at = account.now()
    for membership in account.members_of(group.id):
        leave_group(account, membership)


def join_group(account: Account, user: User, group: Group, *, default: bool = False) -> Membership:
    """Put an agent into a group; the first one becomes the default."""
    if not user.staff:
        raise invalid("user_id", "User: must be an agent", "InvalidValue")
    if account.is_member(user.id, group.id):
        raise invalid("user_id", "User: has already been taken", TAKEN)
    moment = account.now()
    default = default or not account.memberships_of(user.id)
    if default:
        for other in account.memberships_of(user.id):
            other.default = False
        user.default_group_id = group.id
    return account.add_membership(
        Membership(account.ids.number(), user.id, group.id, created_at=moment, updated_at=moment, default=default)
    )


def leave_group(account: Account, membership: Membership) -> None:
    """Take an agent out of a group; another of theirs becomes the default."""
    account.remove_membership(membership)
    user = account.users[membership.user_id]
    rest = account.memberships_of(user.id)
    if membership.default:
        user.default_group_id = rest[0].group_id if rest else None
        if rest:
            rest[0].default = True


def create_organization(account: Account, raw: Json) -> Organization:
    """A customer's company; names are unique."""
    name = str(raw.get("name") or "").strip()
    if not name:
        raise invalid("name", "Name: cannot be blank", "BlankValue")
    if any(other.name == name for other in account.organizations):
        raise invalid("name", f"Name: {name} has already been taken", "DuplicateValue")
    moment = account.now()
    organization = Organization(id=account.ids.number(), name=name, created_at=moment, updated_at=moment)
    account.organizations.add(organization)
    change_organization(account, organization, raw)
    return organization


def change_organization(account: Account, organization: Organization, raw: Json) -> None:
    """Merge what is given into an organization's record."""
    for key in ("name", "external_id"):
        if key in raw:
            setattr(organization, key, raw[key])
    if "domain_names" in raw:
        organization.domain_names = tag_words(raw["domain_names"])
    if "tags" in raw:
        organization.tags = tag_words(raw["tags"])
    if isinstance(raw.get("organization_fields"), dict):
        organization.organization_fields = merged(
            account.organization_fields, organization.organization_fields, raw["organization_fields"]
        )
    organization.updated_at = account.now()
    account.organization_log.touch(organization.id, organization.updated_at)
