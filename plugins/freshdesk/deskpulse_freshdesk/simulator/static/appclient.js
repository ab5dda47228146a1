/* A small stand-in for the Freshworks app client of platform 3.0: the calls a sidebar app makes, over messages. */
(function (root) {
  "use strict";

  const found = new URLSearchParams(location.search);
  const origin = found.get("origin");
  const instance = found.get("instance");
  const handlers = new Map();
  const waiting = new Map();
  let lastId = 0;
  let ready;
  const registered = new Promise((resolve) => { ready = resolve; });

  const post = (message) => root.parent.postMessage({ ...message, instance }, origin);

  function ask(call, params) {
    const id = (lastId += 1);
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      post({ id, call, params });
    });
  }

  root.addEventListener("message", ({ data, origin: from, source }) => {
    if (from !== origin || source !== root.parent || !data || data.instance !== instance) return;
    if (data.event === "host.ready") {
      ready();
    } else if (data.event) {
      (handlers.get(data.event) || []).slice().forEach((handler) => handler({ type: data.event, helper: { getData: () => data.payload } }));
    } else if (waiting.has(data.id)) {
      const { resolve, reject } = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.failed) reject(data.result);
      else resolve(data.result);
    }
  });

  const client = {
    data: { get: (name) => ask("data", { name }) },
    events: {
      on(name, handler) {
        handlers.set(name, [...(handlers.get(name) || []), handler]);
        post({ call: "listen", params: { name } });
      },
      off(name, handler) {
        handlers.set(name, (handlers.get(name) || []).filter((one) => one !== handler));
      },
    },
    request: { invokeTemplate: (name, options) => ask("invokeTemplate", { name, ...(options || {}) }) },
    interface: { trigger: (name, options) => ask("trigger", { name, options: options || {} }) },
    iparams: { get: (name) => ask("iparams", { name }) },
    instance: {
      resize: (size) => ask("resize", size),
      context: () => ask("context", {}),
    },
  };

  root.app = {
    initialized() {
      post({ call: "hello" });
      return registered.then(() => client);
    },
  };
})(window);
