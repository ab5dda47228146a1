// Times in the viewer's own zone: how long ago to read, the exact moment on hover.

import { element } from "./dom.js";

const locale = navigator.language.startsWith("en") ? navigator.language : "en-GB";
const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const moment = new Intl.DateTimeFormat(locale, {
  weekday: "short", day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});
const UNITS = [["year", 31_557_600], ["month", 2_629_800], ["week", 604_800], ["day", 86_400], ["hour", 3_600], ["minute", 60]];

function relative(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const found = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  return found ? ago.format(Math.trunc(seconds / found[1]), found[0]) : ago.format(0, "second");
}

function parse(iso) {
  const date = new Date(iso ?? "");
  return Number.isNaN(date.getTime()) ? null : date;
}

function timeOf(iso, write) {
  const date = parse(iso);
  return date && element("time", { datetime: date.toISOString(), title: moment.format(date) }, write(date));
}

export const relativeTime = (iso) => timeOf(iso, relative);
export const dayTime = (iso) => timeOf(iso, (date) => day.format(date));
export const clockTime = (iso) => timeOf(iso, (date) => clock.format(date));

export function dayText(iso) {
  const date = parse(iso);
  return date ? day.format(date) : "";
}
