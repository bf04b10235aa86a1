// What differs between the server's two versions is done to the live tree, as far as that still stands in it:
// what the server did not change is not even looked at.

import { patchAttributes } from "./attributes.js";
import { inside, liveOf, pair, tie } from "./base.js";
import { choices, isEditable, keepChoice, settle, state, verdict } from "./fields.js";
import { knownById, matched, withIds } from "./match.js";
import { inOrder } from "./order.js";
import { focused } from "./view.js";

/**
 * @typedef {object} Merge
 * @property {import("./fields.js").Policy} policy
 * @property {import("./match.js").Known} known
 * @property {Element | null} focus
 * @property {Set<Node>} leftovers Old nodes without a place: they stay until all places are known, since they may hold what moves.
 * @property {(old: Node, one: Node) => boolean} isSame
 */

/**
 * Turn a live tree from what the server said of it into what it says, which is taken for the base of the next merge.
 *
 * @param {Element} old
 * @param {Element} one
 * @param {Element} live
 * @param {import("./fields.js").Policy} policy
 */
export function patch(old, one, live, policy) {
  const merge = { policy, known: knownById(old, one), focus: focused(live), leftovers: new Set(), isSame: comparison(one) };
  const chosen = choices(live);
  patchElement(old, one, live, merge);
  tie(one, live);
  for (const left of merge.leftovers) remove(liveOf(left));
  for (const radio of chosen) keepChoice(radio, policy);
}

/**
 * Choose how to tell whether the server changed something: what is in templates escapes `isEqualNode`.
 *
 * @param {Element} theirs
 * @returns {(old: Node, one: Node) => boolean}
 */
export function comparison(theirs) {
  const html = (/** @type {Node} */ node) => /** @type {Element} */ (node).outerHTML;
  const hasTemplates = theirs.querySelector("template");
  return (old, one) => old.isEqualNode(one) && (!hasTemplates || html(old) === html(one));
}

/**
 * @param {Node} old
 * @param {Node} one
 * @param {Node} live
 * @param {Merge} merge
 * @returns {Node} What the next merge takes for the base.
 */
function patchNode(old, one, live, merge) {
  if (merge.isSame(old, one)) return old;
  if (isElement(old)) patchElement(old, /** @type {Element} */ (one), /** @type {Element} */ (live), merge);
  else live.nodeValue = one.nodeValue;
  tie(one, live);
  return one;
}

/**
 * @param {Element} old
 * @param {Element} one
 * @param {Element} live
 * @param {Merge} merge
 */
function patchElement(old, one, live, merge) {
  const [was, mine, want] = [old, live, one].map(state);
  const decision = verdict(live, was, mine, want, merge.policy);
  patchAttributes(old, one, live);
  if (!isEditable(old)) patchChildren(inside(old), inside(one), inside(live), merge);
  else if (decision === "server" && mine !== want) replaceContent(one, live);
  if (want !== undefined) settle(live, decision, mine, want);
}

/**
 * @param {ParentNode} old
 * @param {ParentNode} one
 * @param {ParentNode} live
 * @param {Merge} merge
 */
function patchChildren(old, one, live, merge) {
  const olds = [...old.childNodes];
  const news = [...one.childNodes];
  if (isText(olds) && isText(news) && old.textContent !== one.textContent) return replaceContent(one, live);
  if (isTakenOver(olds, live)) return;
  const [start, tail] = unchangedEnds(olds, news, merge);
  const kept = olds.slice(0, start);
  placeChildren(olds.slice(start, olds.length - tail), news.slice(start, news.length - tail), live, kept, merge);
  one.replaceChildren(...kept, ...olds.slice(olds.length - tail));
}

/**
 * Count the children at both ends that the server did not change.
 *
 * @param {Node[]} olds
 * @param {Node[]} news
 * @param {Merge} merge
 */
function unchangedEnds(olds, news, { isSame }) {
  const shorter = Math.min(olds.length, news.length);
  let start = 0;
  while (start < shorter && isSame(olds[start], news[start])) start++;
  let tail = 0;
  while (tail < shorter - start && isSame(olds[olds.length - 1 - tail], news[news.length - 1 - tail])) tail++;
  return [start, tail];
}

