"""Copies of the worked example, each broken in one way, with the conformance test that must notice.

The name of this file keeps it out of ordinary runs: ``test_conformance_catches`` runs it and expects failures.
"""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import requests

from deskpulse.plugin_api import (
    Agent,
    AuthExpired,
    Bundle,
    Capability,
    CheckReport,
    Connection,
    Delivery,
    EventsAndCursor,
    Group,
    HelpdeskError,
    HmacSignature,
    Invitation,
    NotFound,
    ProvisionPlan,
    ProvisionReport,
    RateLimited,
    Receipt,
    ReceiptState,
    Registry,
    Result,
    Support,
    Ticket,
    TicketEvent,
    TicketRef,
    Verified,
    hookimpl,
)
from deskpulse.testing.conformance import HelpdeskConformance
from deskpulse.testing.conformance.base import HOOKS
from deskpulse.testing.conformance.samples import CREATED
from deskpulse.testing.fake_helpdesk import mapping
from deskpulse.testing.fake_helpdesk import plugin as genuine
from deskpulse.testing.fake_helpdesk.client import Client
from deskpulse.testing.fake_helpdesk.kind import KIND

log = logging.getLogger(__name__)
SCHEME = cast("HmacSignature", KIND.scheme)
numbers = itertools.count()


class Copy:
    """The genuine plug-in, but with some hooks replaced, or left out."""

    def __init__(self, without: Collection[str] = (), **changes: Any) -> None:
        for name in (name for name in vars(genuine) if name.startswith("deskpulse_")):
            if name.removeprefix("deskpulse_") not in without:
                setattr(self, name, getattr(genuine, name))
        for name, change in changes.items():
            setattr(self, f"deskpulse_{name}", hookimpl(change))


def registering(**changes: Any) -> Copy:
    """The genuine plug-in, but with a kind that says something else."""

    def register(registry: Registry) -> None:
        registry.add_kind(replace(KIND, **changes))

    return Copy(register=register)


class Broken(HelpdeskConformance):
    page_size = 50
    caught_by = ""
    ends_in = "AssertionError"


class BrokenSkipsTheAgeCheck(Broken):
    plugin = registering(scheme=replace(SCHEME, tolerance=timedelta(days=400)))
    caught_by = "test_old_delivery"


def forgive_the_future(connection: Connection, delivery: Delivery) -> Verified:
    stamp = mapping.moment(delivery.headers["x-fake-timestamp"])
    early = stamp is not None and stamp > delivery.received_at
    scheme = replace(SCHEME, tolerance=timedelta(days=400)) if early else SCHEME
    return scheme.verify(delivery, connection.current_secrets("signing_secret"))


class BrokenChecksOneSideOfTheAge(Broken):
    plugin = Copy(verify_delivery=forgive_the_future)
    caught_by = "test_delivery_from_the_future"


def accept(connection: Connection, delivery: Delivery) -> Verified:
    return Verified("1")


class BrokenAcceptsAnySignature(Broken):
    plugin = Copy(verify_delivery=accept)
    caught_by = "test_wrong_secret_is_refused"


class BrokenAcceptsAnyBody(Broken):
    plugin = Copy(verify_delivery=accept)
    caught_by = "test_tampered_body"


def know_one_secret(connection: Connection, delivery: Delivery) -> Verified:
    return SCHEME.verify(delivery, connection.current_secrets("signing_secret")[:1])


class BrokenKnowsOneSecret(Broken):
    plugin = Copy(verify_delivery=know_one_secret)
    caught_by = "test_each_current_secret_is_accepted"
    ends_in = "DeliveryRejected"


def claim_all_kinds(registry: Registry) -> None:
    me, add = registry._registering, registry.add_kind

    def claim(kind: Any) -> None:
        registry._registering = me
        add(kind)

    claim(KIND)
    registry.add_kind = claim  # type: ignore[method-assign]


class BrokenAnswersForAnotherVendor(Broken):
    plugin = Copy(register=claim_all_kinds)
    caught_by = "test_never_answers_for_another_vendor"


def hide_capability(registry: Registry) -> None:
    left = dict(KIND.capabilities)
    del left[Capability.PANEL]
    registry.add_kind(replace(KIND, capabilities=left))


class BrokenLeavesACapabilityOut(Broken):
    plugin = Copy(register=hide_capability)
    caught_by = "test_every_capability_is_declared"


class BrokenShowsItsToken(Broken):
    plugin = registering(
        settings_schema={
            **KIND.settings_schema,
            "properties": {**KIND.settings_schema["properties"], "api_token": {"type": "string"}},
        }
    )
    caught_by = "test_secrets_are_marked"


