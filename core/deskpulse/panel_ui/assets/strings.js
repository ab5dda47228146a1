// Every text of the panel, in one place.

import { product } from "./product.js";

export const strings = {
  bands: { promoter: "Promoter", passive: "Passive", detractor: "Detractor" },
  loading: "Loading feedback",
  loaded: "Feedback loaded",
  lastFeedback: "Last feedback",
  lastFeedbackFrom: (name) => `Last feedback from ${name}`,
  score: (score) => `${score} out of 10`,
  outOf: "/10",
  about: "about",
  ticketNumber: (number) => `#${number}`,
  newTab: "opens in a new tab",
  contactWanted: "Asked to be contacted",
  comment: "Comment",
  noComment: "No comment was left.",
  trend: (count) => `Last ${count} scores`,
  trendHint: "Left and right arrow keys move between scores.",
  point: (score, band, date, number) => `${score}, ${band}, ${date}${number ? `, ticket ${number}` : ""}`,
  thisTicket: "This ticket",
  sent: "Sent",
  sentBy: (channel) => `by ${channel}`,
  openUntil: "Open until",
  answered: "Answered",
  channels: { email: "e-mail", sms: "text message", helpdesk: `${product} message` },
  states: {
    answered: ["Answered", ""],
    invited: ["Invite sent", "The customer has not answered yet."],
    waiting: ["Invite waiting", "It is sent when the waiting time of your rules is over."],
    bounced: ["Invite not delivered", "The customer's mail server returned it."],
    refused: ["Invite refused", "It could not be handed over for delivery."],
    cancelled: ["Invite cancelled", "It was not sent."],
    withdrawn: ["Invite withdrawn", "Its link no longer accepts an answer."],
    expired: ["Invite expired", "The customer did not answer in time."],
    not_asked: ["Not asked", "Your rules did not allow an invite for this ticket."],
    not_resolved: ["Not solved yet", "The customer may be asked once it is solved."],
    unknown: ["Not known yet", "DeskPulse hears of a ticket when it is solved."],
  },
  updated: "Updated",
  nothing: {
    title: "No feedback from this customer yet",
    body: "Once one of their tickets is solved, DeskPulse may ask how it went. The answer appears here.",
  },
  nobody: {
    title: "No requester yet",
    body: "Choose a requester to see their last feedback.",
  },
  again: "Try again",
  tryingAgain: "Trying again",
  errors: {
    refused: {
      title: "DeskPulse did not accept this app's key",
      body: "An administrator can enter the current panel key in the app's settings.",
    },
    missing: {
      title: "DeskPulse does not know this connection",
      body: "An administrator can check the panel address in the app's settings.",
    },
    address: {
      title: "The panel address is missing",
      body: "An administrator can enter it in the app's settings.",
    },
    unreachable: {
      title: "DeskPulse cannot be reached",
      body: `Your work in ${product} is not affected.`,
    },
    outside: {
      title: `This panel works inside ${product}`,
      body: `Open a ticket in ${product} and show the apps beside it.`,
    },
  },
};
