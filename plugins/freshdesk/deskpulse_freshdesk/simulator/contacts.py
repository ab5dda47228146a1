"""Endpoints of contacts and companies."""

from __future__ import annotations

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.api import ROOT, Answer, Api, Call, Reply
from deskpulse_freshdesk.simulator.checks import (
    FLAG,
    ID,
    OBJECT,
    OBJECTS,
    SOME_TEXT,
    TEXT,
    TEXTS,
    Kind,
    check,
    check_choice,
    check_custom,
    check_required,
    read_time,
    refuse,
)
from deskpulse_freshdesk.simulator.errors import duplicate, invalid, mismatch, missing, not_found, wrong_method
from deskpulse_freshdesk.simulator.limits import CONTACTS_LIST
from deskpulse_freshdesk.simulator.paging import PAGING, paged
from deskpulse_freshdesk.simulator.people import create_contact
from deskpulse_freshdesk.simulator.records import Company, Contact
from deskpulse_freshdesk.simulator.rendering import company_json, contact_json
from deskpulse_simulation.records import Json

CONTACT: dict[str, Kind] = {
    "name": SOME_TEXT,
    "email": TEXT,
    "phone": TEXT,
    "mobile": TEXT,
    "twitter_id": TEXT,
    "unique_external_id": TEXT,
    "other_emails": TEXTS,
    "company_id": ID,
    "view_all_tickets": FLAG,
    "other_companies": OBJECTS,
    "address": TEXT,
    "custom_fields": OBJECT,
    "description": TEXT,
    "job_title": TEXT,
    "language": SOME_TEXT,
    "tags": TEXTS,
    "time_zone": SOME_TEXT,
}
COMPANY: dict[str, Kind] = {
    "name": SOME_TEXT,
    "description": TEXT,
    "note": TEXT,
    "domains": TEXTS,
    "custom_fields": OBJECT,
    "health_score": TEXT,
    "account_tier": TEXT,
    "renewal_date": TEXT,
    "industry": TEXT,
}
REACHED_BY = ("email", "phone", "mobile", "twitter_id", "unique_external_id")
STATES = ("blocked", "deleted", "unverified", "verified")


def add_routes(api: Api) -> None:
    """``/contacts`` and ``/companies``."""
    api.add("GET", "/contacts", listing, limit=CONTACTS_LIST)
    api.add("POST", "/contacts", create)
    api.add("GET", "/contacts/<int:number>", show)
    api.add("PUT", "/contacts/<int:number>", update)
    api.add("DELETE", "/contacts/<int:number>", delete)
    api.add("GET", "/companies", companies)
    api.add("POST", "/companies", create_company)
    api.add("GET", "/companies/<int:number>", company)
    api.add("PUT", "/companies/<int:number>", update_company)
    api.add("DELETE", "/companies/<int:number>", delete_company)


def find(account: Account, number: int, *, method: str = "GET") -> Contact:
    """The contact; an agent is none. A deleted one can be read and no longer written."""
    contact = account.contacts.get(number)
    if contact is None:
        raise not_found()
    if contact.deleted and method != "GET":
        raise wrong_method(method, ["GET"])
    return contact


def listing(call: Call) -> Answer:
    """Contacts by name; ``_updated_since`` has its underscore."""
    names = ("email", "mobile", "phone", "company_id", "unique_external_id")
    call.allow_args(*names, "state", "_updated_since", *PAGING)
    state = call.arg("state")
    refuse(check_choice({"state": state}, "state", STATES))
    if call.arg("email") is not None:
        found = call.account.person_by_email(str(call.arg("email")))
        rows = [found] if isinstance(found, Contact) else []
    else:
        rows = list(call.account.contacts)
    rows = [one for one in rows if one.deleted == (state == "deleted") and state not in ("blocked", "unverified")]
    for name in names[1:]:
        wanted = call.arg(name)
        if wanted is not None:
            rows = [one for one in rows if str(getattr(one, name)) == wanted]
    since = call.arg("_updated_since")
    if since is not None:
        moment = read_time(since)
        if moment is None:
            raise invalid(mismatch("_updated_since", "combined date and time ISO8601", since))
        rows = [one for one in rows if one.updated_at >= moment]
    return paged(call, rows, lambda one: contact_json(call.account, one, listed=True))


