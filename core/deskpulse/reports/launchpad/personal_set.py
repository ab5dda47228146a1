"""The links that a Support Lead needs: for each group that somebody leads, its displays, dashboards and report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.directory.models import Contact, SupportGroup
from deskpulse.directory.people import normalise
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.launchpad.addresses import DISPLAYS, DOCUMENTS, Choice, Page, Standing, dashboard, standing
from deskpulse.reports.levels import Tree

GAUGE, _, SLIDER = DISPLAYS
REPORT = DOCUMENTS[0]
RESPONSES, AGENTS = dashboard("SRES", "Responses"), dashboard("AGENTS", "Agents")
PAGES: tuple[Page, ...] = (GAUGE, SLIDER, RESPONSES, AGENTS, REPORT)
"""In the order in which a lead gets them."""


@dataclass(frozen=True, slots=True)
class OfGroup:
    """A group that somebody leads, with the addresses that are about it."""

    name: str
    code: str
    below: int
    """How many groups stand below it; their responses are in, too."""
    addresses: Sequence[Standing]

    @property
    def title(self) -> str:
        """The name, and whether other groups are in."""
        if not self.below:
            return self.name
        return f"{self.name}, with {self.below} group{'' if self.below == 1 else 's'} below it"


@dataclass(frozen=True, slots=True)
class PersonalSet:
    """What one contact gets."""

    contact: Contact
    groups: Sequence[OfGroup]


def personal_set(session: Session, organisation: Organisation, contact: Contact, base_url: str) -> PersonalSet:
    """The addresses of all groups in use that a contact leads, by name."""
    mine = SupportGroup.organisation_id == organisation.id, SupportGroup.active
    led = session.scalars(select(SupportGroup).where(*mine, SupportGroup.lead_id == contact.id)).all()
    tree = Tree.of(session, organisation.id)
    groups = [
        OfGroup(
            group.name, group.code, len(tree.groups[group.id].with_below) - 1,
            standing(base_url, organisation.code, PAGES, Choice.of([("rgid", group.code)])),
        )
        for group in sorted(led, key=lambda one: one.name.casefold())
    ]  # fmt: skip
    return PersonalSet(contact, groups)


def displays_are_open(organisation: Organisation) -> bool:
    """Whether displays open for everyone who has their address."""
    return Preferences.of(organisation.preferences).open_displays


def contact(session: Session, organisation_id: int, contact_id: int) -> Contact | None:
    """One of the organisation's contacts."""
    return session.scalar(select(Contact).where(Contact.organisation_id == organisation_id, Contact.id == contact_id))


def contact_of(session: Session, organisation_id: int, email: str) -> Contact | None:
    """The contact with this address: whoever signs in with it."""
    mine = Contact.organisation_id == organisation_id
    return session.scalar(select(Contact).where(mine, Contact.email == (normalise(email) or "")))


def leads(session: Session, organisation_id: int) -> Sequence[Contact]:
    """Every contact who leads a group in use, by name."""
    led = select(SupportGroup.lead_id).where(SupportGroup.organisation_id == organisation_id, SupportGroup.active)
    found = select(Contact).where(Contact.organisation_id == organisation_id, Contact.id.in_(led))
    return session.scalars(found.order_by(Contact.name, Contact.email)).all()