def find_agent(connection: Connection, key: str = "") -> Agent | None:
    return None


class BrokenHasADefault(Broken):
    plugin = Copy(find_agent=find_agent)
    caught_by = "test_hooks_are_marked_and_spelled_as_specified"


def raise_on_check(connection: Connection) -> CheckReport:
    return CheckReport(True, (str(Client(connection).read("me")),))


class BrokenCheckRaises(Broken):
    plugin = Copy(check_connection=raise_on_check)
    caught_by = "test_bad_credentials_are_reported"
    ends_in = "AuthExpired"


def never_dry(connection: Connection, plan: ProvisionPlan) -> ProvisionReport:
    return genuine.deskpulse_provision(connection, replace(plan, dry_run=False))


class BrokenMutatesInADryRun(Broken):
    plugin = Copy(provision=never_dry)
    caught_by = "test_dry_run_changes_nothing"


def always_one_more(connection: Connection, plan: ProvisionPlan) -> ProvisionReport:
    if not plan.dry_run and not plan.remove:
        Client(connection).create("webhooks", {"url": f"{plan.inlet_url}?{next(numbers)}", "events": []})
    return genuine.deskpulse_provision(connection, plan)


class BrokenProvisionsTwice(Broken):
    plugin = Copy(provision=always_one_more)
    caught_by = "test_can_be_repeated"


def never_remove(connection: Connection, plan: ProvisionPlan) -> ProvisionReport:
    return genuine.deskpulse_provision(connection, replace(plan, remove=False))


class BrokenNeverRemoves(Broken):
    plugin = Copy(provision=never_remove)
    caught_by = "test_removal_undoes_it"


def ask_while_reading(connection: Connection, delivery: Delivery) -> Sequence[TicketEvent]:
    Client(connection).read("me")
    return genuine.deskpulse_read_delivery(delivery)


class BrokenReadsOverTheNetwork(Broken):
    plugin = Copy(read_delivery=ask_while_reading)
    caught_by = "test_reading_uses_no_network"


def trust_the_body(delivery: Delivery) -> Sequence[TicketEvent]:
    event = mapping.event(json.loads(delivery.body))
    return [event] if event else []


class BrokenTrustsTheBody(Broken):
    plugin = Copy(read_delivery=trust_the_body)
    caught_by = "test_odd_bodies_do_no_harm"
    ends_in = "JSONDecodeError"


def ever_new_key(connection: Connection, key: str) -> Ticket | None:
    found = genuine.deskpulse_find_ticket(connection, key)
    return replace(found, resolution_key=f"r-{next(numbers)}") if found and found.resolution_key else found


class BrokenChangesTheKey(Broken):
    plugin = Copy(find_ticket=ever_new_key)
    caught_by = "test_key_is_stable"


def ever_same_key(connection: Connection, key: str) -> Ticket | None:
    found = genuine.deskpulse_find_ticket(connection, key)
    return replace(found, resolution_key="r-1") if found and found.resolution_key else found


class BrokenKeepsTheKey(Broken):
    plugin = Copy(find_ticket=ever_same_key)
    caught_by = "test_key_differs_after_a_reopen"


def insist(connection: Connection, key: str) -> Ticket | None:
    found = genuine.deskpulse_find_ticket(connection, key)
    if found is None:
        raise NotFound("no such ticket")
    return found


class BrokenRaisesForTheUnknown(Broken):
    plugin = Copy(find_ticket=insist)
    caught_by = "test_unknown_ticket_is_none"
    ends_in = "NotFound"


def leak(connection: Connection, key: str) -> Ticket | None:
    try:
        return genuine.deskpulse_find_ticket(connection, key)
    except AuthExpired:
        raise AuthExpired(f"the token {connection.secrets['api_token']} was refused") from None


class BrokenLeaksInAnError(Broken):
    plugin = Copy(find_ticket=leak)
    caught_by = "test_fault_becomes_the_right_error[find_ticket-401]"


def log_too_much(connection: Connection, key: str) -> Ticket | None:
    log.debug("asking with %s", connection.secrets)
    return genuine.deskpulse_find_ticket(connection, key)


class BrokenLeaksInALog(Broken):
    plugin = Copy(find_ticket=log_too_much)
    caught_by = "test_fault_becomes_the_right_error[find_ticket-500]"


def own_client(connection: Connection, key: str) -> Ticket | None:
    token = {"Authorization": f"Bearer {connection.secrets['api_token']}"}
    raw = requests.get(f"{connection.settings['base_url']}/api/tickets/{key}", headers=token, timeout=5).json()
    return mapping.ticket(raw, connection.settings)


