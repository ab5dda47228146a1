/* The host side of the app client: answers the sidebar app's messages on behalf of the agent screen. */
const place = document.querySelector("[data-app]");
const frame = place && place.querySelector("iframe");
const notices = document.querySelector("[data-notices]");

if (frame) {
  const setup = JSON.parse(place.dataset.app);
  const post = (message) => frame.contentWindow.postMessage({ ...message, instance: setup.instance }, "*");
  const failure = (message, status = 400) => Object.assign(new Error(message), { answer: { message, status } });
  let activated = false;
  let status = null;

  async function pageData() {
    const answer = await fetch(`/a/host-data?${new URLSearchParams(setup.page)}`);
    return answer.json();
  }

  function notice({ type, title, message }) {
    const line = document.createElement("p");
    line.className = type === "danger" || type === "warning" ? "notice problem" : "notice";
    line.textContent = [title, message].filter(Boolean).join(": ").replace(/<[^>]+>/g, "");
    notices.append(line);
    setTimeout(() => line.remove(), 8000);
  }

  function open({ id, value }) {
    const paths = { ticket: "/a/tickets/", contact: "/a/contacts/" };
    if (!paths[id]) throw failure(`There is nothing to click called ${id}`);
    location.assign(paths[id] + encodeURIComponent(value));
  }

  const deeds = {
    async data({ name }) {
      const data = await pageData();
      if (!(name in data)) throw failure(`${name} is not available in ${setup.location}`);
      return { [name]: data[name] };
    },
    async invokeTemplate({ name, context, body }) {
      const answer = await fetch("/_sim/app-request", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest" },
        body: JSON.stringify({ template: name, context, body }),
      });
      const outcome = await answer.json();
      if (outcome.status >= 400) throw Object.assign(new Error("the request failed"), { answer: outcome });
      return outcome;
    },
    trigger({ name, options }) {
      const known = { showNotify: notice, click: open };
      if (!known[name]) throw failure(`There is no interface method called ${name}`);
      known[name](options);
      return { message: "success" };
    },
    iparams({ name }) {
      return name ? { [name]: setup.iparams[name] } : setup.iparams;
    },
    resize({ height }) {
      frame.style.height = /^\d+$/.test(height) ? `${height}px` : height;
      return {};
    },
    context() {
      return { instance_id: setup.instance, location: setup.location, product: "freshdesk", page: setup.page };
    },
  };

  async function answer(id, call, params) {
    try {
      if (!deeds[call]) throw failure(`The client has no ${call}`);
      post({ id, result: await deeds[call](params || {}) });
    } catch (error) {
      post({ id, failed: true, result: error.answer || { message: String(error), status: 500 } });
    }
  }

  function listen(name) {
    if (name === "app.activated" && !activated) {
      activated = true;
      post({ event: "app.activated" });
    }
  }

  window.addEventListener("message", ({ source, data }) => {
    if (source !== frame.contentWindow || !data || data.instance !== setup.instance) return;
    if (data.call === "hello") post({ event: "host.ready" });
    else if (data.call === "listen") listen(data.params.name);
    else if (data.id) answer(data.id, data.call, data.params);
  });

  document.addEventListener("parts-changed", async () => {
    const { ticket } = await pageData();
    if (ticket && status !== null && ticket.status !== status) {
      post({ event: "ticket.statusChanged", payload: { old: status, new: ticket.status } });
    }
    status = ticket ? ticket.status : null;
    if (activated) post({ event: "app.activated" });
  });

  pageData().then(({ ticket }) => { status = ticket ? ticket.status : null; });
  frame.src = setup.address;
}
