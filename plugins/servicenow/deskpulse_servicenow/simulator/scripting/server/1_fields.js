/* Fields of records, which are objects to a script: they compare as text, and dots lead through references. */
const sn = (...given) => call("sn", ...given);
const text = (value) => (value === null || value === undefined ? "" : String(value));
const columns = {};
const columnOf = (table, name) => {
  const key = `${table}.${name}`;
  if (!(key in columns)) columns[key] = sn("column", table, name) || null;
  return columns[key];
};

const raw = (record, path) => {
  const [first, ...rest] = path.split(".");
  const value = text(record.values[first]);
  return rest.length ? text(sn("walk", record.table, first, value, rest.join("."))) : value;
};

const setField = (record, name, value) => {
  const column = columnOf(record.table, name);
  if (!column) return;
  const given = sn("stored", record.table, name, text(value));
  record.values[name] = given;
  record.changes[name] = given;
};

const changed = (record, path) => record.before !== null && raw(record, path) !== text(record.before[path]);

const elementMethods = {
  toString: (record, path) => () => raw(record, path),
  valueOf: (record, path) => () => raw(record, path),
  toJSON: () => undefined,
  getValue: (record, path) => () => raw(record, path),
  getDisplayValue: (record, path) => () => text(sn("display", record.table, record.values, path)),
  getHTMLValue: (record, path) => () => text(sn("display", record.table, record.values, path)),
  getJournalEntry: (record, path) => () => text(sn("display", record.table, record.values, path)),
  getLabel: (record, path) => () => (columnOf(record.table, path) || {}).label || "",
  getName: (record, path) => () => path,
  getTableName: (record) => () => record.table,
  getReferenceTable: (record, path) => () => (columnOf(record.table, path) || {}).reference || "",
  getRefRecord: (record, path) => () => {
    const found = new GlideRecord((columnOf(record.table, path) || {}).reference || "");
    found.get(raw(record, path));
    return found;
  },
  dateNumericValue: (record, path) => () => Date.parse(raw(record, path).replace(" ", "T") + "Z"),
  nil: (record, path) => () => raw(record, path) === "",
  canRead: () => () => true,
  canWrite: () => () => true,
  setValue: (record, path) => (value) => setField(record, path, value),
  changes: (record, path) => () => changed(record, path),
  changesTo: (record, path) => (value) => changed(record, path) && raw(record, path) === text(value),
  changesFrom: (record, path) => (value) => changed(record, path) && text(record.before[path]) === text(value),
};

const element = (record, path) =>
  new Proxy(
    {},
    {
      get(_, name) {
        if (name === Symbol.toPrimitive) return () => raw(record, path);
        if (typeof name === "symbol") return undefined;
        if (Object.hasOwn(elementMethods, name)) return elementMethods[name](record, path);
        return element(record, `${path}.${name}`);
      },
    },
  );
