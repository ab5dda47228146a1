// What the agent sees. Every function returns a fragment or an element and knows nothing of the helpdesk.

import { bandMark, element, webAddress } from "./dom.js";
import { strings } from "./strings.js";
import { clockTime, dayTime, relativeTime } from "./times.js";
import { trend } from "./trend.js";

function fragment(...parts) {
  const found = document.createDocumentFragment();
  found.append(...parts.filter(Boolean));
  return found;
}

export function skeletonView() {
  const bone = (kind) => element("div", { class: `bone ${kind}` });
  const bones = [bone("bone-heading"), bone("bone-score"), bone("bone-line"), bone("bone-line bone-short")];
  return element("div", { class: "skeleton", "aria-hidden": "true" }, ...bones);
}

export function messageView({ title, body }) {
  return element("section", { class: "message" },
    element("h1", { tabindex: "-1" }, title),
    element("p", {}, body));
}

export function errorView(words, again) {
  const button = element("button", { type: "button", class: "again" }, strings.again);
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    button.textContent = strings.tryingAgain;
    again();
  });
  const view = messageView(words);
  view.append(button);
  return view;
}

export function feedbackView(answer) {
  return fragment(
    answer.last ? lastView(answer.last, answer.customer) : messageView(strings.nothing),
    answer.trend?.length > 1 ? trend(answer.trend) : null,
    answer.ticket ? ticketView(answer.ticket) : null,
    updatedView(answer.as_of));
}

function lastView(last, customer) {
  const heading = customer?.name ? strings.lastFeedbackFrom(customer.name) : strings.lastFeedback;
  return element("section", { class: "last" },
    element("h1", { tabindex: "-1" }, heading),
    element("div", { class: "headline" },
      scoreTile(last),
      element("div", { class: "facts" },
        bandWord(last.band),
        element("p", { class: "when" }, relativeTime(last.answered_at)),
        last.contact_wanted ? element("p", { class: "wanted" }, strings.contactWanted) : null)),
    last.ticket ? aboutView(last.ticket) : null,
    commentView(last.comment));
}

function scoreTile({ score, band }) {
  return element("p", { class: `tile band-${band}` },
    element("span", { class: "visually-hidden" }, strings.score(score)),
    element("span", { class: "number", "aria-hidden": "true" }, String(score)),
    element("span", { class: "of", "aria-hidden": "true" }, strings.outOf));
}

function bandWord(band) {
  return element("p", { class: `word band-${band}` }, bandMark(band), strings.bands[band] ?? band);
}

function aboutView(ticket) {
  const number = strings.ticketNumber(ticket.number);
  const address = webAddress(ticket.url);
  const link = { href: address, target: "_blank", rel: "noopener noreferrer" };
  const named = address
    ? element("a", link, number, element("span", { class: "visually-hidden" }, ` (${strings.newTab})`))
    : element("span", {}, number);
  return element("p", { class: "about" }, element("span", { class: "quiet" }, strings.about), " ", named, " ",
    ticket.subject ?? "");
}

function commentView(comment) {
  if (!comment) return element("p", { class: "quiet" }, strings.noComment);
  return element("blockquote", { class: "comment", "aria-label": strings.comment }, element("p", {}, comment));
}

function ticketView(ticket) {
  const [title, fallback] = strings.states[ticket.state] ?? strings.states.unknown;
  const body = withoutLead(title, ticket.explanation) || fallback;
  return element("section", { class: "ticket" },
    element("h2", {}, strings.thisTicket),
    element("p", { class: "state" }, title, ticketScore(ticket)),
    body ? element("p", { class: "explanation" }, body) : null,
    factsView(ticket));
}

function ticketScore({ score, band }) {
  if (score === null || score === undefined || !strings.bands[band]) return null;
  return element("span", { class: `chip band-${band}` }, bandMark(band),
    `${score}${strings.outOf} ${strings.bands[band]}`);
}

// "Not asked: this customer ..." under the words "Not asked" reads better as "This customer ...".
function withoutLead(title, explanation) {
  const lead = `${title}:`;
  if (!explanation?.toLowerCase().startsWith(lead.toLowerCase())) return explanation ?? "";
  const rest = explanation.slice(lead.length).trim();
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

function factsView(ticket) {
  const channel = strings.channels[ticket.channel] ?? ticket.channel;
  const sent = relativeTime(ticket.sent_at);
  const open = ticket.state === "invited" ? dayTime(ticket.expires_at) : null;
  const answered = relativeTime(ticket.answered_at);
  const facts = [
    sent && [strings.sent, sent, channel ? ` ${strings.sentBy(channel)}` : ""],
    open && [strings.openUntil, open],
    answered && [strings.answered, answered],
  ].filter(Boolean);
  if (!facts.length) return null;
  return element("dl", {}, ...facts.map(([name, ...value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, ...value))));
}

function updatedView(asOf) {
  const time = clockTime(asOf);
  return time && element("p", { class: "updated" }, strings.updated, " ", time);
}
