"""A stand-in for Zendesk Support on real HTTP, built from the vendor's published contract."""

from deskpulse_zendesk.simulator.simulator import ZendeskSimulator

__all__ = ["ZendeskSimulator"]
