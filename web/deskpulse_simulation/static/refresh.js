/* Puts changed parts of a ticket or a person in place, so that a score or a note appears by itself. */
const parts = document.querySelector("[data-parts]");
const PAUSE = 2000;

async function refresh() {
  const current = parts.querySelector("[data-revision]");
  if (!document.hidden && !parts.contains(document.activeElement)) {
    const query = new URLSearchParams({ revision: current ? current.dataset.revision : "" });
    try {
      const answer = await fetch(`${parts.dataset.parts}?${query}`);
      if (answer.status === 200) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        parts.replaceChildren(...fresh.body.childNodes);
        document.dispatchEvent(new Event("parts-changed"));
      }
    } catch (error) {
      /* The server is gone for a moment; the next round tries again. */
    }
  }
  setTimeout(refresh, PAUSE);
}

if (parts) setTimeout(refresh, PAUSE);

const chooser = document.querySelector("form.agent select");
if (chooser) chooser.addEventListener("change", () => chooser.form.submit());
