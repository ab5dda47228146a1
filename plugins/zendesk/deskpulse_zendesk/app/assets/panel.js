// The panel in Zendesk: whom and which ticket the agent is looking at, and DeskPulse's answer through Zendesk's proxy.

import { showOutside, startPanel, useColorScheme } from "./sidebar.js";
import { PanelError, questionOf } from "./source.js";

const PATHS = {
  ticket_sidebar: ["ticket.id", "ticket.requester", "ticket.status", "ticket.tags"],
  new_ticket_sidebar: ["ticket.requester"],
  user_sidebar: ["user.id", "user.email"],
};

async function readSubject(client) {
  const { location } = await client.context();
  const found = await client.get(PATHS[location] ?? PATHS.ticket_sidebar);
  const requester = found["ticket.requester"] ?? {};
  return {
    ticket: found["ticket.id"] ?? null,
    customer: found["user.id"] ?? requester.id ?? null,
    email: found["user.email"] ?? requester.email ?? null,
    mark: JSON.stringify([found["ticket.status"], found["ticket.tags"]]), // changes when DeskPulse has written to it
  };
}

async function ask(client, subject) {
  const { settings } = await client.metadata();
  const url = addressFor(settings.server_url, questionOf(subject));
  const headers = { Authorization: "Bearer {{setting.panel_key}}", Accept: "application/json" };
  return client.request({ url, type: "GET", secure: true, headers });
}

function addressFor(server, question) {
  let url;
  try {
    url = new URL(server);
  } catch {
    throw new PanelError("address");
  }
  for (const [name, value] of Object.entries(question)) url.searchParams.set(name, value);
  return url.href;
}

function start(client) {
  client.on("colorScheme.changed", useColorScheme);
  client.get("colorScheme").then((found) => useColorScheme(found.colorScheme), () => undefined);
  startPanel({
    readSubject: () => readSubject(client),
    ask: (subject) => ask(client, subject),
    watch: (refresh) => {
      client.on("app.activated", refresh);
      client.on("ticket.requester.id.changed", refresh);
    },
    resize: (height) => client.invoke("resize", { width: "100%", height: `${height}px` }),
  });
}

useColorScheme(new URLSearchParams(location.search).get("colorScheme"));
const client = window.ZAFClient?.init();
if (client) start(client);
else showOutside();
