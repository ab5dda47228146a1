// The last scores, oldest first: a drawn line, and over it a list whose entries carry the same facts as text.

import { drawing, element } from "./dom.js";
import { strings } from "./strings.js";
import { dayText } from "./times.js";

const HEIGHT = 68;
const EDGE = 9; // keeps the marks for 0 and 10 inside the drawing
const MARK = 12;
const BORDERS = [6.5, 8.5]; // between detractor and passive, passive and promoter

const across = (index, count) => `${((index + 0.5) / count) * 100}%`;
const down = (score) => EDGE + (1 - score / 10) * (HEIGHT - 2 * EDGE);

export function trend(points) {
  const caption = element("p", { class: "point-text", "aria-hidden": "true" });
  const buttons = points.map((point, index) => pointButton(point, index === points.length - 1, caption));
  const list = element("ol", { class: "points", "aria-describedby": "trend-hint" },
    ...buttons.map((button) => element("li", {}, button)));
  moveWithArrows(list, buttons);
  caption.textContent = describe(points.at(-1));
  return element("section", { class: "trend" },
    element("h2", {}, strings.trend(points.length)),
    element("p", { class: "visually-hidden", id: "trend-hint" }, strings.trendHint),
    element("div", { class: "chart" }, chart(points), list),
    caption);
}

function describe(point) {
  return strings.point(point.score, strings.bands[point.band] ?? point.band, dayText(point.answered_at), point.ticket_number);
}

function chart(points) {
  const count = points.length;
  const borders = BORDERS.map((score) =>
    drawing("line", { class: "border", x1: "0", x2: "100%", y1: down(score), y2: down(score) }));
  const lines = points.slice(1).map((point, index) =>
    drawing("line", {
      class: "line",
      x1: across(index, count), y1: down(points[index].score),
      x2: across(index + 1, count), y2: down(point.score),
    }));
  const marks = points.map((point, index) =>
    drawing("svg", { class: "dot", x: across(index, count), y: down(point.score) },
      drawing("use", {
        class: `band-${point.band}`, href: `#mark-${point.band}`,
        x: -MARK / 2, y: -MARK / 2, width: MARK, height: MARK,
      })));
  return drawing("svg", { class: "drawing", height: HEIGHT, "aria-hidden": "true", focusable: "false" },
    ...borders, ...lines, ...marks);
}

function pointButton(point, reachable, caption) {
  const text = describe(point);
  const button = element("button", { type: "button", class: "point", tabindex: reachable ? "0" : "-1", "aria-label": text });
  for (const event of ["focus", "pointerenter", "click"]) {
    button.addEventListener(event, () => { caption.textContent = text; });
  }
  return button;
}

// One stop for the Tab key; the arrow keys, Home and End move along the line.
function moveWithArrows(list, buttons) {
  list.addEventListener("keydown", (event) => {
    const here = buttons.indexOf(document.activeElement);
    const last = buttons.length - 1;
    const next = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const target = buttons[Math.min(Math.max(next, 0), last)];
    buttons.forEach((button) => button.setAttribute("tabindex", button === target ? "0" : "-1"));
    target.focus();
  });
}
