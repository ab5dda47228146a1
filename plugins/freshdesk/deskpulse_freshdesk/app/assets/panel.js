// The panel in Freshdesk: whom and which ticket the agent is looking at, and DeskPulse's answer by a request template.
// The template and the panel key in it stay with Freshworks; the browser sees neither key nor address.

import { showOutside, startPanel } from "./sidebar.js";
import { questionOf } from "./source.js";

// What the page tells under a name; null where it has nothing of that name.
async function told(client, name) {
  try {
    return (await client.data.get(name))[name] ?? null;
  } catch {
    return null;
  }
}

// Beside a ticket there are ticket and requester, beside a contact the contact alone.
async function readSubject(client) {
  const [ticket, contact] = await Promise.all([told(client, "ticket"), told(client, "contact")]);
  const requester = contact ?? (await told(client, "requester")) ?? {};
  return {
    ticket: ticket?.id ?? null,
    customer: requester.id ?? ticket?.requester_id ?? null,
    email: requester.email ?? null,
    mark: JSON.stringify([ticket?.status, ticket?.tags]), // changes when DeskPulse has written to it
  };
}

async function ask(client, subject) {
  const context = { ticket: "", customer: "", email: "", ...questionOf(subject) };
  const answer = await client.request.invokeTemplate("getPanel", { context });
  return answer.response;
}

async function start() {
  const client = await window.app.initialized();
  startPanel({
    readSubject: () => readSubject(client),
    ask: (subject) => ask(client, subject),
    watch: (refresh) => client.events.on("app.activated", refresh),
    resize: async (height) => client.instance?.resize?.({ height: `${height}px` }),
  });
}

if (window.app && window.parent !== window) start().catch(showOutside);
else showOutside();
