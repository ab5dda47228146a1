// Builds elements. Text always becomes a text node, so nothing that a customer wrote is ever read as markup.

const marks = document.getElementById("marks");

function assign(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function element(tag, attributes = {}, ...children) {
  return assign(document.createElement(tag), attributes, children);
}

export function drawing(tag, attributes = {}, ...children) {
  return assign(document.createElementNS(marks.namespaceURI, tag), attributes, children);
}

export function bandMark(band, attributes = {}) {
  const use = drawing("use", { href: `#mark-${band}` });
  return drawing("svg", { class: `mark band-${band}`, "aria-hidden": "true", focusable: "false", ...attributes }, use);
}

export function webAddress(text) {
  try {
    const url = new URL(text);
    return ["https:", "http:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
