// A three-way merge: what the server changed since its last HTML is done to the live page, and all else is the user's and the scripts'.

import { baseOf, plant, remember } from "./morph/base.js";
import { comparison, patch } from "./morph/patch.js";
import { placeOf } from "./morph/view.js";

export { draftsOf, resetUnedited } from "./morph/fields.js";
export { remember };

/**
 * @typedef {object} Parsing
 * @property {(html: string) => DocumentFragment} parse The page's only HTML sink, for a Trusted Types policy to guard.
 */

/**
 * Merge the server's new HTML of an element into the live one.
 *
 * With `draft: "server"`, for a submission of one's own, the server's values stand but where the user has edited a field since:
 * `sent` is what `draftsOf` gave when the form was sent. With `draft: "user"`, for what others changed, the user's edits stand, and
 * where the server changed the same field, its value is in `data-tf-conflict`.
 *
 * @param {Element} element
 * @param {string} html Of the element itself.
 * @param {import("./morph/fields.js").Policy & Parsing} options
 * @returns {Element} The element, or what took its place.
 */
export function morph(element, html, { parse, ...policy }) {
  const theirs = only(parse(html));
  remember(element);
  const base = /** @type {Element} */ (baseOf(element));
  if (comparison(theirs)(base, theirs)) return element;
  const lead = placeOf(element);
  const now = merged(element, base, theirs, policy) ?? replaced(element, base, only(parse(html)));
  lead(now);
  return now;
}

/**
 * @param {Element} element
 * @param {Element} base
 * @param {Element} theirs
 * @param {import("./morph/fields.js").Policy} policy
 * @returns {Element | undefined} Nothing, if they do not merge.
 */
function merged(element, base, theirs, policy) {
  if (base.nodeName !== theirs.nodeName) return undefined;
  try {
    patch(base, theirs, policy);
    return element;
  } catch (error) {
    reportError(error);
    return undefined;
  }
}

/**
 * @param {Element} element
 * @param {Element} base
 * @param {Element} theirs
 */
function replaced(element, base, theirs) {
  const fresh = element.ownerDocument.importNode(theirs, true);
  base.replaceWith(theirs);
  plant(theirs, fresh);
  element.replaceWith(fresh);
  return fresh;
}

/** @param {DocumentFragment} fragment */
function only(fragment) {
  const element = fragment.firstElementChild;
  if (!element) throw new TypeError("The HTML of an element to merge has to hold it");
  return element;
}
