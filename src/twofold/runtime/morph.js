// A three-way merge: what the server changed since its last HTML is done to the live page; all else is the user's and the scripts'.

import { baseOf, pair, remember } from "./morph/base.js";
import { patch } from "./morph/patch.js";
import { placeOf } from "./morph/view.js";

export { baseOf, remember };

/**
 * Merge the server's new version of an element into the live one.
 *
 * With `draft: "server"`, for a submission of one's own, the server's values stand but where the user has edited a field since:
 * `sent` is what `draftsOf` gave when the form was sent. With `draft: "user"`, for what others changed, the user's edits stand, and
 * where the server changed the same field, `data-tf-conflict` holds its value.
 *
 * @param {Element} element
 * @param {Element} theirs As parsed, in a document where nothing loads or runs; it is the merge's to keep or take apart.
 * @param {import("./morph/fields.js").Policy} policy
 * @returns {Element} The element, or what took its place.
 */
export function morph(element, theirs, policy) {
  const base = remember(element);
  silence(theirs);
  const lead = placeOf(element);
  const live = merged(element, base, theirs, policy);
  lead(live);
  return live;
}

/**
 * Turn what is for browsers without scripts into text, as it is on the page: its styles and images would come to life there.
 *
 * @param {Element} theirs
 */
function silence(theirs) {
  for (const one of theirs.querySelectorAll("noscript:has(*)")) one.textContent = one.innerHTML;
}

/**
 * @param {Element} element
 * @param {Element} base
 * @param {Element} theirs
 * @param {import("./morph/fields.js").Policy} policy
 */
function merged(element, base, theirs, policy) {
  try {
    if (base.nodeName !== theirs.nodeName) return replaced(element, base, theirs);
    patch(base, theirs, element, policy);
    return element;
  } catch (error) {
    reportError(error);
    return replaced(element, base, theirs);
  }
}

/**
 * @param {Element} element
 * @param {Element} base
 * @param {Element} theirs
 */
function replaced(element, base, theirs) {
  const fresh = /** @type {Element} */ (theirs.cloneNode(true));
  base.replaceWith(theirs);
  pair(theirs, fresh);
  element.replaceWith(fresh);
  return fresh;
}
