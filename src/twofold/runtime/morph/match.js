// The server's new children are its old ones by id, then by the ids inside, then by what they say, where they point, and place.

import { liveOf } from "./base.js";

/** @typedef {Map<string | null, Element>} Ids */

/** What differs in one of these is another thing: nothing that the user did to the one may pass to the other. */
const IDENTITY = ["id", "data-tf-key", "name", "type", "srcdoc"];

/** What is equal in these is likely the same thing. */
const POINTERS = ["href", "src", "for", "action", "value"];

/**
 * Find what is known by id wherever it stands: the old elements whose id is the only one of its kind on both sides.
 *
 * @param {Element} base
 * @param {Element} theirs
 * @returns {Ids}
 */
export function sharedIds(base, theirs) {
  const olds = onlyOnes(base);
  /** @type {Ids} */
  const shared = new Map();
  for (const [id, element] of onlyOnes(theirs)) {
    const old = element && olds.get(id);
    if (old && liveOf(old) && identity(old) === identity(element)) shared.set(id, old);
  }
  return shared;
}

/**
 * Tell whether something that is known by id is inside.
 *
 * @param {Node} node
 * @param {Ids} ids
 */
export const holdsKnown = (node, ids) => innerIds(node).some((id) => ids.has(id));

/**
 * Pair the server's new children with its old ones.
 *
 * @param {Node[]} olds
 * @param {Node[]} news
 * @param {Ids} ids
 * @returns {Map<Node, Node>} From new to old.
 */
export function matched(olds, news, ids) {
  /** @type {Map<Node, Node>} */
  const pairs = new Map();
  const free = new Set(olds.filter((old) => !ids.has(idOf(old))));
  for (const one of news) {
    const old = ids.get(idOf(one)) ?? holder(one, free, ids);
    if (old) take(pairs, free, one, old);
  }
  for (const key of [saying, pointing, identity]) matchBy(key, pairs, free, news);
  return pairs;
}

/**
 * Pair what has the same key, in order.
 *
 * @param {(node: Node) => string} key Nothing is paired by an empty one.
 * @param {Map<Node, Node>} pairs
 * @param {Set<Node>} free
 * @param {Node[]} news
 */
function matchBy(key, pairs, free, news) {
  if (!free.size) return;
  /** @type {Map<string, Node[]>} */
  const waiting = new Map();
  for (const old of free) {
    const same = waiting.get(key(old));
    if (same) same.push(old);
    else waiting.set(key(old), [old]);
  }
  for (const one of news) {
    const wanted = pairs.has(one) ? "" : key(one);
    const old = wanted && waiting.get(wanted)?.shift();
    if (old) take(pairs, free, one, old);
  }
}

/**
 * @param {Map<Node, Node>} pairs
 * @param {Set<Node>} free
 * @param {Node} one
 * @param {Node} old
 */
function take(pairs, free, one, old) {
  pairs.set(one, old);
  free.delete(old);
}

/**
 * Find the old node that holds something known that a new one holds too.
 *
 * @param {Node} one
 * @param {Set<Node>} free
 * @param {Ids} ids
 */
function holder(one, free, ids) {
  for (const id of innerIds(one)) {
    /** @type {Node | null | undefined} */
    let old = ids.get(id);
    while (old && !free.has(old)) old = old.parentNode;
    if (old && identity(old) === identity(one)) return old;
  }
  return undefined;
}

/**
 * Give the elements inside that have an id, and null where an id is not the only one.
 *
 * @param {Element} root
 */
function onlyOnes(root) {
  /** @type {Map<string | null, Element | null>} */
  const found = new Map();
  for (const element of root.querySelectorAll("[id]")) found.set(idOf(element), found.has(idOf(element)) ? null : element);
  return found;
}

/** @param {Node} node */
const innerIds = (node) => (isElement(node) ? [...node.querySelectorAll("[id]")].map(idOf) : []);

/**
 * Give the id; the property of a form may be a field of that name.
 *
 * @param {Node} node
 */
const idOf = (node) => (isElement(node) ? node.getAttribute("id") : null);

/**
 * @param {Node} node
 * @returns {node is Element}
 */
const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;

/** @param {Node} node */
function identity(node) {
  if (!isElement(node)) return node.nodeName;
  const isChoice = node.matches("[type=checkbox],[type=radio]");
  return node.nodeName + values(node, isChoice ? [...IDENTITY, "value"] : IDENTITY);
}

/** @param {Node} node */
const saying = (node) => (node.textContent?.trim() ? identity(node) + node.textContent : "");

/** @param {Node} node */
function pointing(node) {
  const target = isElement(node) && values(node, POINTERS);
  return target ? identity(node) + target : "";
}

/**
 * @param {Element} element
 * @param {string[]} names
 */
function values(element, names) {
  return names.map((name) => (element.hasAttribute(name) ? `\n${name}=${element.getAttribute(name)}` : "")).join("");
}