class BrokenFollowsRedirects(Broken):
    plugin = Copy(find_ticket=own_client)
    caught_by = "test_credentials_follow_no_redirect[find_ticket]"


def link_to_itself(connection: Connection, ticket: TicketRef) -> str:
    return f"{connection.settings['base_url']}/tickets/{ticket.id}?token={connection.secrets['api_token']}"


class BrokenLinksWithItsToken(Broken):
    plugin = Copy(ticket_url=link_to_itself)
    caught_by = "test_ticket_url_is_a_pure_link"


def first_page(connection: Connection) -> Iterator[Group]:
    for raw in next(Client(connection).pages("groups")):
        yield mapping.group(raw)


class BrokenIgnoresPaging(Broken):
    plugin = Copy(sync_groups=first_page)
    caught_by = "test_every_page_is_read_and_no_more"


def follow_links(connection: Connection) -> Iterator[Group]:
    url = f"{connection.settings['base_url']}/api/groups"
    while url:
        token = {"Authorization": f"Bearer {connection.secrets['api_token']}"}
        raw = connection.http.request("GET", url, headers=token).json()
        yield from map(mapping.group, raw["items"])
        url = raw["next_url"]


class BrokenFollowsLinks(Broken):
    plugin = Copy(sync_groups=follow_links)
    caught_by = "test_credentials_follow_no_link_in_an_answer[sync_groups]"


def carry_on(connection: Connection) -> Iterator[Group]:
    try:
        yield from genuine.deskpulse_sync_groups(connection)
    except RateLimited:
        return


class BrokenSwallowsRateLimits(Broken):
    plugin = Copy(sync_groups=carry_on)
    caught_by = "test_fault_becomes_the_right_error[sync_groups-429]"


def one_page(connection: Connection, cursor: str) -> EventsAndCursor:
    return itertools.islice(genuine.deskpulse_closed_since(connection, cursor), 1)


class BrokenReconcilesOnePage(Broken):
    plugin = Copy(closed_since=one_page)
    caught_by = "test_every_page_is_read"


def from_the_start(connection: Connection, cursor: str) -> EventsAndCursor:
    return genuine.deskpulse_closed_since(connection, CREATED.isoformat())


class BrokenForgetsItsCursor(Broken):
    plugin = Copy(closed_since=from_the_start)
    caught_by = "test_continues_with_what_is_new"


