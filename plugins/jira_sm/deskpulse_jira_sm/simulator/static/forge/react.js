/* A small stand-in for React: elements, function components and the hooks that a panel needs. */
export const Fragment = Symbol("Fragment");
const hooks = { current: null };
let request = () => {};

export function createElement(type, props, ...children) {
  const given = props || {};
  const own = children.length ? children : given.children;
  return { type, key: given.key, props: { ...given, children: own } };
}

export const flatten = (children) =>
  (Array.isArray(children) ? children.flatMap(flatten) : [children]).filter(
    (child) => child !== null && child !== undefined && child !== true && child !== false,
  );

const changed = (before, now) => !before || !now || before.length !== now.length || now.some((one, i) => !Object.is(one, before[i]));

function slot(make) {
  const { instance } = hooks.current;
  const place = hooks.current.place++;
  if (instance.length <= place) instance.push(make());
  return instance[place];
}

export function useState(first) {
  const cell = slot(() => {
    const made = { value: typeof first === "function" ? first() : first };
    made.set = (next) => {
      const value = typeof next === "function" ? next(made.value) : next;
      if (Object.is(value, made.value)) return;
      made.value = value;
      request();
    };
    return made;
  });
  return [cell.value, cell.set];
}

export function useReducer(reduce, first) {
  const [value, set] = useState(first);
  return [value, (action) => set((now) => reduce(now, action))];
}

export function useEffect(effect, needs) {
  const { effects } = hooks.current;
  const cell = slot(() => ({}));
  if (changed(cell.needs, needs)) effects.push(() => {
    if (cell.stop) cell.stop();
    const stop = effect();
    cell.stop = typeof stop === "function" ? stop : null;
  });
  cell.needs = needs;
}

export function useMemo(make, needs) {
  const cell = slot(() => ({}));
  if (changed(cell.needs, needs)) cell.value = make();
  cell.needs = needs;
  return cell.value;
}

export const useCallback = (callback, needs) => useMemo(() => callback, needs);
export const useRef = (value) => slot(() => ({ current: value }));
export const useLayoutEffect = useEffect;

/* Turns an element into host nodes ({tag, props, children} or text), running components; hooks live at their path. */
function expand(element, path, state) {
  if (typeof element === "string" || typeof element === "number") return [String(element)];
  const children = flatten(element.props.children);
  const below = (rows) => rows.flatMap((child, i) => expand(child, `${path}/${child.key ?? i}`, state));
  if (element.type === Fragment) return below(children);
  if (typeof element.type === "string") return [{ tag: element.type, props: element.props, children: below(children) }];
  const name = `${path}:${element.type.name}`;
  if (!state.instances.has(name)) state.instances.set(name, []);
  state.used.add(name);
  const outer = hooks.current;
  hooks.current = { instance: state.instances.get(name), place: 0, effects: state.effects };
  const made = element.type(element.props);
  hooks.current = outer;
  return flatten(made).flatMap((child, i) => expand(child, `${name}/${child.key ?? i}`, state));
}

/* Renders now and after each change of state; `show` puts the host nodes in place. */
export function run(element, show) {
  const instances = new Map();
  let waiting = false;
  function draw() {
    waiting = false;
    const state = { instances, used: new Set(), effects: [] };
    show(expand(element, "", state));
    for (const [name, cells] of instances) {
      if (state.used.has(name)) continue;
      cells.forEach((cell) => cell && cell.stop && cell.stop());
      instances.delete(name);
    }
    state.effects.forEach((effect) => effect());
  }
  request = () => {
    if (!waiting) queueMicrotask(draw);
    waiting = true;
  };
  draw();
}

export default {
  Fragment, createElement, useState, useReducer, useEffect, useLayoutEffect, useMemo, useCallback, useRef,
};
