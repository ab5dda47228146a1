// Starts the panel: reads what the agent is looking at, asks DeskPulse once, shows the answer.

import { PanelSource, isNobody, nameOf, readSubject } from "./source.js";
import { strings } from "./strings.js";
import { errorView, feedbackView, messageView, skeletonView } from "./view.js";

const panel = document.getElementById("panel");
const announcement = document.getElementById("announcement");

function useColorScheme(scheme) {
  if (scheme === "light" || scheme === "dark") document.documentElement.dataset.scheme = scheme;
}

function show(view, spoken) {
  panel.replaceChildren(view);
  panel.setAttribute("aria-busy", "false");
  announcement.textContent = spoken;
}

function showLoading() {
  panel.replaceChildren(skeletonView());
  panel.setAttribute("aria-busy", "true");
  announcement.textContent = strings.loading;
}

function start(client) {
  const source = new PanelSource(client);
  let turn = 0;
  let shown = {}; // the subject on screen, as text, and the answer about it

  async function refresh({ retried = false } = {}) {
    const mine = ++turn;
    try {
      const subject = await readSubject(client);
      if (mine !== turn) return;
      const wanted = nameOf(subject);
      if (isNobody(subject)) {
        shown = { wanted };
        show(messageView(strings.nobody), strings.nobody.title);
        return;
      }
      if (shown.wanted !== wanted && !retried) {
        shown = {};
        showLoading();
      }
      const answer = await source.read(subject);
      if (mine !== turn || shown.answer === answer) return;
      shown = { wanted, answer };
      show(feedbackView(answer), strings.loaded);
      if (retried) panel.querySelector("h1").focus();
    } catch (failure) {
      if (mine !== turn) return;
      shown = {};
      const words = strings.errors[failure.kind] ?? strings.errors.unreachable;
      show(errorView(words, () => refresh({ retried: true })), words.title);
      if (retried) panel.querySelector("button").focus();
    }
  }

  client.on("app.activated", () => refresh());
  client.on("ticket.requester.id.changed", () => refresh());
  client.on("colorScheme.changed", useColorScheme);
  client.get("colorScheme").then((found) => useColorScheme(found.colorScheme), () => undefined);
  keepHeight(client);
  refresh();
}

function keepHeight(client) {
  let last = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === last) return;
    last = height;
    client.invoke("resize", { width: "100%", height: `${height}px` }).catch(() => undefined);
  }).observe(document.body);
}

useColorScheme(new URLSearchParams(location.search).get("colorScheme"));
const client = window.ZAFClient?.init();
if (client) start(client);
else show(messageView(strings.errors.outside), strings.errors.outside.title);
