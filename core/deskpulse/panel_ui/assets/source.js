// DeskPulse's answers about whom and which ticket the agent is looking at.
//
// A subject is { ticket, customer, email, mark }: the helpdesk's ids, an address, and a text that changes when the
// ticket was solved, reopened or scored. What is not known is null.

const KEEP = 30_000; // milliseconds that an answer is shown again without asking
const PATIENCE = 15_000; // milliseconds until DeskPulse counts as unreachable

export class PanelError extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

// The same words for the same person and ticket, whatever has become of them.
export function nameOf({ ticket, customer, email }) {
  return JSON.stringify([ticket, customer, email]);
}

export function isNobody(subject) {
  return !subject.ticket && !subject.customer && !subject.email;
}

// What the panel's address is asked with, by parameter.
export function questionOf(subject) {
  const known = ["ticket", "customer", "email"].filter((name) => subject[name]);
  return Object.fromEntries(known.map((name) => [name, String(subject[name])]));
}

function kindOf(failure) {
  if (failure instanceof PanelError) return failure.kind;
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
  #ask;
  #kept = new Map();

  // ask(subject) promises the panel's answer, as text or read; it fails with { status } or a PanelError.
  constructor(ask) {
    this.#ask = ask;
  }

  // The answer about a subject; the same promise for everyone who asks within 30 seconds, unless the ticket was solved,
  // reopened or scored since. Failures are not kept.
  read(subject) {
    const key = `${nameOf(subject)} ${subject.mark}`;
    const kept = this.#kept.get(key);
    if (kept && Date.now() - kept.at < KEEP) return kept.answer;
    const answer = this.#read(subject);
    this.#kept.set(key, { at: Date.now(), answer });
    answer.catch(() => this.#kept.delete(key));
    return answer;
  }

  async #read(subject) {
    let answer;
    try {
      answer = await patiently(this.#ask(subject));
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
