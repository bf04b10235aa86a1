// What differs between the server's two versions is done to the old one, and to the live tree as far as that still stands in it:
// what the server did not change is not even looked at.

import { inside, liveOf, pair } from "./base.js";
import { choices, isEditable, keepChoice, settle, state, verdict } from "./fields.js";
import { holdsKnown, matched, sharedIds } from "./match.js";
import { inOrder } from "./order.js";
import { focused } from "./view.js";

/** @typedef {import("./fields.js").Policy} Policy */

/**
 * @typedef {object} Merge
 * @property {Policy} policy
 * @property {import("./match.js").Ids} ids
 * @property {Set<Node>} leftovers Old nodes without a place: they stay until all places are known, since they may hold what moves.
 * @property {Element | null} focus
 * @property {(base: Node, theirs: Node) => boolean} isSame
 */

/**
 * Turn the server's old version into its new one, and the live tree along with it.
 *
 * @param {Element} base
 * @param {Element} theirs Is taken apart.
 * @param {Policy} policy
 */
export function patch(base, theirs, policy) {
  const live = /** @type {Element} */ (liveOf(base));
  const merge = {
    policy,
    ids: sharedIds(base, theirs),
    leftovers: new Set(),
    focus: focused(live),
    isSame: comparison(theirs),
  };
  const chosen = choices(live);
  patchNode(base, theirs, merge);
  merge.leftovers.forEach(discard);
  for (const radio of chosen) keepChoice(radio, policy);
}

/**
 * Choose how to tell whether the server changed something: what is in templates escapes `isEqualNode`.
 *
 * @param {Element} theirs
 * @returns {(base: Node, theirs: Node) => boolean}
 */
export function comparison(theirs) {
  const html = (/** @type {Node} */ node) => /** @type {Element} */ (node).outerHTML;
  if (!theirs.querySelector("template")) return (one, other) => one.isEqualNode(other);
  return (one, other) => one.isEqualNode(other) && html(one) === html(other);
}

/**
 * @param {Node} base
 * @param {Node} theirs
 * @param {Merge} merge
 */
function patchNode(base, theirs, merge) {
  const live = liveOf(base);
  if (!live || merge.isSame(base, theirs)) return;
  if (base.nodeType === Node.ELEMENT_NODE)
    patchElement(/** @type {Element} */ (base), /** @type {Element} */ (theirs), /** @type {Element} */ (live), merge);
  else for (const node of [base, live]) node.nodeValue = theirs.nodeValue;
}

/**
 * @param {Element} base
 * @param {Element} theirs
 * @param {Element} live
 * @param {Merge} merge
 */
function patchElement(base, theirs, live, merge) {
  const [was, mine, want] = [base, live, theirs].map(state);
  const decision = verdict(live, was, mine, want, merge.policy);
  patchAttributes(base, theirs, live);
  if (isEditable(base)) return patchEditable(base, theirs, live, decision)
  patchChildren(inside(base), inside(theirs), merge);
  settle(live, decision, mine, want);
}
