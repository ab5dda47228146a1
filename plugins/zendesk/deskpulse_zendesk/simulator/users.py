"""``/users``: people, and who the caller is."""

from __future__ import annotations

from collections.abc import Sequence

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.api import Api, Call, Reply, unknown_keys
from deskpulse_zendesk.simulator.errors import bad_request, not_found
from deskpulse_zendesk.simulator.paging import offset_page, paged
from deskpulse_zendesk.simulator.people import USER_KEYS, change_user, create_user
from deskpulse_zendesk.simulator.records import STAFF_ROLES, User
from deskpulse_zendesk.simulator.rendering import user_json
from deskpulse_zendesk.simulator.tickets import asked_ids


def add_routes(api: Api) -> None:
    """Everything under ``/users`` but groups and tickets of one."""
    api.add("GET", "/users/me", me, anonymous=anonymous)
    api.add("GET", "/users", index)
    api.add("POST", "/users", create)
    api.add("GET", "/users/count", count)
    api.add("GET", "/users/show_many", show_many)
    api.add("GET", "/users/search", search)
    api.add("POST", "/users/create_or_update", create_or_update)
    api.add("GET", "/users/<int:number>", show)
    api.add("PUT", "/users/<int:number>", update)
    api.add("DELETE", "/users/<int:number>", delete)


def find(account: Account, number: int) -> User:
    """The person, or the vendor's 404."""
    user = account.users.get(number)
    if user is None:
        raise not_found()
    return user


def me(call: Call) -> Json:
    """The caller."""
    return {"user": user_json(call.account, call.user)}


def anonymous(_: Call) -> Json:
    """What a request without credentials gets here: 200, and nobody."""
    return {"user": {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}}


def index(call: Call) -> Json:
    """Everyone, or those of the roles asked for."""
    roles = call.request.args.getlist("role[]") or call.request.args.getlist("role")
    account = call.account
    ids = _by_role(account, frozenset(roles))
    return paged(call, "users", ids, account.users.__getitem__, lambda user: user_json(account, user))


def _by_role(account: Account, roles: frozenset[str]) -> Sequence[int]:
    """Ids by role; staff are few among many, so they are not searched for among all."""
    if not roles:
        return account.users.ids
    if roles <= STAFF_ROLES:
        return sorted(user.id for user in account.staff.values() if user.role in roles)
    return [user.id for user in account.users if user.role in roles]


def count(call: Call) -> Json:
    """How many people there are."""
    return {"count": {"value": len(call.account.users), "refreshed_at": None}}


def show(call: Call, number: int) -> Json:
    """One person."""
    return {"user": user_json(call.account, find(call.account, number))}


def show_many(call: Call) -> Json:
    """Up to 100 people by id, or by external id."""
    account = call.account
    if call.arg("external_ids"):
        names = set((call.arg("external_ids") or "").split(","))
        rows = [user for user in account.users if user.external_id in names]
    else:
        rows = [account.users[number] for number in asked_ids(call) if number in account.users]
    picked, envelope = offset_page(call, rows)
    return {"users": [user_json(account, user) for user in picked]} | envelope


def search(call: Call) -> Json:
    """By ``external_id``, or by a query: an address, ``email:``, or part of a name. Numbered pages only."""
    account, query = call.account, (call.arg("query") or "").strip().strip('"')
    if call.arg("external_id"):
        rows = [user for user in account.users if user.external_id == call.arg("external_id")]
    else:
        rows = people_matching(account, query)
    picked, envelope = offset_page(call, rows)
    return {"users": [user_json(account, user) for user in picked]} | envelope


def people_matching(account: Account, query: str) -> list[User]:
    """People whose address is the query, or whose name or address contains it."""
    needle = query.removeprefix("email:").strip('"').lower()
    if "@" in needle:
        user = account.user_by_email(needle)
        return [user] if user else []
    return [user for user in account.users if needle in user.name.lower() or needle in (user.email or "").lower()]


def create(call: Call) -> Reply:
    """A new person: 201."""
    raw = call.part("user")
    _warn(call, "create", raw)
    user = create_user(call.account, raw)
    location = f"{call.account.base_url}/api/v2/users/{user.id}.json"
    return Reply({"user": user_json(call.account, user)}, 201, {"Location": location})


def create_or_update(call: Call) -> Reply:
    """Matched by address or external id: 200 for someone known, 201 for someone new."""
    raw, account = call.part("user"), call.account
    user = account.user_by_email(str(raw["email"])) if raw.get("email") else None
    if user is None and raw.get("external_id"):
        user = next((known for known in account.users if known.external_id == raw["external_id"]), None)
    _warn(call, "create_or_update", raw)
    if user is None:
        return Reply({"user": user_json(account, create_user(account, raw))}, 201)
    change_user(account, user, raw)
    return Reply({"user": user_json(account, user)})


def update(call: Call, number: int) -> Json:
    """A change; user fields not listed stay as they are, unknown ones are ignored."""
    raw, user = call.part("user"), find(call.account, number)
    _warn(call, "update", raw)
    change_user(call.account, user, raw)
    return {"user": user_json(call.account, user)}


def _warn(call: Call, action: str, raw: Json) -> None:
    dropped = unknown_keys("user", raw, USER_KEYS)
    known = {field.key for field in call.account.user_fields}
    given = raw.get("user_fields")
    if isinstance(given, dict):
        dropped += [f"user.user_fields.{key}" for key in given if key not in known]
    call.warn("users", action, dropped)


def delete(call: Call, number: int) -> Json:
    """Delete a person; the answer shows them inactive."""
    user = find(call.account, number)
    if user.id == call.user.id:
        raise bad_request("RecordInvalid", "You cannot delete yourself")
    user.updated_at = call.account.now()
    call.account.remove_user(user)
    return {"user": user_json(call.account, user)}
