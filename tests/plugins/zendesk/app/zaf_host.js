// Stands in for Zendesk's agent workspace: frames the app, answers its messages, notes what it asked.
window.host = {
  requests: [],
  resizes: [],
  post(message) {
    document.querySelector("iframe").contentWindow.postMessage(JSON.stringify(message), "*");
  },
  fire(name, data) {
    this.post({ key: `zaf.${name}`, message: data });
  },
  get(path) {
    return path in scene.values
      ? { [path]: scene.values[path] }
      : { errors: { [path]: { name: "APIUnavailableError", message: `${path} is unavailable` } } };
  },
  reply(data) {
    if (data.key === "iframe.handshake") {
      const context = { product: "support", location: scene.location, instanceGuid: "guid" };
      this.fire("app.registered", { context, metadata: { appId: 1, settings: scene.settings } });
    } else if (data.request === "get") {
      const found = data.params.map((path) => this.get(path));
      const errors = Object.assign({}, ...found.map((one) => one.errors));
      this.post({ id: data.id, result: { ...Object.assign({}, ...found), errors } });
    } else if (data.request === "invoke") {
      if (data.params.resize) {
        this.resizes.push(data.params.resize[0]);
        document.querySelector("iframe").style.height = data.params.resize[0].height;
      }
      this.post({ id: data.id, result: { errors: {} } });
    } else if (data.key?.startsWith("request:")) {
      this.requests.push(data.message);
      const { status, body, delay } = scene.answer;
      const done = status === 200;
      const args = done ? [body] : [{ status, responseText: JSON.stringify(body) }];
      if (delay === null) return;
      setTimeout(() => this.fire(`${data.key}.${done ? "done" : "fail"}`, { responseArgs: args }), delay);
    }
  },
};
addEventListener("message", (event) => window.host.reply(JSON.parse(event.data)));
