"""The whole suite as one class, so that no part of it can be forgotten."""

from __future__ import annotations

from deskpulse.testing.conformance.addressing import Addressing
from deskpulse.testing.conformance.checking import Checking
from deskpulse.testing.conformance.deliveries import Deliveries
from deskpulse.testing.conformance.failures import Failures
from deskpulse.testing.conformance.granting import Granting
from deskpulse.testing.conformance.inviting import Inviting
from deskpulse.testing.conformance.lookups import Lookups
from deskpulse.testing.conformance.panel import Panel
from deskpulse.testing.conformance.provisioning import Provisioning
from deskpulse.testing.conformance.reading import Reading
from deskpulse.testing.conformance.reconciling import Reconciling
from deskpulse.testing.conformance.registration import Registration
from deskpulse.testing.conformance.resolutions import Resolutions
from deskpulse.testing.conformance.standing_in import StandingIn
from deskpulse.testing.conformance.synchronising import Synchronising
from deskpulse.testing.conformance.writing_back import WritingBack


class HelpdeskConformance(
    Registration,
    Addressing,
    StandingIn,
    Checking,
    Granting,
    Provisioning,
    Deliveries,
    Reading,
    Lookups,
    Resolutions,
    Synchronising,
    Reconciling,
    WritingBack,
    Inviting,
    Failures,
    Panel,
):
    """Inherit, name the ``plugin``, and override the steps that its simulator spells differently."""
