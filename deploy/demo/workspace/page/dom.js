// Elements are built whole and then merged into what is on the page, so that a live message can
// change under a person's mouse, focus or selection without losing them.

export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "data") {
      for (const [word, held] of Object.entries(value)) {
        if (held !== undefined && held !== null) element.dataset[word] = held;
      }
    } else if (key === "class") {
      element.className = [element.className, value].filter(Boolean).join(" ");
    } else {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...flat(children));
  return element;
}

function flat(children) {
  return children
    .flat(Infinity)
    .filter((each) => each !== undefined && each !== null && each !== false);
}

const svgSpace = "http://www.w3.org/2000/svg";

export function svg(inside, box = 20, attributes = {}) {
  const element = document.createElementNS(svgSpace, "svg");
  element.setAttribute("viewBox", `0 0 ${box} ${box}`);
  element.setAttribute("aria-hidden", "true");
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.innerHTML = inside; // only ever our own drawings
  return element;
}

// Make the children of `place` look like `nodes`, keeping elements that are the same.
export function render(place, ...nodes) {
  mergeChildren(
    place,
    flat(nodes).map((each) => (each instanceof Node ? each : document.createTextNode(each))),
  );
}

function keyOf(node) {
  return node.nodeType === 1 ? node.dataset?.key : undefined;
}

function mergeChildren(place, wanted) {
  const keyed = new Map();
  for (const child of place.childNodes) {
    const key = keyOf(child);
    if (key) keyed.set(key, child);
  }
  // What is no longer wanted goes first, so that what stays need not be moved: moving loses focus.
  const stays = new Set(wanted.map(keyOf).filter(Boolean));
  for (const [key, child] of keyed) {
    if (!stays.has(key)) {
      child.remove();
      keyed.delete(key);
    }
  }
  let at = place.firstChild;
  for (const node of wanted) {
    const key = keyOf(node);
    const same = key ? keyed.get(key) : at && !keyOf(at) && alike(at, node) ? at : null;
    if (!same) {
      place.insertBefore(node, at);
      continue;
    }
    if (key) keyed.delete(key);
    if (same === at) at = at.nextSibling;
    else place.insertBefore(same, at);
    if (alike(same, node)) merge(same, node);
    else same.replaceWith(node);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName;
}

function merge(old, node) {
  if (old.nodeType === 3) {
    if (old.data !== node.data) old.data = node.data;
    return;
  }
  if (old.nodeType !== 1 || old.dataset?.keep !== undefined) return;
  for (const { name } of [...old.attributes]) {
    // A disclosure the person opened stays open.
    if (!node.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS"))
      old.removeAttribute(name);
  }
  for (const { name, value } of node.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old instanceof SVGElement) {
    if (old.innerHTML !== node.innerHTML) old.innerHTML = node.innerHTML;
    return;
  }
  mergeChildren(old, [...node.childNodes]);
}

// Clicks: `data-do` names what to do, so a merged element needs no listener of its own.
const doers = new Map();

export function whenDone(word, act) {
  doers.set(word, act);
}

document.addEventListener("click", (event) => {
  const element = event.target.closest("[data-do]");
  if (!element || element.disabled || element.getAttribute("aria-disabled") === "true") return;
  const act = doers.get(element.dataset.do);
  if (act) {
    event.preventDefault();
    act(element, event);
  }
});
