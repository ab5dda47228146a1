/* What scripts find, and the records of the rule under way. */
Object.assign(root, {
  GlideRecord,
  GlideRecordSecure: GlideRecord,
  GlideDateTime,
  GlideStringUtil,
  GlideCertificateEncryption,
  CertificateEncryption: GlideCertificateEncryption,
  sn_ws: { RESTMessageV2, RESTResponseV2 },
  gs,
  Class,
  global: root,
  current: null,
  previous: null,
  jelly: {},
});

/* Script includes are read when they are first named. */
sn("includes").forEach((name) => {
  Object.defineProperty(root, name, {
    configurable: true,
    enumerable: true,
    get() {
      delete root[name];
      (0, eval)(sn("include", name));
      return root[name];
    },
    set(value) {
      Object.defineProperty(root, name, { value, writable: true, configurable: true, enumerable: true });
    },
  });
});

/* The records of the rule under way; "before" is what changes() compares with, null where it cannot. */
const given = (row, before, operation) => {
  if (!row) return null;
  const record = Object.assign(blank(row.table), { values: row.values, found: true, before, operation });
  return { record, proxy: wrapped(record) };
};
let held = null;
Object.defineProperty(root, "__open", {
  value: (row, before, previous, operation) => {
    held = given(row, before, operation);
    root.current = held && held.proxy;
    const earlier = given(previous, null, operation);
    root.previous = earlier && earlier.proxy;
  },
});
Object.defineProperty(root, "__outcome", {
  value: () => ({ changes: held ? held.record.changes : {}, aborted: held ? held.record.aborted : false }),
});
["process", "require", "console", "module", "exports", "dukpy"].forEach((name) => delete root[name]);
