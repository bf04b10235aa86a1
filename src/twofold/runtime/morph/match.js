// The children that the server sent before and those that it sends are the same ones by id, then by what is inside, then by what
// they say, where they point, and place.

import { liveOf } from "./base.js";

/** @typedef {Map<string, Element>} Ids */

/** What has another value of one of these is another thing, and nothing that the user did to it may be carried over. */
const IDENTITY = ["id", "data-tf-key", "name", "type", "srcdoc"];

/**
 * Find the elements that may be recognised by id wherever they are: those that have the only one of it on both sides.
 *
 * @param {Element} base
 * @param {Element} theirs
 * @returns {Ids}
 */
export function sharedIds(base, theirs) {
  const old = idsOf(base);
  /** @type {Ids} */
  const shared = new Map();
  for (const [id, element] of idsOf(theirs)) {
    const was = element && old.get(id);
    if (was && liveOf(was) && identity(was) === identity(element)) shared.set(id, was);
  }
  return shared;
}

/**
 * Tell whether elements that are known by id are inside.
 *
 * @param {Element} element
 * @param {Ids} ids
 */
export const holdsKnown = (element, ids) => [...element.querySelectorAll("[id]")].some((inner) => ids.has(idOf(inner)));

/**
 * Pair the server's new children with its old ones.
 *
 * @param {Node[]} olds All of one parent.
 * @param {Node[]} news
 * @param {Ids} ids
 * @returns {Map<Node, Node>} From new to old; what is not in it is new.
 */
export function matched(olds, news, ids) {
  /** @type {Map<Node, Node>} */
  const pairs = new Map();
  const free = new Set(olds.filter((old) => !isKnown(old, ids)));
  for (const one of news) {
    const old = ids.get(idOf(one)) ?? holderOf(one, olds[0], ids);
    if (old) take(pairs, free, one, old);
  }
  for (const key of [saying, pointing, identity]) matchBy(key, pairs, free, news);
  return pairs;
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
 * Pair what has the same key, in order.
 *
 * @param {(node: Node) => string} key Nothing is paired by an empty one.
 * @param {Map<Node, Node>} pairs
 * @param {Set<Node>} free
 * @param {Node[]} news
 */
function matchBy(key, pairs, free, news) {
  /** @type {Map<string, Node[]>} */
  const waiting = new Map();
  for (const old of free) {
    const same = waiting.get(key(old));
    if (same) same.push(old);
    else waiting.set(key(old), [old]);
  }
  for (const one of free.size ? news : []) {
    const old = !pairs.has(one) && key(one) && waiting.get(key(one))?.shift();
    if (old) take(pairs, free, one, old);
  }
}
