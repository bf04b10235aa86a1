// The server's last HTML is kept as an inert tree beside the live one, so that the browser itself can tell what the server changed.

import { reset } from "./fields.js";

/** Nothing loads, runs or upgrades in the document of templates, and what is parsed into one needs no adoption. */
const inert = document.createElement("template").content.ownerDocument;

/**
 * The key at each live node of the server's version of it, and at that of the live node. As properties rather than in a `WeakMap`,
 * whose ten thousands of entries the garbage collector would go through again and again. Two modules bring this code along.
 */
const TWIN = Symbol.for("twofold.twin");

/** @typedef {Node & {[TWIN]?: Element}} Twin */

/**
 * Record an element's HTML as the server's, before a script or the user changes it.
 *
 * @param {Element} element
 * @returns {Element} The server's version.
 */
export function remember(element) {
  const known = baseOf(element);
  if (known) return known;
  const copy = inert.importNode(element, true);
  // A copy carries along what the user typed before.
  for (const field of copy.querySelectorAll("input,textarea,select")) reset(field);
  pair(copy, element);
  return copy;
}

/**
 * Give the server's last version of an element, if it is one that the server sent.
 *
 * @param {Node | undefined} live
 */
export const baseOf = (live) => /** @type {Twin | undefined} */ (live)?.[TWIN];

/**
 * Give the live node of the server's version of it; a script may have moved or removed it.
 *
 * @type {(base: Node | undefined) => Node | undefined}
 */
export const liveOf = baseOf;

/**
 * Tie a tree to a live one of the same shape, node by node.
 *
 * @param {Node} base
 * @param {Node} live
 */
export function pair(base, live) {
  /** @type {Twin} */ (base)[TWIN] = /** @type {Element} */ (live);
  /** @type {Twin} */ (live)[TWIN] = /** @type {Element} */ (base);
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
  return node.nodeName === "TEMPLATE" ? /** @type {HTMLTemplateElement} */ (node).content : /** @type {Element} */ (node);
}
