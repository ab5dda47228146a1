/* GlideRecord. Setting a property sets a column; everything else is asked of the instance. */
const joined = (record) => [...record.conditions, ...record.order].join("^");

const load = (record, row) => {
  record.table = row ? row.table : record.table;
  record.values = row ? row.values : {};
  record.changes = {};
  record.found = Boolean(row);
  return Boolean(row);
};

const fetchAll = (record) => {
  record.rows = sn("query", record.table, joined(record), record.limit);
  record.place = -1;
};

const condition = (record, place) => ({
  addOrCondition(name, operator, value) {
    record.conditions[place] += "^OR" + (value === undefined ? `${name}=${text(operator)}` : name + operator + text(value));
    return this;
  },
  addCondition(name, operator, value) {
    return add(record, name, operator, value);
  },
});

const add = (record, ...given) => {
  const [name, operator, value] = given;
  if (given.length === 1) record.conditions.push(text(name));
  else record.conditions.push(given.length === 2 ? `${name}=${text(operator)}` : `${name}${operator}${text(value)}`);
  return condition(record, record.conditions.length - 1);
};

const recordMethods = {
  addQuery: (record) => (...given) => add(record, ...given),
  addEncodedQuery: (record) => (encoded) => void record.conditions.push(text(encoded)),
  addActiveQuery: (record) => () => add(record, "active", "true"),
  addNullQuery: (record) => (name) => add(record, `${name}ISEMPTY`),
  addNotNullQuery: (record) => (name) => add(record, `${name}ISNOTEMPTY`),
  orderBy: (record) => (name) => void record.order.push(`ORDERBY${name}`),
  orderByDesc: (record) => (name) => void record.order.push(`ORDERBYDESC${name}`),
  setLimit: (record) => (limit) => void (record.limit = Number(limit)),
  getEncodedQuery: (record) => () => joined(record),
  query: (record) => () => fetchAll(record),
  _query: (record) => () => fetchAll(record),
  next: (record) => () => {
    if (record.rows === null) return false;
    record.place += 1;
    return record.place < record.rows.length ? load(record, record.rows[record.place]) : false;
  },
  hasNext: (record) => () => record.rows !== null && record.place + 1 < record.rows.length,
  getRowCount: (record) => () => (record.rows || []).length,
  get: (record) => (name, value) => {
    const encoded = value === undefined ? `sys_id=${text(name)}` : `${name}=${text(value)}`;
    return load(record, sn("query", record.table, encoded, 1)[0]);
  },
  initialize: (record) => () => void load(record, null),
  newRecord: (record) => () => void load(record, null),
  isNewRecord: (record) => () => !record.found,
  isValidRecord: (record) => () => record.found,
  isValid: (record) => () => sn("exists", record.table),
  isValidField: (record) => (name) => columnOf(record.table, name) !== null,
  getElement: (record) => (name) => element(record, name),
  getValue: (record) => (name) => {
    const value = raw(record, name);
    if (value === "") return null;
    const column = columnOf(record.table, name);
    return column && column.type === "boolean" ? (value === "true" ? "1" : "0") : value;
  },
  setValue: (record) => (name, value) => setField(record, name, value),
  getDisplayValue: (record) => (name) => text(sn("display", record.table, record.values, name || "")),
  getUniqueValue: (record) => () => text(record.values.sys_id),
  getTableName: (record) => () => record.table,
  getRecordClassName: (record) => () => text(record.values.sys_class_name) || record.table,
  setWorkflow: (record) => (on) => void (record.workflow = Boolean(on)),
  autoSysFields: (record) => (on) => void (record.stamped = Boolean(on)),
  setAbortAction: (record) => (on) => void (record.aborted = Boolean(on)),
  isActionAborted: (record) => () => record.aborted,
  operation: (record) => () => record.operation,
  canRead: () => () => true,
  canWrite: () => () => true,
  changes: (record) => () => Object.keys(record.values).some((name) => changed(record, name)),
  insert: (record) => () => {
    const row = sn("insert", record.table, record.values, record.workflow);
    return row && load(record, row) ? record.values.sys_id : null;
  },
  update: (record) => () => {
    if (!record.found) return null;
    const row = sn("update", record.table, record.values.sys_id, record.changes, record.workflow, record.stamped);
    return row && load(record, row) ? record.values.sys_id : null;
  },
  deleteRecord: (record) => () => record.found && sn("delete", record.table, record.values.sys_id, record.workflow),
  deleteMultiple: (record) => () => {
    sn("query", record.table, joined(record), record.limit).forEach((row) => {
      sn("delete", row.table, row.values.sys_id, record.workflow);
    });
  },
  updateMultiple: (record) => () => {
    sn("query", record.table, joined(record), record.limit).forEach((row) => {
      sn("update", row.table, row.values.sys_id, record.changes, record.workflow, record.stamped);
    });
  },
};

const wrapped = (record) =>
  new Proxy(record, {
    get(target, name) {
      if (typeof name === "symbol" || name === "toJSON") return undefined;
      if (Object.hasOwn(recordMethods, name)) return recordMethods[name](target);
      return element(target, name);
    },
    set(target, name, value) {
      setField(target, name, value);
      return true;
    },
  });

const blank = (table) => ({
  table: text(table),
  values: {},
  changes: {},
  before: null,
  conditions: [],
  order: [],
  limit: 0,
  rows: null,
  place: -1,
  found: false,
  workflow: true,
  stamped: true,
  aborted: false,
  operation: null,
});

function GlideRecord(table) {
  return wrapped(blank(table));
}
