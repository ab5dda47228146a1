// Tells a person's gesture from a program's: a browser marks events that someone caused as trusted, be it with a
// pointer, a key, or a click that assistive technology makes. The page works without this file.
const form = document.querySelector("form[data-survey]");
const { scripted, activated } = form.elements;

const mark = (event) => {
  if (event.isTrusted) activated.value = event.type;
};
for (const type of ["pointerdown", "keydown", "click"]) {
  form.addEventListener(type, mark, { capture: true });
}
// Coming back to the page brings its fields back as they were.
addEventListener("pageshow", () => {
  scripted.value = "1";
});
scripted.value = "1";
