/* A stand-in for @forge/react: UI Kit components as plain, accessible HTML, and the reconciler that shows them. */
import { createElement as h, flatten, run, useEffect, useState } from "react";
import { router, view } from "@forge/bridge";

const HTML = new Set(["class", "href", "title", "role", "scope", "disabled", "type", "aria-label", "aria-live", "target", "rel", "open", "id", "value"]);
const plain = (tag, name) => (props) => h(tag, { class: name }, ...flatten(props.children));

export const Text = ({ size, children }) => h("p", { class: size === "small" ? "text small" : "text" }, ...flatten(children));
export const Heading = ({ as, size, children }) => h(/^h[1-6]$/.test(as || "") ? as : size === "small" ? "h3" : "h2", {}, ...flatten(children));
export const Stack = ({ space, children }) => h("div", { class: `stack ${spacing(space)}` }, ...flatten(children));
export const Inline = ({ space, children }) => h("div", { class: `inline ${spacing(space)}` }, ...flatten(children));
export const Box = plain("div", "box");
export const Strong = plain("strong");
export const Em = plain("em");
export const Code = plain("code");
export const CodeBlock = ({ text }) => h("pre", {}, h("code", {}, text));
export const Lozenge = ({ appearance, children }) => h("span", { class: `lozenge ${appearance || "default"}` }, ...flatten(children));
export const Badge = ({ appearance, children }) => h("span", { class: `badge ${appearance || "default"}` }, ...flatten(children));
export const Tag = ({ text }) => h("span", { class: "tag" }, text);
export const TagGroup = plain("div", "inline");
export const Spinner = ({ label }) => h("span", { class: "spinner", role: "img", "aria-label": label || "Loading" });
export const List = ({ type, children }) => h(type === "ordered" ? "ol" : "ul", {}, ...flatten(children));
export const ListItem = plain("li");
export const Link = ({ href, openNewTab, children }) =>
  h("a", { href, target: openNewTab ? "_blank" : "_top", rel: "noopener", onClick: (event) => {
    event.preventDefault();
    if (openNewTab) router.open(href); else router.navigate(href);
  } }, ...flatten(children));
export const Button = ({ onClick, isDisabled, appearance, children }) =>
  h("button", { type: "button", class: appearance || "default", disabled: isDisabled, onClick }, ...flatten(children));
export const LinkButton = Link;
export const ButtonGroup = plain("div", "inline");
export const SectionMessage = ({ appearance, title, children }) =>
  h("section", { class: `message ${appearance || "information"}`, role: appearance === "error" ? "alert" : "status" },
    title ? h("strong", {}, title) : null, ...flatten(children));
export const SectionMessageAction = Link;
export const DynamicTable = ({ caption, head, rows, emptyView }) => {
  const cells = (row, tag) => (row?.cells || []).map((cell) => h(tag, tag === "th" ? { scope: "col" } : {}, cell.content));
  if (!rows?.length && emptyView) return h("p", {}, emptyView);
  return h("table", {}, caption ? h("caption", {}, caption) : null,
    head ? h("thead", {}, h("tr", {}, ...cells(head, "th"))) : null,
    h("tbody", {}, ...(rows || []).map((row) => h("tr", {}, ...cells(row, "td")))));
};

export function useProductContext() {
  const [context, set] = useState(undefined);
  useEffect(() => { view.getContext().then(set); }, []);
  return context;
}

function spacing(token) {
  return token ? token.replace(".", "-") : "space-100";
}

/* Makes `parent` hold these nodes, keeping elements that stay the same kind so that focus is not lost. */
function put(parent, nodes) {
  nodes.forEach((node, place) => {
    const there = parent.childNodes[place];
    const made = patched(there, node);
    if (made !== there) there ? parent.replaceChild(made, there) : parent.append(made);
  });
  while (parent.childNodes.length > nodes.length) parent.lastChild.remove();
}

function patched(there, node) {
  if (typeof node === "string") {
    if (there && there.nodeType === Node.TEXT_NODE) {
      if (there.data !== node) there.data = node;
      return there;
    }
    return document.createTextNode(node);
  }
  const element = there && there.localName === node.tag ? there : document.createElement(node.tag);
  for (const name of element.getAttributeNames()) if (!(name in node.props)) element.removeAttribute(name);
  for (const [name, value] of Object.entries(node.props)) {
    if (!HTML.has(name)) continue;
    if (value === undefined || value === null || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.onclick = node.props.onClick || null;
  put(element, node.children);
  return element;
}

function render(element) {
  const root = document.createElement("main");
  document.body.append(root);
  new ResizeObserver(() => view.resize(root.getBoundingClientRect().height + 4)).observe(root);
  run(element, (nodes) => put(root, nodes));
}

export default { render };
