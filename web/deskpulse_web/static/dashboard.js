// A dashboard's filters: their lists are fetched when they are first opened, can be searched, and leave a clean address.
// And parts of a page that are read after it. Without this module the same form and links work, with one page more.
const form = document.querySelector("form.question");
const place = document.getElementById("filters");
const opener = form?.querySelector("[data-choices]");

function findIn(search) {
  const words = search.value.trim().toLowerCase();
  for (const label of search.parentElement.querySelectorAll(".choice-list label"))
    label.hidden = !label.textContent.toLowerCase().includes(words) && !label.firstElementChild.checked;
}

function liven() {
  for (const search of place.querySelectorAll("[data-find]")) {
    search.hidden = false;
    search.addEventListener("input", () => findIn(search));
    search.addEventListener("keydown", event => { if (event.key === "Enter") event.preventDefault(); });
  }
}

async function open() {
  opener.setAttribute("aria-busy", "true");
  const answer = await fetch(opener.dataset.choices);
  if (!answer.ok || answer.redirected) return location.assign(opener.href);
  place.innerHTML = await answer.text();
  opener.removeAttribute("aria-busy");
  opener.setAttribute("aria-expanded", "true");
  liven();
  place.querySelector("summary")?.focus();
}

function toggle(event) {
  event.preventDefault();
  const choices = place.querySelector(".choices");
  if (!choices) return open().catch(() => location.assign(opener.href));
  choices.hidden = !choices.hidden;
  opener.setAttribute("aria-expanded", String(!choices.hidden));
}

document.querySelector(".dashboards .active")?.scrollIntoView({ block: "nearest", inline: "nearest" });

if (form) {
  liven();
  opener.addEventListener("click", toggle);
  opener.addEventListener("keydown", event => { if (event.key === " ") toggle(event); });
  for (const day of form.querySelectorAll("[data-day]"))
    day.addEventListener("change", () => { form.elements.month.value = ""; });
  form.elements.month.addEventListener("change", () => {
    for (const day of form.querySelectorAll("[data-day]")) day.value = "";
  });
  form.addEventListener("formdata", event => {
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
}

for (const part of document.querySelectorAll("[data-part]")) {
  const answer = await fetch(part.dataset.part);
  if (answer.ok && !answer.redirected) part.innerHTML = await answer.text();
}
