"""The Customer Satisfaction Report's mail: the answer at once, for whoever reads it on a phone; the PDF has the rest.

It says what the report holds and nothing else, so that what is withheld there stays so here. The chart is the PDF's.
Without pictures, or without HTML, the same stands in words.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from deskpulse.outbound import headers, mail_page
from deskpulse.outbound.plain_mail import LONGEST_NAME, Attachment
from deskpulse.reports.charts import drawing as charts_drawing
from deskpulse.reports.documents import figures
from deskpulse.reports.documents.customer_satisfaction import CustomerSatisfaction
from deskpulse.reports.documents.customer_satisfaction_pdf import TITLE, alternative, response_rate, trend
from deskpulse.scoring.bands import Band
from deskpulse.scoring.periods import Month

PACKAGE, TEMPLATE = "deskpulse.reports.documents", "customer_satisfaction.mjml"
WIDTH = 400
"""Pixels for which the chart is drawn: on a phone its letters are hardly smaller than the text around them."""
SIGN_IN = "The dashboard asks you to sign in."
MARKS = (
    "Net Promoter, NPS, and the NPS-related emoticons are registered service marks, and Net Promoter Score and Net "
    "Promoter System are service marks, of Bain & Company, Inc., Satmetrix Systems, Inc. and Fred Reichheld."
)
_SIGNS = {Band.PROMOTER: "\N{UPWARDS ARROW}", Band.PASSIVE: "\N{EN DASH}", Band.DETRACTOR: "\N{DOWNWARDS ARROW}"}
_TABLE = (
    '<table role="presentation" border="0" cellpadding="0" cellspacing="0" width="100%" style="width:100%;{style}">\n'
)
_PIECE = (
    '<td class="{band}" width="{width:.1f}%" height="10" bgcolor="{colour}" style="height:10px;line-height:10px;'
    'font-size:0;">&nbsp;</td>\n'
)
_ROW = (
    '<tr><td width="20" style="padding:4px 0;">\n'
    '<div aria-hidden="true" class="{band}" style="width:20px;height:20px;border-radius:10px;background-color:{colour};'
    'color:#ffffff;font-size:14px;line-height:20px;font-weight:700;text-align:center;">{sign}</div></td>\n'
    '<td class="count" style="padding:4px 8px;font-size:16px;line-height:20px;color:#1f2933;">{count} {word}</td>\n'
    '<td class="share" align="right" style="padding:4px 0;font-size:16px;line-height:20px;color:#52606d;">'
    "{percent}</td></tr>\n"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """The mail in both its forms, and the picture that stands in its HTML."""

    text: str
    html: str
    picture: Attachment


def letter(report: CustomerSatisfaction, month: Month, link: str, asked_by: str) -> Letter:
    """Write the mail of a report; ``link`` leads to the dashboard of that month, ``asked_by`` is who had it mailed."""
    chart = trend(report)
    picture = Attachment(f"nps-by-month-{month}.png", "image/png", charts_drawing.png(chart, width=WIDTH))
    score = figures.standing(report.standing)
    organisation = headers.clean(report.organisation, LONGEST_NAME)
    facts, bands = _facts(report, score), score["bands"] or []
    unfinished = "" if isinstance(report.period, Month) else f"{month.label} is not over yet."
    ending = f"The whole report is attached as PDF. {asked_by} asked DeskPulse to send it to you."
    text = [
        f"{TITLE} of {headers.isolated(organisation)}, {report.period.label}",
        "\n".join([_headline(score), *facts]),
        "\n".join(f"{one['count']} {one['word']} ({one['percent']})" for one in bands),
        f"Twelve months: {alternative(chart)} {unfinished}".strip(),
        f"Dashboard for {report.period.label}: {link}\n{SIGN_IN}",
        ending,
        MARKS,
    ]
    values = {
        "title": f"{TITLE}: {organisation}, {report.period.label}",
        "preheader": " · ".join([_headline(score), *facts]),
        "brand": report.colour,
        "organisation": organisation,
        "name": TITLE,
        "period": report.period.label,
        "score": score["score"] or _why_not(score),
        "size": "48px" if score["score"] else "22px",
        "picture": picture.content_id,
        "alternative": alternative(chart),
        "unfinished": unfinished,
        "link": link,
    }
    words = facts if score["score"] is None else ["Net Promoter Score", *facts]
    page = mail_page.page(
        PACKAGE, TEMPLATE, values | _colours_in_dark(), answer=_paragraphs(words) + _bands(bands),
        ending=_paragraphs([f"{ending} {SIGN_IN}", MARKS]),
    )  # fmt: skip
    return Letter("\n\n".join(part for part in text if part) + "\n", page, picture)


def _headline(score: dict[str, Any]) -> str:
    return f"Net Promoter Score: {score['score'] or score['why']}"


def _why_not(score: dict[str, Any]) -> str:
    why: str = score["why"]
    return why[0].upper() + why[1:]


def _facts(report: CustomerSatisfaction, score: dict[str, Any]) -> list[str]:
    """What the score rests on, what became of it where that is more than noise, and how many answered."""
    facts = []
    if score["score"]:
        facts.append(f"95 % interval: {score['low']} to {score['high']}; n = {score['n']}")
        if score["indicative"]:
            facts.append("Indicative, as it rests on few answers")
    if report.change is not None and report.change.more_than_noise:
        change = figures.change(report.change, is_clear=True)
        facts.append(f"Since {report.period.previous().label}: {change}, more than noise")
    if rate := response_rate(report.reached):
        answers = f"{rate['confirmed']} answers to {rate['delivered']} delivered invitations"
        facts.append(f"Response rate: {rate['percent']} ({answers})")
    return facts


def _paragraphs(lines: list[str]) -> str:
    return "".join(f'<p style="margin:0 0 4px;">{html.escape(line)}</p>\n' for line in lines)


def _bands(bands: list[dict[str, Any]]) -> str:
    """A bar of three, and below it each band with its sign, word, count and share; nothing without a score."""
    if not bands:
        return ""
    colours = _colours(dark=False)
    coloured = [one | {"colour": colours[one["band"]], "sign": _SIGNS[Band(one["band"])]} for one in bands]
    pieces = "".join(_PIECE.format(width=100 * one["share"], **one) for one in coloured if one["share"])
    rows = "".join(_ROW.format(**one) for one in coloured)
    bar = _TABLE.format(style="table-layout:fixed;margin:12px 0 8px;") + f"<tr>{pieces}</tr></table>\n"
    return bar + _TABLE.format(style="max-width:320px;") + f"{rows}</table>\n"


def _colours(*, dark: bool) -> dict[str, str]:
    """Those of the bands in charts."""
    return dict(zip(map(str, Band), charts_drawing.theme(dark=dark)["range"]["ordinal"], strict=True))


def _colours_in_dark() -> dict[str, str]:
    return {f"{band}_in_dark": colour for band, colour in _colours(dark=True).items()}