def write_anew(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    return genuine.deskpulse_write_back(connection, ticket, replace(result, marker=f"{result.marker}{next(numbers)}"))


class BrokenWritesTwice(Broken):
    plugin = Copy(write_back=write_anew)
    caught_by = "test_asked_twice_leaves_one_trace"


class BrokenWritesAgainAfterAFault(Broken):
    plugin = Copy(write_back=write_anew)
    caught_by = "test_fault_in_between_leaves_one_trace[answer lost]"


def tell_everybody(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    receipt = genuine.deskpulse_write_back(connection, ticket, result)
    Client(connection).change("tickets", ticket.id, note={"text": result.comment, "public": True})
    return receipt


class BrokenTellsTheCustomer(Broken):
    plugin = Copy(write_back=tell_everybody)
    caught_by = "test_note_is_private"


def overwrite(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    return genuine.deskpulse_write_back(connection, ticket, replace(result, is_latest_of_customer=True))


class BrokenOverwritesNewerAnswers(Broken):
    plugin = Copy(write_back=overwrite)
    caught_by = "test_customer_keeps_a_newer_answer"


def hope(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    try:
        return genuine.deskpulse_write_back(connection, ticket, result)
    except HelpdeskError:
        return Receipt(ReceiptState.DONE)


class BrokenHopes(Broken):
    plugin = Copy(write_back=hope)
    caught_by = "test_fault_becomes_the_right_error[write_back-500]"


def pack_the_token(connection: Connection) -> Bundle:
    bundle = genuine.deskpulse_panel_bundle(connection)
    return replace(bundle, settings={"token": connection.secrets["api_token"]})


class BrokenPacksItsToken(Broken):
    plugin = Copy(panel_bundle=pack_the_token)
    caught_by = "test_bundle_holds_no_secret"


def answer_for_mail(connection: Connection, invitation: Invitation) -> Receipt | None:
    return genuine.deskpulse_send_invite(connection, replace(invitation, channel="helpdesk"))


class BrokenTakesWhatGoesByMail(Broken):
    plugin = Copy(send_invite=answer_for_mail)
    caught_by = "test_leaves_what_goes_by_mail_to_core"


def invite_anew(connection: Connection, invitation: Invitation) -> Receipt | None:
    return genuine.deskpulse_send_invite(connection, replace(invitation, key=f"{invitation.key}-{next(numbers)}"))


class BrokenInvitesTwice(Broken):
    plugin = Copy(send_invite=invite_anew)
    caught_by = "test_asked_twice_sends_one_message"


class BrokenInvitesAgainAfterAFault(Broken):
    plugin = Copy(send_invite=invite_anew)
    caught_by = "test_fault_in_between_sends_one_message[answer lost]"


def invite_once(connection: Connection, invitation: Invitation) -> Receipt | None:
    return genuine.deskpulse_send_invite(connection, replace(invitation, key=invitation.ticket.id))


class BrokenInvitesOnceForEver(Broken):
    plugin = Copy(send_invite=invite_once)
    caught_by = "test_another_invitation_is_another_message"


def invite_in_private(connection: Connection, invitation: Invitation) -> Receipt:
    note = {"text": f"{invitation.link} {invitation.opt_out_link}", "public": False}
    Client(connection).change("tickets", invitation.ticket.id, note=note)
    return Receipt(ReceiptState.DONE)


class BrokenInvitesInPrivate(Broken):
    plugin = Copy(send_invite=invite_in_private)
    caught_by = "test_invitation_is_one_public_message"


def invite_for_good(connection: Connection, invitation: Invitation) -> Receipt | None:
    return genuine.deskpulse_send_invite(connection, replace(invitation, opt_out_link=""))


class BrokenInvitesWithoutAWayOut(Broken):
    plugin = Copy(send_invite=invite_for_good)
    caught_by = "test_invitation_is_one_public_message"


class BrokenTrustsAGuess(Broken):
    plugin = Copy(verify_delivery=accept)
    caught_by = "test_guessed_signature_is_refused"


class BrokenTrustsAForgedTicket(Broken):
    plugin = Copy(verify_delivery=accept)
    caught_by = "test_call_about_a_foreign_ticket_asks_nobody"


class BrokenTrustsAReplay(Broken):
    plugin = registering(scheme=replace(SCHEME, tolerance=timedelta(days=400)))
    caught_by = "test_replay_after_a_reopen"


NOTICED_BY: Mapping[Capability, str] = {
    Capability.CHECK: "test_good_credentials_are_accepted",
    Capability.PROVISION: "test_dry_run_changes_nothing",
    Capability.SIGNED_DELIVERIES: "test_scheme_agrees_with_the_capabilities",
    Capability.FRESH_DELIVERIES: "test_scheme_agrees_with_the_capabilities",
    Capability.DELIVERY_IDS: "test_repeated_delivery_has_the_same_id",
    Capability.FIND_TICKET: "test_tickets_can_be_read",
    Capability.FIND_AGENT: "test_agent_is_found_by_id",
    Capability.FIND_CUSTOMER: "test_customer_is_found_by_id",
    Capability.TICKET_URL: "test_ticket_url_is_a_pure_link",
    Capability.SYNC_GROUPS: "test_groups_have_their_agents",
    Capability.RECONCILE: "test_finds_what_webhooks_missed",
    Capability.WRITE_BACK_TICKET: "test_score_is_put_in_place",
    Capability.WRITE_BACK_CUSTOMER: "test_score_is_put_in_place",
    Capability.PRIVATE_NOTE: "test_note_is_private",
    Capability.HELPDESK_INVITE: "test_invites_are_a_declared_ability",
    Capability.PANEL: "test_bundle_is_a_whole_archive",
    Capability.OAUTH: "test_capabilities_agree_with_the_hooks",
}
"""For every ability, the test that notices a declaration which is not so."""


def copy_of(name: str, plugin: Copy, caught_by: str) -> None:
    """A broken copy made from a table, where pytest finds it."""
    globals()[name] = type(name, (Broken,), {"plugin": plugin, "caught_by": caught_by, "__module__": __name__})


for one in Capability:
    lie = registering(
        capabilities={**KIND.capabilities, one: Support.CANT if KIND.can(one) else Support.FULL},
        capability_notes={**KIND.capability_notes, one: "This is not so."},
    )
    copy_of(f"BrokenLiesAbout_{one.name}", lie, NOTICED_BY[one])

for hook in sorted({hook for hooks in HOOKS.values() for hook in hooks}):
    notices = {"send_invite": "test_invites_are_a_declared_ability"}.get(hook, NOTICED_BY[Capability.OAUTH])
    copy_of(f"BrokenLacks_{hook}", Copy(without=[hook]), notices)
