/* Plays the Forge backend: loads the app's functions and runs them when the agent screen asks. */
const setup = JSON.parse(document.getElementById("setup").textContent);
globalThis.process = { env: setup.env };

async function handler(part) {
  const where = setup.handlers[part];
  if (!where) throw new Error(`the manifest names no function for ${part}`);
  const found = (await import(setup.files + where.file))[where.export];
  if (typeof found !== "function") throw new Error(`${where.file} exports no ${where.export}`);
  return found;
}

async function run(message) {
  const { context } = setup;
  if (message.part === "dynamicProperties") return (await handler(message.part))({ context, ...context });
  return (await handler("resolver"))({ call: { functionKey: message.key, payload: message.payload }, context }, {});
}

window.addEventListener("message", async (event) => {
  if (event.source !== parent || !event.data || event.data.forge !== "run") return;
  const { id } = event.data;
  try {
    parent.postMessage({ forge: "ran", id, value: await run(event.data) }, "*");
  } catch (error) {
    parent.postMessage({ forge: "ran", id, error: String(error.message || error) }, "*");
  }
});
parent.postMessage({ forge: "ready" }, "*");
