/* The host side of the app framework: answers the sidebar app's messages on behalf of the agent screen. */
const place = document.querySelector("[data-app]");
const frame = place && place.querySelector("iframe");
const notices = document.querySelector("[data-notices]");

if (frame) {
  const setup = JSON.parse(place.dataset.app);
  const instance = setup.context.app_guid;
  let requesterId = null;
  let registered = false;

  const post = (message) => {
    frame.contentWindow.postMessage(JSON.stringify({ ...message, appGuid: instance, instanceGuid: instance }), "*");
  };
  const tell = (name, message) => registered && post({ key: `zaf.${name}`, message });

  function pageQuery() {
    const query = new URLSearchParams();
    if (setup.location === "user_sidebar") query.set("user", setup.number);
    else if (setup.number) query.set("ticket", setup.number);
    else query.set("requester", document.querySelector("[name=requester]").value);
    return query;
  }

  async function pageData() {
    const answer = await fetch(`/agent/host-data?${pageQuery()}`);
    const data = await answer.json();
    if (setup.location === "new_ticket_sidebar") {
      data.ticket.subject = document.querySelector("[name=subject]").value;
      data.ticket.status = "new";
    }
    return data;
  }

  function lookUp(data, path) {
    const customField = path.indexOf(".customField:");
    const keys = customField > 0 ? [path.slice(0, customField), path.slice(customField + 1)] : path.split(".");
    let value = data;
    for (const key of keys) {
      if (value === null) return { value: undefined };
      if (typeof value !== "object" || !(key in value)) return null;
      value = value[key];
    }
    return { value };
  }

  const problem = (path, message) => ({ name: "APIDoesNotExist", path, message });

  async function get(paths) {
    const data = await pageData();
    const result = { errors: {} };
    paths.forEach((path) => {
      const found = lookUp(data, path);
      if (found) result[path] = found.value;
      else result.errors[path] = problem(path, "No such Api");
    });
    return result;
  }

  function notice(text, kind) {
    const line = document.createElement("p");
    line.className = kind === "error" || kind === "alert" ? "notice problem" : "notice";
    line.textContent = String(text).replace(/<[^>]+>/g, "");
    notices.append(line);
    setTimeout(() => line.remove(), 8000);
  }

  const deeds = {
    resize: (size) => {
      if (size && size.height !== undefined) frame.style.height = /^\d+$/.test(size.height) ? `${size.height}px` : size.height;
    },
    notify: notice,
    routeTo: (kind, id) => {
      const paths = { ticket: `/agent/tickets/${id}`, user: `/agent/users/${id}` };
      if (paths[kind]) location.assign(paths[kind]);
    },
    hide: () => { place.hidden = true; },
    show: () => { place.hidden = false; },
  };

  function invoke(calls) {
    const result = { errors: {} };
    Object.entries(calls).forEach(([name, values]) => {
      if (deeds[name]) {
        deeds[name](...values);
        result[name] = null;
      } else {
        result.errors[name] = problem(name, "No such Api");
      }
    });
    return result;
  }

  function set(values) {
    const result = { errors: {} };
    Object.entries(values).forEach(([path, value]) => {
      const input = path.startsWith("ticket.") && document.querySelector(`form.new [name=${CSS.escape(path.slice(7))}]`);
      if (input) {
        input.value = value;
        result[path] = value;
      } else {
        result.errors[path] = problem(path, "No such Api");
      }
    });
    return result;
  }

  async function call(options) {
    const url = new URL(options.url, location.origin);
    const own = url.origin === location.origin;
    const method = (options.type || options.method || "GET").toUpperCase();
    let { data } = options;
    if (data && typeof data === "object" && method === "GET") {
      new URLSearchParams(data).forEach((value, key) => url.searchParams.append(key, value));
      data = undefined;
    } else if (data && typeof data === "object") {
      data = /json/.test(options.contentType || "") ? JSON.stringify(data) : new URLSearchParams(data).toString();
    }
    const headers = { ...(options.headers || {}) };
    if (data !== undefined) headers["Content-Type"] = options.contentType || "application/x-www-form-urlencoded; charset=UTF-8";
    if (own || options.cors) {
      if (own) headers["X-Requested-With"] = "XMLHttpRequest";
      const answer = await fetch(url, { method, headers, body: data, credentials: own ? "same-origin" : "omit" });
      return { status: answer.status, statusText: answer.statusText, contentType: answer.headers.get("Content-Type") || "", body: await answer.text() };
    }
    const answer = await fetch("/_sim/app-request", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest" },
      body: JSON.stringify({ url: options.url, type: method, headers, data, secure: options.secure === true }),
    });
    const result = await answer.json();
    return answer.ok ? result : { status: answer.status, statusText: answer.statusText, contentType: "application/json", body: JSON.stringify(result) };
  }

  async function request(key, options) {
    let outcome;
    try {
      outcome = await call(options);
    } catch (error) {
      outcome = { status: 0, statusText: "error", contentType: "text/plain", body: String(error) };
    }
    const full = { status: outcome.status, statusText: outcome.statusText, responseText: outcome.body };
    let data = outcome.body;
    if (/json/.test(outcome.contentType) || options.dataType === "json") {
      try {
        data = JSON.parse(outcome.body);
        full.responseJSON = data;
      } catch (error) {
        data = outcome.body;
      }
    }
    const good = outcome.status >= 200 && outcome.status < 300;
    const args = good && !options.httpCompleteResponse ? [data, "success", full] : [full];
    tell(`${key}.${good ? "done" : "fail"}`, { responseArgs: args });
  }

  async function register() {
    const data = await pageData();
    requesterId = data.ticket && data.ticket.requester ? data.ticket.requester.id : null;
    const { subdomain, app_id: appId, installation_id: installationId, settings, version } = setup.context;
    const context = { account: { subdomain }, location: setup.location, product: "support", instanceGuid: instance, host: "browser" };
    if (setup.location === "ticket_sidebar") context.ticketId = setup.number;
    if (setup.location === "user_sidebar") context.userId = setup.number;
    registered = true;
    tell("app.registered", { context, metadata: { appId, installationId, settings, version, name: frame.title } });
    tell("app.activated", { firstLoad: true });
  }

  async function checkRequester() {
    const data = await pageData();
    const now = data.ticket && data.ticket.requester ? data.ticket.requester.id : null;
    if (now !== requesterId) {
      requesterId = now;
      tell("ticket.requester.id.changed", now);
    }
  }

  window.addEventListener("message", async (event) => {
    if (event.source !== frame.contentWindow) return;
    let data;
    try {
      data = typeof event.data === "string" ? JSON.parse(event.data) : event.data;
    } catch (error) {
      return;
    }
    if (data.key === "iframe.handshake") await register();
    else if (data.request === "get") post({ id: data.id, result: await get(data.params) });
    else if (data.request === "set") post({ id: data.id, result: set(data.params) });
    else if (data.request === "invoke") post({ id: data.id, result: invoke(data.params) });
    else if (/^request:\d+$/.test(data.key || "")) await request(data.key, data.message);
    else if ((data.key || "").startsWith("iframe.trigger:")) tell(data.key.slice("iframe.trigger:".length), data.message);
  });

  const chooser = document.querySelector("form.new [name=requester]");
  if (chooser) chooser.addEventListener("change", checkRequester);
  document.addEventListener("parts-changed", () => {
    checkRequester();
    tell("app.activated", { firstLoad: false });
  });
  frame.src = setup.address;
}
