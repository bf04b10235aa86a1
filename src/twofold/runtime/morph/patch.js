// What differs between the server's old version and its new one is done to both the old version and the live tree, to this as far as
// it still stands there: what the server did not change is not even looked at.

import { patchAttributes } from "./attributes.js";
import { inside, liveOf, pair } from "./base.js";
import { choices, isEditable, keepChoice, settle, show, state, verdict } from "./fields.js";
import { isAlike, knownById, knownIn, matched } from "./match.js";
import { inOrder } from "./order.js";
import { focused, selected } from "./view.js";

/**
 * @typedef {object} Merge
 * @property {import("./fields.js").Policy} policy
 * @property {import("./match.js").Known} known
 * @property {Element} live
 * @property {Node} [focus] What the user is at, once it was looked for.
 * @property {Set<Node>} leftovers Old nodes without a place, whose live ones stay until all places are known: they may hold what moves.
 * @property {(old?: Node, one?: Node) => boolean} isSame Whether the server has left it as it was.
 */

/**
 * Turn the server's old version of a live tree into its new one, and the live tree along with it.
 *
 * @param {Element} old
 * @param {Element} one Stays as it is, to replace the live tree with if this fails.
 * @param {Element} live
 * @param {import("./fields.js").Policy} policy
 */
export function patch(old, one, live, policy) {
  const isSame = comparison(one);
  if (isSame(old, one)) return;
  const chosen = choices(live);
  /** @type {Merge} */
  const merge = { policy, known: knownById(old, one), live, leftovers: new Set(), isSame };
  patchElement(old, one, live, merge);
  for (const left of merge.leftovers) remove(liveOf(left));
  for (const radio of chosen) keepChoice(radio, policy);
}

/**
 * Choose how to tell whether the server changed something: what is in templates escapes `isEqualNode`.
 *
 * @param {Element} theirs
 * @returns {Merge["isSame"]}
 */
function comparison(theirs) {
  const hasTemplates = theirs.querySelector("template");
  const html = (/** @type {any} */ node) => node.outerHTML;
  return (old, one) => !!old && !!one && old.isEqualNode(one) && (!hasTemplates || html(old) === html(one));
}

/**
 * @param {Node} old
 * @param {Node} one
 * @param {Merge} merge
 */
function patchNode(old, one, merge) {
  if (merge.isSame(old, one)) return;
  const live = /** @type {Node} */ (liveOf(old));
  if (old.nodeType !== Node.ELEMENT_NODE) old.nodeValue = live.nodeValue = one.nodeValue;
  else patchElement(/** @type {Element} */ (old), /** @type {Element} */ (one), /** @type {Element} */ (live), merge);
}

/**
 * @param {Element} old
 * @param {Element} one
 * @param {Element} live
 * @param {Merge} merge
 */
function patchElement(old, one, live, merge) {
  const was = state(old);
  // Most elements are no fields, and to find that out takes time.
  const [mine, want] = was === undefined ? [] : [live, one].map(state);
  const decision = verdict(live, was, mine, want, merge.policy);
  patchAttributes(old, one, live);
  if (want !== undefined && isEditable(old)) replaceContent(old, one, decision === "server" && mine !== want && live);
  else patchChildren(inside(old), inside(one), inside(live), merge);
  if (want === undefined) return;
  settle(live, decision, mine, want);
  show(old, want);
}

/**
 * @param {ParentNode} old
 * @param {ParentNode} one
 * @param {ParentNode} live
 * @param {Merge} merge
 */
function patchChildren(old, one, live, merge) {
  const [was, text] = [onlyText(old), onlyText(one)];
  if (was && text && liveOf(was)?.parentNode === live) return patchNode(was, text, merge);
  const olds = [...old.childNodes];
  const news = [...one.childNodes];
  if (live.firstChild && olds[0] && olds.every(isGone)) return patchIsland(old, one, live);
  let start = 0;
  while (merge.isSame(olds[start], news[start])) start++;
  while (Math.min(olds.length, news.length) > start && merge.isSame(olds.at(-1), news.at(-1))) olds.pop(), news.pop();
  placeChildren(old, live, olds.slice(start), news.slice(start), olds[start - 1], merge);
}

/**
 * Give the text that is all there is inside, as in most cells of most tables: then nothing has to be matched.
 *
 * @param {ParentNode} parent
 */
const onlyText = ({ firstChild, lastChild }) => firstChild === lastChild && firstChild?.nodeType === Node.TEXT_NODE && firstChild;

