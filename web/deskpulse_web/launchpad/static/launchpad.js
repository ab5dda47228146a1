// Copies links, and makes the link anew with every choice. Without this the form's button does the latter.
const COPIED = 2000;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // over plain http browsers offer no other way
  }
  const said = button.firstChild;
  said.textContent = "Copied";
  setTimeout(() => { said.textContent = "Copy"; }, COPIED);
});

const reveal = () => document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });

const offer = (form) => {
  const known = form.elements.page.selectedOptions[0].dataset.knows.split(" ");
  form.querySelectorAll("fieldset[data-knows], div[data-knows]").forEach((part) => {
    part.hidden = !known.includes(part.dataset.knows);
    if (part.matches("fieldset")) part.disabled = part.hidden;
    else if (part.hidden && part.querySelector("[type=radio]:checked")) form.elements.running.checked = true;
  });
};

const live = (form) => {
  let latest;
  const renew = async () => {
    latest?.abort();
    latest = new AbortController();
    const chosen = [...new FormData(form)].filter(([, value]) => value);
    const query = new URLSearchParams(chosen);
    history.replaceState(null, "", `?${query}`);
    query.append("part", "link");
    try {
      const answer = await fetch(`?${query}`, { signal: latest.signal });
      if (answer.redirected || !answer.ok) return location.reload();
      document.getElementById("link").innerHTML = await answer.text();
      reveal();
    } catch (error) {
      if (error.name !== "AbortError") form.querySelector("#make").hidden = false;
    }
  };
  form.addEventListener("change", (event) => {
    const period = event.target.dataset.period;
    if (period) document.getElementById(period).checked = true;
    offer(form);
    renew();
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); renew(); });
  form.querySelector("#make").hidden = true;
  offer(form);
};

reveal();
const form = document.getElementById("builder");
if (form) live(form);
