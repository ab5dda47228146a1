/* gs, and small things. */
const SAFE = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
const GlideStringUtil = {
  escapeHTML: (value) => text(value).replace(/[&<>"']/g, (one) => SAFE[one]),
  escapeHTML5: (value) => text(value).replace(/[&<>"']/g, (one) => SAFE[one]),
  base64Encode: (value) => sn("base64", text(value), true),
  base64Decode: (value) => sn("base64", text(value), false),
  notNil: (value) => text(value) !== "",
  nil: (value) => text(value) === "",
};
const log = (level) => (message, ...rest) => void sn("log", level, [message, ...rest].map(String).join(" "));
const gs = {
  getProperty: (name, otherwise) => {
    const value = sn("property", text(name));
    return text(value) === "" ? (otherwise === undefined ? (value === "" ? "" : null) : otherwise) : value;
  },
  setProperty: (name, value) => void sn("set_property", text(name), text(value)),
  info: log("info"),
  warn: log("warn"),
  error: log("error"),
  debug: log("debug"),
  log: log("info"),
  print: log("info"),
  addInfoMessage: log("info"),
  addErrorMessage: log("error"),
  base64Encode: (value) => sn("base64", text(value), true),
  base64Decode: (value) => sn("base64", text(value), false),
  nowDateTime: () => new GlideDateTime().getDisplayValue(),
  now: () => new GlideDateTime().getDisplayValue().slice(0, 10),
  daysAgo: (days) => spelled(sn("time").now - days * 86400000),
  minutesAgo: (minutes) => spelled(sn("time").now - minutes * 60000),
  hoursAgo: (hours) => spelled(sn("time").now - hours * 3600000),
  getUserName: () => sn("user").user_name || "system",
  getUserID: () => sn("user").sys_id || "",
  getUserDisplayName: () => sn("user").name || "",
  getUser: () => ({
    getName: () => gs.getUserName(),
    getID: () => gs.getUserID(),
    getFullName: () => gs.getUserDisplayName(),
    hasRole: (role) => gs.hasRole(role),
  }),
  hasRole: (role) => sn("has_role", text(role)),
  generateGUID: () => sn("guid"),
  nil: (value) => text(value) === "",
  tableExists: (name) => sn("exists", text(name)),
  urlEncode: (value) => encodeURIComponent(text(value)),
  eventQueue: (name, record, one, two) => {
    void sn("event", text(name), record ? record.getTableName() : "", record ? record.getUniqueValue() : "", text(one), text(two));
  },
  isInteractive: () => false,
  sleep: () => undefined,
};

const Class = {
  create: () =>
    function () {
      if (this.initialize) this.initialize.apply(this, arguments);
    },
};
