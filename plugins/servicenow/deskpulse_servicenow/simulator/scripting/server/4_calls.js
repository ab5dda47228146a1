/* Calls out, and signing them. */
function RESTResponseV2(answer) {
  this.answer = answer;
}
Object.assign(RESTResponseV2.prototype, {
  getStatusCode() { return this.answer.status; },
  getBody() { return this.answer.body; },
  getHeaders() { return this.answer.headers; },
  getHeader(name) { return this.answer.headers[name] || null; },
  haveError() { return this.answer.status === 0 || this.answer.status >= 400; },
  getErrorMessage() { return this.answer.error; },
  getErrorCode() { return this.answer.status === 0 ? 1 : 0; },
  waitForResponse() {},
});

function RESTMessageV2(name, method) {
  const known = name === undefined ? {} : sn("rest_message", text(name), text(method)) || {};
  Object.assign(this, { url: known.url || "", verb: known.verb || "get", headers: {}, query: [], body: known.body || "" });
  this.substitutions = {};
}
Object.assign(RESTMessageV2.prototype, {
  setEndpoint(url) { this.url = text(url); },
  getEndpoint() { return this.url; },
  setHttpMethod(verb) { this.verb = text(verb); },
  setRequestHeader(name, value) { this.headers[name] = text(value); },
  setRequestBody(body) { this.body = text(body); },
  getRequestBody() { return this.body; },
  setHttpTimeout() {},
  setQueryParameter(name, value) { this.query.push([text(name), text(value)]); },
  setBasicAuth(user, password) { this.headers.Authorization = "Basic " + sn("base64", `${user}:${password}`, true); },
  setStringParameter(name, value) { this.substitutions[name] = GlideStringUtil.escapeHTML(text(value)); },
  setStringParameterNoEscape(name, value) { this.substitutions[name] = text(value); },
  setEccCorrelator() {},
  setMIDServer() {},
  filled(value) { return value.replace(/\$\{(\w+)\}/g, (all, name) => (name in this.substitutions ? this.substitutions[name] : all)); },
  sent(waits) {
    return sn("http", this.verb.toUpperCase(), this.filled(this.url), this.query, this.headers, this.filled(this.body), waits);
  },
  execute() { return new RESTResponseV2(this.sent(true)); },
  executeAsync() { return new RESTResponseV2(this.sent(false)); },
});

function GlideCertificateEncryption() {}
GlideCertificateEncryption.prototype.generateMac = (key, algorithm, data) => sn("mac", text(key), text(algorithm), text(data));
