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
 * Turn a live tree from the server's old version into its new one, and make the new one what the server said last.
 *
 * @param {Element} old
 * @param {Element} one
 * @param {import("./fields.js").Policy} policy
 */
export function patch(old, one, policy) {
  const live = /** @type {Element} */ (liveOf(old));
  const merge = { policy, known: knownById(old, one), focus: focused(live), leftovers: new Set(), isSame: comparison(one) };
  const chosen = choices(live);
  patchElement(old, one, live, merge);
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
 * @param {Element} old
 * @param {Element} one
 * @param {Element} live
 * @param {Merge} merge
 */
function patchElement(old, one, live, merge) {
  const [was = "", mine = "", want = ""] = [old, live, one].map(state);
  const decision = verdict(live, was, mine, want, merge.policy);
  patchAttributes(old, one, live);
  if (!isEditable(old)) patchChildren(inside(old), inside(one), inside(live), merge);
  else if (decision === "server") replaceContent(one, live);
  settle(live, decision, mine, want);
}

/**
 * @param {Node} old
 * @param {Node} one
 * @param {Node} live
 * @param {Merge} merge
 */
function patchChildren(old, one, live, merge) {
  if (holdsText(old) && holdsText(one)) return patchText(old, one, live);
  if (isTakenOver(old, live)) return;
  ...
}
