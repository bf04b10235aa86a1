// The server's new children are its old ones by id, then by the ids inside, then by where they point or what they say, then by place.

import { EDITABLE } from "./fields.js";

/** @typedef {Map<Node, Node>} Known From an element on either side to the old one. */
/** @typedef {(one: Node) => Node | null | undefined} Find */

/** What differs in one of these is another thing: nothing that the user did to the one may pass to the other. */
const IDENTITY = ["id", "data-tf-key", "name", "type", "srcdoc", "contenteditable"];

/** What is equal in these is likely the same thing. */
const POINTERS = ["href", "src", "for", "action", "value"];

/**
 * Find what is known by id wherever it stands, since it is the only one with its id on both sides.
 *
 * @param {Element} base
 * @param {Element} theirs
 * @returns {Known}
 */
export function knownById(base, theirs) {
  const olds = onlyOnes(base);
  /** @type {Known} */
  const known = new Map();
  for (const [id, one] of onlyOnes(theirs)) {
    const old = one && olds.get(id);
    if (old && isAlike(old, one)) known.set(one, old).set(old, old);
  }
  return known;
}

/**
 * Give the elements with an id, and null where they are not alone with it.
 *
 * @param {Element} root
 */
function onlyOnes(root) {
  /** @type {Map<string | null, Element | null>} */
  const found = new Map();
  for (const element of withIds(root)) {
    const id = element.getAttribute("id");
    found.set(id, found.has(id) ? null : element);
  }
  return found;
}

/**
 * Give the elements inside that have an id.
 *
 * @param {Node} node
 * @returns {Element[]}
 */
const withIds = (node) => [...(/** @type {Element} */ (node).querySelectorAll?.(`[id]:not(${EDITABLE} *)`) ?? [])];

/**
 * Pair the server's new children with its old ones.
 *
 * @param {Node[]} olds
 * @param {Node[]} news
 * @param {Known} known
 * @returns {Map<Node, Node>} From new to old.
 */
export function matched(olds, news, known) {
  /** @type {Map<Node, Node>} */
  const pairs = new Map();
  const free = new Set(olds.filter((old) => !known.has(old)));
  for (const way of [byId, byKey(clueOf), byNeighbour, byKey(identity)]) {
    const find = way(free, known, pairs);
    for (const one of news) {
      const old = !pairs.has(one) && find(one);
      if (old && isAlike(old, one)) free.delete(pairs.set(one, old) && old);
    }
  }
  return pairs;
}

/**
 * Find the old node that is known, or that holds something known that the new one holds too.
 *
 * @param {Set<Node>} free
 * @param {Known} known
 * @returns {Find}
 */
function byId(free, known) {
  return (one) => {
    if (known.has(one)) return known.get(one);
    let old = knownIn(one, known) ?? null;
    while (old && !free.has(old)) old = old.parentNode;
    return old;
  };
}

/**
 * Give the first old element inside that is known.
 *
 * @param {Node} one
 * @param {Known} known
 */
export const knownIn = (one, known) =>
  known.get(/** @type {Node} */ (known.size && withIds(one).find((element) => known.has(element))));

/**
 * Find the first old node with the same key.
 *
 * @param {(node: Node) => string | undefined} key Nothing is found by an empty one.
 * @returns {(free: Set<Node>) => Find}
 */
const byKey = (key) => (free) => {
  /** @type {Map<string | undefined, Node[]>} */
  const waiting = new Map();
  for (const old of free) {
    const name = key(old);
    if (name && !waiting.get(name)?.push(old)) waiting.set(name, [old]);
  }
  return (one) => (waiting.size ? waiting.get(key(one))?.shift() : null);
};

/**
 * Find the old node that stood behind the same neighbour.
 *
 * @param {Set<Node>} free
 * @param {Known} _
 * @param {Map<Node, Node>} pairs
 * @returns {Find}
 */
function byNeighbour(free, _, pairs) {
  return (one) => {
    const old = pairs.get(/** @type {Node} */ (one.previousSibling))?.nextSibling;
    return old && free.has(old) ? old : null;
  };
}

/** @param {Node} node */
function clueOf(node) {
  for (const name of POINTERS) {
    const pointer = /** @type {Element} */ (node).getAttribute?.(name);
    if (pointer) return pointer;
  }
  return node.textContent?.trim();
}

/**
 * @param {Node} old
 * @param {Node} one
 */
export const isAlike = (old, one) => identity(old) === identity(one);

/** @param {Node} node */
function identity(node) {
  const element = /** @type {Element} */ (node);
  let key = node.nodeName;
  // What a script says cannot be changed where Trusted Types are required.
  if (key === "SCRIPT") return element.outerHTML;
  if (!element.hasAttributes?.()) return key;
  for (const name of IDENTITY) key += "\n" + element.getAttribute(name);
  return /\n(checkbox|radio)\n/.test(key) ? key + element.getAttribute("value") : key;
}
