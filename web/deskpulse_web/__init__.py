"""The web application of DeskPulse: it parses requests, calls core, and renders what core says."""
