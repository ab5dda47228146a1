// Stands in for Zendesk's SDK: the documented client methods over the documented messages.
window.ZAFClient = {
  init() {
    const query = new URLSearchParams(location.search);
    const origin = query.get("origin");
    const appGuid = query.get("app_guid");
    if (!origin || !appGuid) return false;
    const handlers = {};
    const pending = {};
    let promises = 0;
    let requests = 0;
    let registered;
    const ready = new Promise((resolve) => { registered = resolve; });
    const post = (message) => parent.postMessage(JSON.stringify({ ...message, appGuid, instanceGuid: appGuid }), origin);
    const fire = (name, data) => (handlers[name] ?? []).forEach((handler) => handler(data));
    const ask = async (request, params, single) => {
      await ready;
      const id = ++promises;
      const result = await new Promise((resolve, reject) => {
        pending[id] = resolve;
        setTimeout(() => reject(new Error("Timeout")), 5000);
        post({ id, request, params });
      });
      const error = single && result.errors?.[single];
      if (error) throw Object.assign(new Error(error.message), { name: error.name });
      return result;
    };
    addEventListener("message", (event) => {
      if (event.origin !== origin || event.source !== parent) return;
      const data = JSON.parse(event.data);
      if (data.id && pending[data.id]) pending[data.id](data.result);
      else if (data.key?.startsWith("zaf.")) fire(data.key.slice(4), data.message);
    });
    const client = {
      on(name, handler) {
        (handlers[name] ??= []).push(handler);
        if (name !== "app.registered") ready.then(() => post({ key: `iframe.on:${name}`, message: { subscriberCount: 1 } }));
      },
      context: () => ready.then(({ context }) => context),
      metadata: () => ready.then(({ metadata }) => metadata),
      get: (paths) => ask("get", [paths].flat(), typeof paths === "string" ? paths : null),
      invoke: (name, ...args) => ask("invoke", { [name]: args }, name),
      request: (options) => new Promise((resolve, reject) => {
        const key = `request:${++requests}`;
        client.on(`${key}.done`, ({ responseArgs }) => resolve(...responseArgs));
        client.on(`${key}.fail`, ({ responseArgs }) => reject(...responseArgs));
        ready.then(() => post({ key, message: options }));
      }),
    };
    client.on("app.registered", registered);
    post({ key: "iframe.handshake", message: { version: "2.0.9" } });
    return client;
  },
};
