// What the agent sees, in components of Atlassian's UI Kit. Nothing here asks for anything.

import React from "react";
import {
  Button, DynamicTable, Heading, Inline, Link, Lozenge, SectionMessage, Spinner, Stack, Text,
} from "@forge/react";

import { strings } from "./strings.js";
import { clock, day } from "./times.js";

const h = React.createElement;
const LOZENGES = { promoter: "success", passive: "default", detractor: "removed" };
const TOLD_BY_TITLE = new Set(["answered", "not_resolved"]); // DeskPulse's sentence would only repeat the title

export function loadingView() {
  return h(Inline, { space: "space.100" }, h(Spinner, { size: "small", label: strings.loading }), h(Text, {}, strings.loading));
}

export function errorView(kind, again) {
  const words = strings.errors[kind] ?? strings.errors.unreachable;
  return h(Stack, { space: "space.100" },
    h(SectionMessage, { appearance: "warning", title: words.title }, h(Text, {}, words.body)),
    h(Inline, {}, h(Button, { onClick: again }, strings.again)));
}

export function feedbackView(panel) {
  return h(Stack, { space: "space.200" },
    panel.last ? lastView(panel.last, panel.customer) : nothingView(),
    panel.trend?.length > 1 ? trendView(panel.trend) : null,
    panel.ticket ? ticketView(panel.ticket) : null,
    panel.as_of ? h(Text, { size: "small" }, strings.updated(clock(panel.as_of))) : null);
}

function nothingView() {
  return h(Stack, { space: "space.050" },
    h(Heading, { as: "h3", size: "small" }, strings.nothing.title),
    h(Text, {}, strings.nothing.body));
}

function lastView(last, customer) {
  return h(Stack, { space: "space.075" },
    h(Heading, { as: "h3", size: "small" },
      customer?.name ? strings.lastFeedbackFrom(customer.name) : strings.lastFeedback),
    h(Inline, { space: "space.100", alignBlock: "center" },
      h(Text, { weight: "bold" }, strings.score(last.score)),
      bandView(last.band),
      h(Text, {}, strings.answeredAt(day(last.answered_at)))),
    last.contact_wanted ? h(Lozenge, { appearance: "moved" }, strings.contactWanted) : null,
    last.ticket ? aboutView(last.ticket) : null,
    h(Text, {}, last.comment ? last.comment : strings.noComment));
}

function bandView(band) {
  return h(Lozenge, { appearance: LOZENGES[band] ?? "default" }, strings.bands[band] ?? band);
}

function aboutView(ticket) {
  const words = strings.about(ticket.number, ticket.subject);
  const linked = typeof ticket.url === "string" && /^https?:\/\//.test(ticket.url);
  return h(Text, {}, linked ? h(Link, { href: ticket.url, openNewTab: true }, words) : words);
}

// The last scores as a table: everybody can read it, with or without eyes.
function trendView(points) {
  const names = Object.entries(strings.columns);
  const head = { cells: names.map(([key, content]) => ({ key, content })) };
  const rows = points.map((point, index) => ({
    key: String(index),
    cells: [
      { key: "score", content: String(point.score) },
      { key: "band", content: strings.bands[point.band] ?? point.band },
      { key: "date", content: day(point.answered_at) },
      { key: "ticket", content: point.ticket_number ?? "" },
    ],
  })).reverse();
  return h(DynamicTable, { caption: strings.trend(points.length), head, rows });
}

function ticketView(ticket) {
  const [title, fallback] = strings.states[ticket.state] ?? strings.states.unknown;
  const scored = ticket.score !== null && ticket.score !== undefined && strings.bands[ticket.band];
  const words = TOLD_BY_TITLE.has(ticket.state) ? fallback : withoutLead(title, ticket.explanation) || fallback;
  return h(Stack, { space: "space.050" },
    h(Heading, { as: "h3", size: "small" }, strings.thisTicket),
    h(Inline, { space: "space.100", alignBlock: "center" },
      h(Text, { weight: "bold" }, title),
      scored ? h(Text, {}, strings.score(ticket.score)) : null,
      scored ? bandView(ticket.band) : null),
    words ? h(Text, {}, words) : null,
    ...factsOf(ticket).map((fact) => h(Text, { key: fact, size: "small" }, fact)));
}

function factsOf(ticket) {
  const channel = strings.channels[ticket.channel] ?? ticket.channel;
  return [
    ticket.sent_at && strings.sent(day(ticket.sent_at), channel),
    ticket.state === "invited" && ticket.expires_at && strings.openUntil(day(ticket.expires_at)),
    ticket.answered_at && strings.answered(day(ticket.answered_at)),
  ].filter(Boolean);
}

// "Not asked: this customer ..." under the words "Not asked" reads better as "This customer ...".
function withoutLead(title, explanation) {
  const lead = `${title}:`;
  if (!explanation?.toLowerCase().startsWith(lead.toLowerCase())) return explanation ?? "";
  const rest = explanation.slice(lead.length).trim();
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}
