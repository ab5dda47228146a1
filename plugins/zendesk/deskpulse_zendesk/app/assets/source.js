// Who and which ticket the agent is looking at, and DeskPulse's answer about them.

const KEEP = 30_000; // milliseconds that an answer is shown again without asking
const PATIENCE = 15_000; // milliseconds until DeskPulse counts as unreachable

const PATHS = {
  ticket_sidebar: ["ticket.id", "ticket.requester", "ticket.status", "ticket.tags"],
  new_ticket_sidebar: ["ticket.requester"],
  user_sidebar: ["user.id", "user.email"],
};

export class PanelError extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

export async function readSubject(client) {
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

// The same words for the same person and ticket, whatever has become of them.
export function nameOf({ ticket, customer, email }) {
  return JSON.stringify([ticket, customer, email]);
}

export function isNobody(subject) {
  return !subject.ticket && !subject.customer && !subject.email;
}

function addressFor(server, subject) {
  let url;
  try {
    url = new URL(server);
  } catch {
    throw new PanelError("address");
  }
  for (const name of ["ticket", "customer", "email"]) {
    if (subject[name]) url.searchParams.set(name, subject[name]);
  }
  return url.href;
}

function kindOf(failure) {
  if (failure?.status === 401 || failure?.status === 403) return "refused";
  return failure?.status === 404 ? "missing" : "unreachable";
}

function patiently(promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new PanelError("unreachable")), PATIENCE);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export class PanelSource {
  #client;
  #kept = new Map();

  constructor(client) {
    this.#client = client;
  }

  // The answer about a subject; the same promise for everyone who asks within 30 seconds, unless the ticket was solved,
  // reopened or scored since. Failures are not kept.
  read(subject) {
    const key = `${nameOf(subject)} ${subject.mark}`;
    const kept = this.#kept.get(key);
    if (kept && Date.now() - kept.at < KEEP) return kept.answer;
    const answer = this.#ask(subject);
    this.#kept.set(key, { at: Date.now(), answer });
    answer.catch(() => this.#kept.delete(key));
    return answer;
  }

  async #ask(subject) {
    const { settings } = await this.#client.metadata();
    const url = addressFor(settings.server_url, subject);
    const headers = { Authorization: "Bearer {{setting.panel_key}}", Accept: "application/json" };
    const asked = this.#client.request({ url, type: "GET", secure: true, headers });
    let answer;
    try {
      answer = await patiently(asked);
    } catch (failure) {
      throw new PanelError(kindOf(failure));
    }
    return understood(answer);
  }
}

function understood(answer) {
  let panel = answer;
  if (typeof answer === "string") {
    try {
      panel = JSON.parse(answer);
    } catch {
      panel = null;
    }
  }
  if (!panel || typeof panel !== "object" || !("last" in panel)) throw new PanelError("unreachable");
  return panel;
}
