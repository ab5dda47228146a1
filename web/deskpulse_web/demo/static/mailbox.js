// Keeps the list fresh while the page is looked at, and shows times in the viewer's zone. The page works without it.

const PAUSE = 2000;
const list = document.getElementById("messages");
let tag = null;

function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    time.textContent = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  }
}

async function refresh() {
  const answer = await fetch(list.dataset.refresh, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
  if (answer.status !== 200) return;
  tag = answer.headers.get("ETag");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("messages");
  showLocalTimes(fresh);
  fresh.querySelector(`[data-number="${list.dataset.open}"]`)?.setAttribute("aria-current", "true");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.number : null;
  list.replaceChildren(...fresh.childNodes);
  if (focused) list.querySelector(`[data-number="${focused}"]`)?.focus();
}

async function keepFresh() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    // the demo has stopped, or not yet started again: ask later
  }
  setTimeout(keepFresh, PAUSE);
}

showLocalTimes(document);
list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
keepFresh();