/**
 * @param {ParentNode} old
 * @param {ParentNode} live
 * @param {Node[]} olds
 * @param {Node[]} news
 * @param {Node | undefined} previous
 * @param {Merge} merge
 */
function placeChildren(old, live, olds, news, previous, merge) {
  // One that stands for one, as where a cell of a row has changed, needs no place.
  if (olds.length * news.length === 1 && !isGone(olds[0]) && isAlike(olds[0], news[0])) return patchNode(olds[0], news[0], merge);
  const pairs = matched(olds, news, merge.known);
  for (const [one, was] of pairs) if (isGone(was) && !(liveOf(was) && merge.isSame(was, one))) pairs.delete(one);
  leaveOut(olds, new Set(pairs.values()), merge);
  const still = standing(olds, news, pairs, merge);
  news.forEach((one, at) => {
    const isShell = !pairs.has(one) && knownIn(one, merge.known);
    const base = pairs.get(one) ?? one.cloneNode(!isShell);
    merge.leftovers.delete(base);
    if (!still.has(at)) {
      old.insertBefore(base, previous ? previous.nextSibling : old.firstChild);
      place(base, live, pairs.has(one));
    }
    previous = base;
    if (isShell || pairs.has(one)) patchNode(base, one, merge);
  });
}

/**
 * @param {Node[]} olds
 * @param {Set<Node>} stay
 * @param {Merge} merge
 */
function leaveOut(olds, stay, { leftovers }) {
  for (const old of olds) {
    if (stay.has(old)) continue;
    leftovers.add(old);
    remove(old);
  }
}

/**
 * Give the positions of the new children whose old ones need not move; the one where the user is never does.
 *
 * @param {Node[]} olds
 * @param {Node[]} news
 * @param {Map<Node, Node>} pairs
 * @param {Merge} merge
 */
function standing(olds, news, pairs, merge) {
  const places = new Map(olds.map((old, at) => [old, at]));
  const sequence = news.map((one) => places.get(/** @type {Node} */ (pairs.get(one))) ?? -1);
  const run = inOrder(sequence, -1);
  if (run.size === pairs.size) return run;
  // To ask for the selection makes the browser lay out the page, which is for nothing where nothing moves.
  const focus = (merge.focus ??= focused(merge.live) ?? selected(merge.live) ?? merge.live);
  return inOrder(sequence, sequence.findIndex((at) => liveOf(olds[at])?.contains(focus)));
}

/**
 * Put the live node where the server has it: behind its nearest neighbour there, and before what a script has added behind that.
 *
 * @param {Node} base
 * @param {ParentNode} parent
 * @param {boolean} isOld What is new is made; what is old and was removed by a script stays away.
 */
function place(base, parent, isOld) {
  if (!isOld) pair(base, base.cloneNode(true));
  const live = /** @type {Node} */ (liveOf(base));
  if (isOld && !live.parentNode) return;
  const isLossless = "moveBefore" in parent && live.isConnected && parent.isConnected;
  parent[isLossless ? "moveBefore" : "insertBefore"](live, nextOf(base, parent));
}

/**
 * @param {Node} base
 * @param {ParentNode} parent
 */
function nextOf(base, parent) {
  for (let near = base.previousSibling; near; near = near.previousSibling) {
    const live = liveOf(near);
    if (live?.parentNode === parent) return live.nextSibling;
  }
  return parent.firstChild;
}

/**
 * Leave alone what a script has put in the place of all children, unless all is text: a clock takes the server's new time.
 *
 * @param {ParentNode} old
 * @param {ParentNode} one
 * @param {ParentNode} live
 */
function patchIsland(old, one, live) {
  const isText = !old.firstElementChild && !one.firstElementChild;
  replaceContent(old, one, isText && old.textContent !== one.textContent && live);
}

/**
 * @param {ParentNode} old
 * @param {ParentNode} one
 * @param {ParentNode | false} live
 */
function replaceContent(old, one, live) {
  old.replaceChildren(...one.cloneNode(true).childNodes);
  if (!live) return;
  live.replaceChildren(...one.cloneNode(true).childNodes);
  pair(old, live);
}

/**
 * Tell whether a script has removed the live node. Where that is so for all children, the place is an island of its own.
 *
 * @param {Node} base
 */
const isGone = (base) => !liveOf(base)?.parentNode;

/** @param {Node | undefined} node */
const remove = (node) => node?.parentNode?.removeChild(node);
