// Every text of the panel, in one place.

export const strings = {
  bands: { promoter: "Promoter", passive: "Passive", detractor: "Detractor" },
  loading: "Loading feedback",
  lastFeedback: "Last feedback",
  lastFeedbackFrom: (name) => `Last feedback from ${name}`,
  score: (score) => `${score}/10`,
  answeredAt: (date) => `on ${date}`,
  about: (number, subject) => `about ${number} ${subject ?? ""}`.trim(),
  contactWanted: "Asked to be contacted",
  noComment: "No comment was left.",
  trend: (count) => `Last ${count} scores`,
  columns: { score: "Score", band: "Band", date: "Date", ticket: "Request" },
  thisTicket: "This request",
  sent: (date, channel) => `Sent on ${date}${channel ? ` by ${channel}` : ""}`,
  openUntil: (date) => `Open until ${date}`,
  answered: (date) => `Answered on ${date}`,
  channels: { email: "e-mail", sms: "text message", helpdesk: "a comment on the request" },
  states: {
    answered: ["Answered", ""],
    invited: ["Invite sent", "The customer has not answered yet."],
    waiting: ["Invite waiting", "It is sent when the waiting time of your rules is over."],
    bounced: ["Invite not delivered", "The customer's mail server returned it."],
    refused: ["Invite refused", "It could not be handed over for delivery."],
    cancelled: ["Invite cancelled", "It was not sent."],
    withdrawn: ["Invite withdrawn", "Its link no longer accepts an answer."],
    expired: ["Invite expired", "The customer did not answer in time."],
    not_asked: ["Not asked", "Your rules did not allow an invite for this request."],
    not_resolved: ["Not resolved yet", "The customer may be asked once it is resolved and DeskPulse has heard of it."],
    unknown: ["Not known yet", "DeskPulse hears of a request when it is resolved."],
  },
  updated: (time) => `Updated ${time}`,
  nothing: {
    title: "No feedback from this customer yet",
    body: "Once one of their requests is resolved, DeskPulse may ask how it went. The answer appears here.",
  },
  again: "Try again",
  errors: {
    refused: {
      title: "DeskPulse did not accept this app's key",
      body: "Whoever deployed the app can set DESKPULSE_PANEL_KEY to the current panel key and deploy it again.",
    },
    key: {
      title: "The panel key is missing",
      body: "Whoever deployed the app can set the variable DESKPULSE_PANEL_KEY and deploy it again.",
    },
    missing: {
      title: "DeskPulse does not know this connection",
      body: "Whoever deployed the app can build it anew for the right connection.",
    },
    unreachable: {
      title: "DeskPulse cannot be reached",
      body: "Your work in Jira is not affected.",
    },
  },
};
