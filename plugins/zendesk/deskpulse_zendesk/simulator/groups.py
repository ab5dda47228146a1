"""``/groups``, ``/group_memberships`` and ``/organizations``."""

from __future__ import annotations

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.api import Api, Call, Reply
from deskpulse_zendesk.simulator.errors import invalid, not_found
from deskpulse_zendesk.simulator.paging import paged
from deskpulse_zendesk.simulator.people import (
    change_organization,
    create_group,
    create_organization,
    delete_group,
    join_group,
    leave_group,
)
from deskpulse_zendesk.simulator.records import Group, Membership
from deskpulse_zendesk.simulator.rendering import group_json, membership_json, organization_json, user_json


def add_routes(api: Api) -> None:
    """Groups, who belongs to them, and customers' companies."""
    api.add("GET", "/groups", index)
    api.add("POST", "/groups", create, admin=True)
    api.add("GET", "/groups/assignable", assignable)
    api.add("GET", "/groups/count", count)
    api.add("GET", "/groups/<int:number>", show)
    api.add("PUT", "/groups/<int:number>", update, admin=True)
    api.add("DELETE", "/groups/<int:number>", delete, admin=True)
    api.add("GET", "/groups/<int:number>/users", group_users)
    api.add("GET", "/groups/<int:number>/memberships", group_memberships)
    api.add("GET", "/users/<int:number>/groups", user_groups)
    api.add("GET", "/users/<int:number>/group_memberships", user_memberships)
    api.add("GET", "/group_memberships", memberships)
    api.add("GET", "/group_memberships/assignable", memberships)
    api.add("POST", "/group_memberships", join, admin=True)
    api.add("GET", "/group_memberships/<int:number>", show_membership)
    api.add("DELETE", "/group_memberships/<int:number>", leave, admin=True)
    api.add("GET", "/organizations", organizations)
    api.add("POST", "/organizations", create_company, admin=True)
    api.add("GET", "/organizations/<int:number>", show_company)
    api.add("PUT", "/organizations/<int:number>", update_company, admin=True)


def find(account: Account, number: int) -> Group:
    """A group that is not deleted, or the vendor's 404."""
    group = account.groups.get(number)
    if group is None or group.deleted:
        raise not_found()
    return group


def _listing(call: Call, ids: list[int]) -> Json:
    account = call.account
    return paged(call, "groups", ids, account.groups.__getitem__, lambda group: group_json(account, group))


def index(call: Call) -> Json:
    """All groups; deleted ones too, unless ``exclude_deleted`` is said."""
    if call.arg("exclude_deleted") == "true":
        return assignable(call)
    return _listing(call, call.account.groups.ids)


def assignable(call: Call) -> Json:
    """Groups that are not deleted."""
    return _listing(call, [group.id for group in call.account.groups if not group.deleted])


def count(call: Call) -> Json:
    """How many groups there are."""
    live = sum(not group.deleted for group in call.account.groups)
    return {"count": {"value": live, "refreshed_at": None}}


def show(call: Call, number: int) -> Json:
    """One group."""
    return {"group": group_json(call.account, find(call.account, number))}


def create(call: Call) -> Reply:
    """A new group: 201."""
    raw = call.part("group")
    group = create_group(call.account, str(raw.get("name") or ""), str(raw.get("description") or ""))
    return Reply({"group": group_json(call.account, group)}, 201)


def update(call: Call, number: int) -> Json:
    """Rename or describe a group."""
    group, raw = find(call.account, number), call.part("group")
    group.name = str(raw.get("name") or group.name)
    group.description = str(raw.get("description", group.description))
    group.updated_at = call.account.now()
    return {"group": group_json(call.account, group)}


def delete(call: Call, number: int) -> Reply:
    """Mark a group deleted: 204."""
    delete_group(call.account, find(call.account, number))
    return Reply(None, 204)


def group_users(call: Call, number: int) -> Json:
    """The agents of a group."""
    account = call.account
    ids = sorted(membership.user_id for membership in account.members_of(find(account, number).id))
    return paged(call, "users", ids, account.users.__getitem__, lambda user: user_json(account, user))


def user_groups(call: Call, number: int) -> Json:
    """The groups of an agent."""
    return _listing(call, sorted(membership.group_id for membership in call.account.memberships_of(number)))


def _memberships(call: Call, rows: list[Membership] | None) -> Json:
    account = call.account
    ids = account.memberships.ids if rows is None else sorted(membership.id for membership in rows)
    return paged(
        call,
        "group_memberships",
        ids,
        account.memberships.__getitem__,
        lambda membership: membership_json(account, membership),
    )


def memberships(call: Call) -> Json:
    """Every agent's place in every group."""
    return _memberships(call, None)


def group_memberships(call: Call, number: int) -> Json:
    """Memberships of a group."""
    return _memberships(call, call.account.members_of(find(call.account, number).id))


def user_memberships(call: Call, number: int) -> Json:
    """Memberships of an agent."""
    return _memberships(call, call.account.memberships_of(number))


def show_membership(call: Call, number: int) -> Json:
    """One membership."""
    membership = call.account.memberships.get(number)
    if membership is None:
        raise not_found()
    return {"group_membership": membership_json(call.account, membership)}


def join(call: Call) -> Reply:
    """Put an agent into a group: 201."""
    raw, account = call.part("group_membership"), call.account
    user, group = account.users.get(raw.get("user_id")), account.groups.get(raw.get("group_id"))
    if user is None or group is None or group.deleted:
        raise invalid("base", "User or group: is invalid", "InvalidValue")
    membership = join_group(account, user, group, default=bool(raw.get("default")))
    return Reply({"group_membership": membership_json(account, membership)}, 201)


def leave(call: Call, number: int) -> Reply:
    """Take an agent out of a group: 204."""
    membership = call.account.memberships.get(number)
    if membership is None:
        raise not_found()
    leave_group(call.account, membership)
    return Reply(None, 204)


def organizations(call: Call) -> Json:
    """All companies."""
    account = call.account
    return paged(
        call,
        "organizations",
        account.organizations.ids,
        account.organizations.__getitem__,
        lambda organization: organization_json(account, organization),
    )


def show_company(call: Call, number: int) -> Json:
    """One company."""
    organization = call.account.organizations.get(number)
    if organization is None:
        raise not_found()
    return {"organization": organization_json(call.account, organization)}


def create_company(call: Call) -> Reply:
    """A new company: 201."""
    organization = create_organization(call.account, call.part("organization"))
    return Reply({"organization": organization_json(call.account, organization)}, 201)


def update_company(call: Call, number: int) -> Json:
    """Merge what is given into a company's record."""
    organization = call.account.organizations.get(number)
    if organization is None:
        raise not_found()
    change_organization(call.account, organization, call.part("organization"))
    return {"organization": organization_json(call.account, organization)}
