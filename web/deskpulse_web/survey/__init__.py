"""The survey room: what a customer sees, from the link in the mail to the thank-you page.

It reads the request, calls :mod:`deskpulse.surveys`, and shows the page; what counts is decided there.
"""

from deskpulse_web.survey.room import blueprint

__all__ = ["blueprint"]
