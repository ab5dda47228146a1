// Runs the panel beside a ticket: reads what the agent is looking at, asks DeskPulse once, shows the answer.
//
// The helpdesk's own panel.js calls startPanel with
//   readSubject()   promises what the agent is looking at, as source.js describes it
//   ask(subject)    promises DeskPulse's answer, as source.js wants it
//   watch(refresh)  calls refresh whenever the agent may be looking at something else
//   resize(height)  promises to give the frame that many pixels; left out where frames grow by themselves

import { PanelSource, isNobody, nameOf } from "./source.js";
import { strings } from "./strings.js";
import { errorView, feedbackView, messageView, skeletonView } from "./view.js";

const panel = document.getElementById("panel");
const announcement = document.getElementById("announcement");

export function useColorScheme(scheme) {
  if (scheme === "light" || scheme === "dark") document.documentElement.dataset.scheme = scheme;
}

// Where the page was opened outside the helpdesk.
export function showOutside() {
  show(messageView(strings.errors.outside), strings.errors.outside.title);
}

export function startPanel({ readSubject, ask, watch, resize }) {
  const source = new PanelSource(ask);
  let turn = 0;
  let shown = {}; // the subject on screen, as text, and the answer about it

  async function refresh({ retried = false } = {}) {
    const mine = ++turn;
    try {
      const subject = await readSubject();
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

  watch(() => refresh());
  if (resize) keepHeight(resize);
  refresh();
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

function keepHeight(resize) {
  let last = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === last) return;
    last = height;
    resize(height).catch(() => undefined);
  }).observe(document.body);
}