def show(call: Call, number: int) -> Answer:
    """One contact."""
    return contact_json(call.account, find(call.account, number))


def create(call: Call) -> Answer:
    """A new contact, who needs a name and a way to be reached."""
    account, raw = call.account, call.body()
    problems = check(raw, CONTACT, ("name",)) + check_custom(raw, account.contact_fields)
    if not any(raw.get(name) for name in REACHED_BY):
        problems.append(missing("email"))
    refuse(problems)
    refuse(check_required(account, account.contact_fields, raw.get("custom_fields") or {}, "required_for_agents"))
    _unique(account, raw, None)
    custom = raw.pop("custom_fields", None) or {}
    contact = create_contact(account, **{key: value for key, value in raw.items() if value is not None})
    contact.custom_fields.update(custom)
    where = f"{account.base_url}{ROOT}/contacts/{contact.id}"
    return Reply(contact_json(account, contact), 201, {"Location": where})


def update(call: Call, number: int) -> Answer:
    """Change what is listed; of the custom fields, too, only those."""
    account, raw = call.account, call.body()
    contact = find(account, number, method="PUT")
    refuse(check(raw, CONTACT) + check_custom(raw, account.contact_fields))
    custom = contact.custom_fields | (raw.get("custom_fields") or {})
    refuse(check_required(account, account.contact_fields, custom, "required_for_agents"))
    _unique(account, raw, contact)
    old = contact.email
    for key, value in raw.items():
        setattr(contact, key, custom if key == "custom_fields" else value)
    if contact.email != old:
        account.address_changed(contact, old)
    contact.updated_at = account.now()
    return contact_json(account, contact)


def _unique(account: Account, raw: Json, own: Contact | None) -> None:
    if raw.get("email"):
        other = account.person_by_email(raw["email"])
        if other is not None and other is not own:
            raise duplicate("email")
    key = raw.get("unique_external_id")
    if key and any(one.unique_external_id == key and one is not own for one in account.contacts):
        raise duplicate("unique_external_id")


def delete(call: Call, number: int) -> Answer:
    """Put a contact into the trash."""
    contact = find(call.account, number, method="DELETE")
    contact.deleted, contact.updated_at = True, call.account.now()
    return Reply(status=204)


def _company(account: Account, number: int) -> Company:
    found = account.companies.get(number)
    if found is None:
        raise not_found()
    return found


def companies(call: Call) -> Answer:
    """All companies."""
    call.allow_args(*PAGING)
    return paged(call, list(call.account.companies), lambda one: company_json(call.account, one))


def company(call: Call, number: int) -> Answer:
    """One company."""
    return company_json(call.account, _company(call.account, number))


def create_company(call: Call) -> Answer:
    """A new company, whose name no other has."""
    account, raw = call.account, call.body()
    refuse(check(raw, COMPANY, ("name",)) + check_custom(raw, account.company_fields))
    if any(one.name == raw["name"] for one in account.companies):
        raise duplicate("name")
    moment = account.now()
    made = account.companies.add(Company(account.ids.number(), raw["name"], moment, moment))
    _set_company(account, made, raw)
    return Reply(company_json(account, made), 201, {"Location": f"{account.base_url}{ROOT}/companies/{made.id}"})


def update_company(call: Call, number: int) -> Answer:
    """Change what is listed."""
    account, raw, found = call.account, call.body(), _company(call.account, number)
    refuse(check(raw, COMPANY) + check_custom(raw, account.company_fields))
    _set_company(account, found, raw)
    return company_json(account, found)


def _set_company(account: Account, found: Company, raw: Json) -> None:
    for key, value in raw.items():
        setattr(found, key, found.custom_fields | (value or {}) if key == "custom_fields" else value)
    found.updated_at = account.now()


def delete_company(call: Call, number: int) -> Answer:
    """Take a company out."""
    call.account.companies.remove(_company(call.account, number).id)
    return Reply(status=204)