/**
 * @param {Node[]} olds
 * @param {Node[]} news
 * @param {ParentNode} parent
 * @param {Node[]} kept What comes before; what the server says of each child is added.
 * @param {Merge} merge
 */
function placeChildren(olds, news, parent, kept, merge) {
  const pairs = matched(olds, news, merge.known);
  const still = standing(olds, news, pairs, merge);
  for (const old of olds) merge.leftovers.add(old);
  news.forEach((one, at) => {
    const old = pairs.get(one);
    kept.push((old && keep(old, one, still.has(at), parent, kept, merge)) ?? addNew(one, parent, kept, merge));
  });
}

/**
 * Give the positions of the new children whose old ones need not move; the one with the focus never does.
 *
 * @param {Node[]} olds
 * @param {Node[]} news
 * @param {Map<Node, Node>} pairs
 * @param {Merge} merge
 */
function standing(olds, news, pairs, { focus }) {
  const places = new Map(olds.map((old, at) => [old, at]));
  const sequence = news.map((one) => places.get(/** @type {Node} */ (pairs.get(one))) ?? -1);
  return inOrder(sequence, focus ? sequence.findIndex((at) => liveOf(olds[at])?.contains(focus)) : -1);
}

/**
 * Keep the live node, unless a script has removed it and the server changed it since.
 *
 * @param {Node} old
 * @param {Node} one
 * @param {boolean} isStill
 * @param {ParentNode} parent
 * @param {Node[]} kept
 * @param {Merge} merge
 * @returns {Node | undefined} What the next merge takes for the base.
 */
function keep(old, one, isStill, parent, kept, merge) {
  const live = liveOf(old);
  const isThere = live?.parentNode;
  if (!live || (!isThere && !merge.isSame(old, one))) return undefined;
  merge.leftovers.delete(old);
  if (isThere && !isStill) place(live, parent, kept);
  return patchNode(old, one, live, merge);
}

/**
 * Add what is new, at once or around what is known and moves in.
 *
 * @param {Node} one
 * @param {ParentNode} parent
 * @param {Node[]} kept
 * @param {Merge} merge
 * @returns {Node} What the next merge takes for the base.
 */
function addNew(one, parent, kept, merge) {
  const isWhole = !withIds(one).some((inner) => merge.known.has(inner));
  const live = /** @type {Document} */ (parent.ownerDocument).importNode(one, isWhole);
  if (isWhole) pair(one, live);
  place(live, parent, kept);
  return isWhole ? one : patchNode(one.cloneNode(false), one, live, merge);
}

/**
 * Put a live node behind the nearest of those before it; what a script has added there stays behind it.
 *
 * @param {Node} live
 * @param {ParentNode} parent
 * @param {Node[]} kept
 */
function place(live, parent, kept) {
  const near = kept.findLast((other) => liveOf(other)?.parentNode === parent);
  const next = near ? /** @type {Node} */ (liveOf(near)).nextSibling : parent.firstChild;
  const isLossless = "moveBefore" in parent && live.isConnected && parent.isConnected;
  parent[isLossless ? "moveBefore" : "insertBefore"](live, next);
}

/**
 * @param {ParentNode} one
 * @param {ParentNode} live
 */
function replaceContent(one, live) {
  const copy = /** @type {Document} */ (live.ownerDocument).importNode(one, true);
  live.replaceChildren(...copy.childNodes);
  pair(one, live);
}

/** @param {Node | undefined} node */
const remove = (node) => node?.parentNode?.removeChild(node);

/**
 * @param {Node} node
 * @returns {node is Element}
 */
const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;

/** @param {Node[]} children */
const isText = ([child, second]) => !second && (!child || child.nodeType === Node.TEXT_NODE);

/**
 * Tell whether a script has replaced everything inside: an island is its own.
 *
 * @param {Node[]} olds
 * @param {ParentNode} live
 */
const isTakenOver = (olds, live) => olds.length && live.firstChild && olds.every((old) => !liveOf(old)?.parentNode);
