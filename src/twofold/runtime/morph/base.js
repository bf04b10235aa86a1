// The server's last HTML is kept as an inert tree beside the live one, so that the browser itself can tell what the server changed.

import { reset } from "./fields.js";

/** Nothing loads, runs or upgrades in a document without a window. */
const inert = document.implementation.createHTMLDocument("");

/** @type {WeakMap<Node, Node>} From a live node to the server's version of it. */
const bases = new WeakMap();

/** @type {WeakMap<Node, Node>} From the server's version of a node to the live one. */
const lives = new WeakMap();

/**
 * Record an element's HTML as the server's, before a script or the user changes it.
 *
 * @param {Element} element
 * @returns {Element} The server's version.
 */
export function remember(element) {
  if (!bases.has(element)) pair(copyOf(element), element);
  return /** @type {Element} */ (bases.get(element));
}

/**
 * Give the live node of the server's version of it; a script may have moved or removed it.
 *
 * @param {Node} base
 */
export const liveOf = (base) => lives.get(base);

/**
 * @param {Node} base
 * @param {Node} live
 */
export function tie(base, live) {
  lives.set(base, live);
  bases.set(live, base);
}

/**
 * Tie a tree to a live one of the same shape, node by node.
 *
 * @param {Node} base
 * @param {Node} live
 */
export function pair(base, live) {
  tie(base, live);
  let twin = inside(live).firstChild;
  for (let child = inside(base).firstChild; child && twin; child = child.nextSibling) {
    pair(child, twin);
    twin = twin.nextSibling;
  }
}

/**
 * Give the node that holds the children: of a template its content.
 *
 * @param {Node} node
 * @returns {ParentNode}
 */
export function inside(node) {
  return (node.nodeName === "TEMPLATE" && /** @type {HTMLTemplateElement} */ (node).content) || /** @type {Element} */ (node);
}

/**
 * Copy an element as the server sent it: a copy carries along what the user typed before.
 *
 * @param {Element} element
 */
function copyOf(element) {
  const copy = inert.createElement("p");
  copy.append(inert.importNode(element, true));
  copy.querySelectorAll("input,textarea,select").forEach(reset);
  return /** @type {Element} */ (copy.firstChild);
}
