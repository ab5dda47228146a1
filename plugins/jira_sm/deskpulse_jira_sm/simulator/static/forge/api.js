/* A stand-in for @forge/api: calls go through the agent screen to the simulator, which keeps to the app's rights. */
const waiting = new Map();
let last = 0;

window.addEventListener("message", (event) => {
  if (event.source !== parent || !event.data || event.data.forge !== "answer") return;
  const found = waiting.get(event.data.id);
  waiting.delete(event.data.id);
  if (!found) return;
  if (event.data.error) found.reject(new Error(event.data.error));
  else found.resolve(event.data.value);
});

function ask(message) {
  return new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    parent.postMessage({ ...message, id: last }, "*");
  });
}

function response({ status, statusText, headers, body }) {
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    text: async () => body,
    json: async () => JSON.parse(body),
  };
}

class Route {
  constructor(value) {
    this.value = value;
  }
}

export const route = (strings, ...values) =>
  new Route(strings.reduce((text, part, place) => text + encodeURIComponent(values[place - 1]) + part));
export const assumeTrustedRoute = (text) => new Route(text);

export async function fetch(url, options = {}) {
  const headers = Object.fromEntries(new Headers(options.headers || {}));
  return response(await ask({ forge: "fetch", request: { url: String(url), method: options.method, headers, body: options.body } }));
}

async function requestJira(path, options = {}) {
  if (!(path instanceof Route)) throw new Error("You must create your route using the 'route' export from '@forge/api'.");
  const headers = Object.fromEntries(new Headers(options.headers || {}));
  return response(await ask({ forge: "request-jira", request: { path: path.value, method: options.method, headers, body: options.body } }));
}

export const asApp = () => ({ requestJira });
export const asUser = asApp;
export default { fetch, asApp, asUser, route };
