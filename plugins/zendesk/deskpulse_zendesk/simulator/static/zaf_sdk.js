/* A small stand-in for the Zendesk app framework SDK 2.0: the calls an app makes, over the documented messages. */
(function (root) {
  "use strict";

  const VERSION = "2.0.9";
  const TIMEOUT = 5000;
  const ZAF = "zaf.";

  function parameters() {
    const found = new URLSearchParams(location.search);
    new URLSearchParams(location.hash.replace(/^#/, "")).forEach((value, key) => found.set(key, value));
    return found;
  }

  function asError(raw) {
    const error = new Error(raw.path ? `"${raw.path}" ${raw.message}` : raw.message);
    error.name = raw.name || "Error";
    return error;
  }

  class Client {
    constructor(origin, appGuid) {
      this._origin = origin;
      this._appGuid = appGuid;
      this._handlers = new Map();
      this._waiting = new Map();
      this._queue = [];
      this._lastId = 0;
      this._lastRequest = 0;
      this._registered = new Promise((resolve) => this.on("app.registered", resolve));
      this._registered.then(() => {
        this._ready = true;
        this._queue.splice(0).forEach((text) => this._post(text));
      });
      root.addEventListener("message", (event) => this._receive(event));
      this._post(this._message("iframe.handshake", { version: VERSION }));
    }

    _message(key, message) {
      return JSON.stringify({ key, message, appGuid: this._appGuid, instanceGuid: this._appGuid });
    }

    _post(text) {
      root.parent.postMessage(text, this._origin);
    }

    _send(text) {
      if (this._ready) this._post(text);
      else this._queue.push(text);
    }

    _receive(event) {
      if (event.origin !== this._origin || event.source !== root.parent) return;
      let data = event.data;
      if (typeof data === "string") {
        try {
          data = JSON.parse(data);
        } catch (error) {
          return;
        }
      }
      const waiting = data && this._waiting.get(data.id);
      if (waiting) {
        if (data.error) waiting.reject(asError(data.error));
        else waiting.resolve(data.result);
      } else if (data && typeof data.key === "string" && data.key.startsWith(ZAF)) {
        this._happen(data.key.slice(ZAF.length), data.message);
      }
    }

    _happen(name, message) {
      (this._handlers.get(name) || []).slice().forEach((handler) => handler(message));
    }

    _ask(request, params) {
      const id = (this._lastId += 1);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const error = new Error(`Timeout when invoking "${request}"`);
          error.name = "TimeoutError";
          reject(error);
        }, TIMEOUT);
        const settle = (act) => (value) => {
          clearTimeout(timer);
          this._waiting.delete(id);
          act(value);
        };
        this._waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
        this._send(JSON.stringify({ id, request, params, appGuid: this._appGuid, instanceGuid: this._appGuid }));
      });
    }

    _checked(single, result) {
      const problem = typeof single === "string" && result.errors && result.errors[single];
      if (problem) throw asError(problem);
      return result;
    }

    get(path) {
      return this._ask("get", Array.isArray(path) ? path : [path]).then((result) => this._checked(path, result));
    }

    set(key, value) {
      const params = typeof key === "string" ? { [key]: value } : key;
      return this._ask("set", params).then((result) => this._checked(key, result));
    }

    invoke(key, ...values) {
      const params = typeof key === "string" ? { [key]: values } : key;
      return this._ask("invoke", params).then((result) => this._checked(key, result));
    }

    on(name, handler, context) {
      if (typeof handler !== "function") return;
      const list = this._handlers.get(name) || [];
      list.push(context ? handler.bind(context) : handler);
      this._handlers.set(name, list);
      if (name !== "app.registered") this.postMessage(`iframe.on:${name}`, { subscriberCount: list.length });
    }

    off(name, handler) {
      const list = this._handlers.get(name);
      if (!list) return false;
      if (list.includes(handler)) list.splice(list.indexOf(handler), 1);
      this.postMessage(`iframe.off:${name}`, { subscriberCount: list.length });
      return handler;
    }

    has(name, handler) {
      return (this._handlers.get(name) || []).includes(handler);
    }

    trigger(name, data) {
      this.postMessage(`iframe.trigger:${name}`, data);
    }

    postMessage(name, data) {
      this._send(this._message(name, data));
    }

    request(options) {
      const key = `request:${(this._lastRequest += 1)}`;
      return new Promise((resolve, reject) => {
        this.on(`${key}.done`, (event) => resolve(...event.responseArgs));
        this.on(`${key}.fail`, (event) => reject(...event.responseArgs));
        this.postMessage(key, typeof options === "string" ? { url: options } : options);
      });
    }

    context() {
      return this._registered.then((data) => data.context);
    }

    metadata() {
      return this._registered.then((data) => data.metadata);
    }
  }

  root.ZAFClient = {
    init(callback) {
      const found = parameters();
      const origin = found.get("origin");
      const appGuid = found.get("app_guid");
      if (!origin || !appGuid) return false;
      const client = new Client(origin, appGuid);
      if (typeof callback === "function") client._registered.then((data) => callback.call(client, data.context));
      return client;
    },
  };
})(window);
