// Times in the viewer's own zone.

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

function written(iso, format) {
  const date = new Date(iso ?? "");
  return Number.isNaN(date.getTime()) ? "" : format.format(date);
}

export const day = (iso) => written(iso, dayFormat);
export const clock = (iso) => written(iso, clockFormat);
