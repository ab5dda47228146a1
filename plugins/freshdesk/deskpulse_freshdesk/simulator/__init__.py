"""A stand-in for Freshdesk on real HTTP, built from the vendor's published contract.

``GET https://acme.freshdesk.com/api/v2/...`` becomes the same path on this simulator's own address. The contract and
its sources are those of https://developers.freshdesk.com/api and the articles named beside each fact (read 2026-08).
"""

from deskpulse_freshdesk.simulator.simulator import FreshdeskSimulator

__all__ = ["FreshdeskSimulator"]
