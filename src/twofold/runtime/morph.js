// A three-way merge: what the server changed since its last HTML is done to the live page; all else is the user's and the scripts'.

import { pair, remember } from "./morph/base.js";
import { comparison, patch } from "./morph/patch.js";
import { placeOf } from "./morph/view.js";

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
 * where the server changed the same field, `data-tf-conflict` holds its value.
 *
 * @param {Element} element
 * @param {string} html Of the element itself.
 * @param {import("./morph/fields.js").Policy & Parsing} options
 * @returns {Element} The element, or what took its place.
 */
export function morph(element, html, { parse, ...policy }) {
  const base = remember(element);
  let theirs = only(parse(html));
  if (comparison(theirs)(base, theirs)) return element;
  const lead = placeOf(element);
  let live = element;
  if (!isMerged(base, theirs, live, policy)) {
    theirs = only(parse(html));
    live = replaced(element, theirs);
  }
  base.replaceWith(theirs);
  lead(live);
  return live;
}

/**
 * @param {Element} base
 * @param {Element} theirs
 * @param {Element} live
 * @param {import("./morph/fields.js").Policy} policy
 */
function isMerged(base, theirs, live, policy) {
  try {
    if (base.nodeName === theirs.nodeName) patch(base, theirs, live, policy);
    return base.nodeName === theirs.nodeName;
  } catch (error) {
    reportError(error);
    return false;
  }
}

/**
 * @param {Element} element
 * @param {Element} theirs
 */
function replaced(element, theirs) {
  const fresh = element.ownerDocument.importNode(theirs, true);
  pair(theirs, fresh);
  element.replaceWith(fresh);
  return fresh;
}

/** @param {DocumentFragment} fragment */
function only(fragment) {
  const element = fragment.firstElementChild;
  if (!element) throw new TypeError("The HTML of an element to merge has to hold it");
  return element;
}
