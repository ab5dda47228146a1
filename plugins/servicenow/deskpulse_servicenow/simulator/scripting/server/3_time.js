/* GlideDateTime: whole seconds in UTC. */
const spelled = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");
const parsed = (value) => Date.parse(text(value).replace(" ", "T") + "Z");

function GlideDateTime(given) {
  const times = sn("time");
  this.ahead = given === undefined ? times.now - times.wall : 0;
  this.at = given === undefined ? times.now : given instanceof GlideDateTime ? given.at : parsed(given);
}
Object.assign(GlideDateTime.prototype, {
  getValue() { return spelled(this.at); },
  toString() { return spelled(this.at); },
  getDisplayValue() { return text(sn("local", spelled(this.at))); },
  /* Counted on the receiver's clock, which does not step with the simulator's: signatures are dated with this. */
  getNumericValue() { return this.at - this.ahead; },
  setValue(value) { this.at = typeof value === "number" ? value : parsed(value); this.ahead = 0; },
  setNumericValue(value) { this.at = Number(value); this.ahead = 0; },
  add(milliseconds) { this.at += Number(milliseconds); },
  addSeconds(seconds) { this.at += Number(seconds) * 1000; },
  addDaysUTC(days) { this.at += Number(days) * 86400000; },
  addDays(days) { this.at += Number(days) * 86400000; },
  before(other) { return this.at < other.at; },
  after(other) { return this.at > other.at; },
  onOrBefore(other) { return this.at <= other.at; },
  onOrAfter(other) { return this.at >= other.at; },
  compareTo(other) { return Math.sign(this.at - other.at); },
  isValid() { return !Number.isNaN(this.at); },
});
