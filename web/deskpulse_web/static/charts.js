// Draws the charts of a page from the specifications in it, in the colours of the viewer's setting. The tables below
// them hold the same numbers and links.
const read = id => JSON.parse(document.getElementById(id).textContent);
const { script, themes } = read("chart-settings");
const dark = matchMedia("(prefers-color-scheme: dark)");
const options = { ast: true, actions: false, defaultStyle: false, renderer: "svg", tooltip: { disableDefaultStyle: true } };
const drawn = new Map();

async function draw(place) {
  drawn.get(place)?.finalize();
  const config = themes[dark.matches ? "dark" : "light"];
  drawn.set(place, await window.vegaEmbed(place, read(place.dataset.chart), { ...options, config }));
}

const places = document.querySelectorAll("[data-chart]");
await import(script);
for (const place of places) place.parentElement.hidden = false;
await Promise.all([...places].map(draw));
dark.addEventListener("change", () => places.forEach(draw));
