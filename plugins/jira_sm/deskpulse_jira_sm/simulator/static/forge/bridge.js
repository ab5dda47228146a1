/* A stand-in for @forge/bridge: messages to the agent screen around the panel. */
const setup = JSON.parse(document.getElementById("setup").textContent);
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

export function invoke(key, payload) {
  return ask({ forge: "invoke", key, payload });
}

export const view = {
  getContext: async () => setup.context,
  refresh: async () => location.reload(),
  resize: (height) => parent.postMessage({ forge: "resize", height }, "*"),
};

export const router = {
  open: async (url) => { window.open(url, "_blank", "noopener"); },
  navigate: async (url) => { parent.postMessage({ forge: "navigate", url }, "*"); },
};

export const requestJira = () => Promise.reject(new Error("requestJira is left to the resolver here"));
export const showFlag = (flag) => parent.postMessage({ forge: "flag", title: flag.title }, "*");
