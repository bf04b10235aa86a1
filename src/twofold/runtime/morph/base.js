// The server's last HTML is kept as an inert tree beside the live one, so that the browser itself can tell what the server changed.

/** Nothing loads, runs or upgrades in a document without a window. */
const inert = document.implementation.createHTMLDocument("");

/** @type {WeakMap<Element, Element>} From the live root of a remembered tree to the server's version of it. */
const roots = new WeakMap();

/** @type {WeakMap<Node, Node>} From each node of the server's version to the live one. */
const lives = new WeakMap();

/**
 * Record an element's HTML as the server's, before a script or the user changes it.
 *
 * Inside of a remembered element there is nothing to record: its tree is shared.
 *
 * @param {Element} element
 */
export function remember(element) {
  if (!baseOf(element)) plant(copyOf(element), element);
}

/**
 * Give the server's version of a live element.
 *
 * @param {Element} element
 * @returns {Element | undefined}
 */
export function baseOf(element) {
  const base = roots.get(element) ?? searched(element);
  if (base) roots.set(element, base);
  return base;
}

/**
 * Give the live node that the server's version of it became; scripts may have moved or removed it.
 *
 * @param {Node} base
 */
export const liveOf = (base) => lives.get(base);

/**
 * Make a tree the server's version of a live one of the same shape.
 *
 * @param {Element} base
 * @param {Element} live
 */
export function plant(base, live) {
  roots.set(live, base);
  pair(base, live);
}

/**
 * Tie a tree to a live one of the same shape, node by node.
 *
 * @param {Node} base
 * @param {Node} live
 */
export function pair(base, live) {
  lives.set(base, live);
  if (inside(base) !== base) pair(inside(base), inside(live));
  let twin = live.firstChild;
  for (let child = base.firstChild; child && twin; child = child.nextSibling) {
    pair(child, twin);
    twin = twin.nextSibling;
  }
}

/**
 * Give the node that holds the children: of a template its content.
 *
 * @param {Node} node
 * @returns {Node}
 */
export const inside = (node) => (node.nodeName === "TEMPLATE" && /** @type {HTMLTemplateElement} */ (node).content) || node;

/** @param {Element} element */
function searched(element) {
  let root = element.parentElement;
  while (root && !roots.has(root)) root = root.parentElement;
  const candidates = root ? roots.get(root)?.querySelectorAll(element.localName) : undefined;
  return candidates && [...candidates].find((base) => lives.get(base) === element);
}

/**
 * Copy an element as the server sent it: a copy carries along what the user typed, and resetting takes that back.
 *
 * @param {Element} element
 */
function copyOf(element) {
  const copy = inert.importNode(element, true);
  const form = inert.createElement("form");
  form.append(copy);
  for (const each of [...form.querySelectorAll("form"), form]) HTMLFormElement.prototype.reset.call(each);
  return copy;
}
