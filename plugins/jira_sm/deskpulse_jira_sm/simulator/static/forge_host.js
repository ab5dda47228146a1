/* The host side of a Forge panel: passes calls between its frame, the frame that plays the backend, and the simulator. */
const place = document.querySelector("[data-app]");
const panel = place && place.querySelector("iframe");
const notices = document.querySelector("[data-notices]");

if (panel) {
  const setup = JSON.parse(place.dataset.app);
  const backend = document.createElement("iframe");
  backend.hidden = true;
  backend.title = "Forge backend";
  backend.setAttribute("sandbox", "allow-scripts");
  backend.src = setup.backend;

  const waiting = new Map();
  let last = 0;
  let start;
  const ready = new Promise((resolve) => { start = resolve; });

  async function run(message) {
    await ready;
    last += 1;
    const id = last;
    backend.contentWindow.postMessage({ ...message, forge: "run", id }, "*");
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  }

  async function proxy(kind, request) {
    const answer = await fetch(`/_sim/forge/${kind}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest" },
      body: JSON.stringify(request),
    });
    const value = await answer.json();
    if (!answer.ok) throw new Error((value.errorMessages || [value.errorMessage]).join() || answer.statusText);
    return value;
  }

  async function answer(frame, id, work) {
    const back = (message) => frame.contentWindow.postMessage({ forge: "answer", id, ...message }, "*");
    try {
      back({ value: await work });
    } catch (error) {
      back({ error: String(error.message || error) });
    }
  }

  function finish({ id, value, error }) {
    const found = waiting.get(id);
    waiting.delete(id);
    if (found) error ? found.reject(new Error(error)) : found.resolve(value);
  }

  const fromPanel = {
    invoke: (message) => answer(panel, message.id, run({ key: message.key, payload: message.payload })),
    resize: (message) => { panel.style.height = `${Math.ceil(Number(message.height)) || 0}px`; },
    navigate: (message) => { if (/^(?:https?:\/\/|\/)/.test(message.url)) location.assign(message.url); },
    flag: (message) => { notices.append(Object.assign(document.createElement("p"), { className: "notice", textContent: message.title })); },
  };
  const fromBackend = {
    ready: () => start(),
    ran: finish,
    fetch: (message) => answer(backend, message.id, proxy("fetch", message.request)),
    "request-jira": (message) => answer(backend, message.id, proxy("request-jira", message.request)),
  };

  window.addEventListener("message", (event) => {
    const deeds = event.source === panel.contentWindow ? fromPanel : event.source === backend.contentWindow ? fromBackend : {};
    const deed = event.data && deeds[event.data.forge];
    if (deed) deed(event.data);
  });

  const lozenge = Object.assign(document.createElement("span"), { className: "tag" });
  function showStatus(status) {
    const words = status && status.value && status.value.label;
    lozenge.textContent = words || "";
    lozenge.dataset.type = (status && status.value && status.value.type) || "default";
    if (words && !lozenge.isConnected) place.querySelector("h2").append(" ", lozenge);
  }

  async function refreshStatus() {
    showStatus(setup.status);
    try {
      const found = await run({ part: "dynamicProperties" });
      if (found && found.status) showStatus(found.status);
    } catch (error) {
      /* Without dynamic properties the manifest's own status stays. */
    }
  }

  document.addEventListener("parts-changed", () => {
    panel.src = setup.panel;
    refreshStatus();
  });
  panel.src = setup.panel;
  const aside = document.createElement("div"); // a closed tree: the page shows one frame, the panel's
  aside.attachShadow({ mode: "closed" }).append(backend);
  document.body.append(aside);
  refreshStatus();
}
