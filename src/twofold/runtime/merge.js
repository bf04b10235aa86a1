// What the server sends is merged into the page; loaded with the first submission, while that is on its way.

import { REGION, describe, descriptorOf, emit, isOlder, keyOf, metaOf, uncovered } from "./core.js";
import { parse, parseElement } from "./html.js";
import { morph, remember } from "./morph.js";

export { parse };

/** @typedef {import("./frames.js").Frame} Frame */
/** @typedef {import("./morph/fields.js").Policy} Policy */

/** Give the regions of the page by key; some may be there more than once. */
const liveRegions = () => Map.groupBy(document.querySelectorAll(`[${REGION}]`), keyOf);

/**
 * Merge the patches of an answer, all at once.
 *
 * @param {Frame[]} frames
 * @param {Policy} policy
 */
export function merge(frames, policy) {
  /** @type {Element[]} */
  const merged = [];
  uncovered(() => {
    for (const frame of frames) {
      try {
        merged.push(...mergeFrame(frame, policy));
      } catch (error) {
        reportError(error); // the next patch may be well, and so is the result
      }
    }
  });
  for (const element of merged) emit(element, "patched");
}

/**
 * @param {Frame} frame
 * @param {Policy} policy
 */
function mergeFrame({ region, html, failed }, policy) {
  const live = liveRegions();
  for (const element of live.get(failed) ?? []) element.setAttribute("data-tf-failed", "");
  if (!html) return [];
  if (region === "page") return mergePage(parse(html), policy);
  return (live.get(region) ?? []).flatMap((element) => mergeRegion(element, parseElement(html), policy));
}

/**
 * @param {Element} element
 * @param {Element} theirs
 * @param {Policy} policy
 */
function mergeRegion(element, theirs, policy) {
  if (isOlder(descriptorOf(theirs).s, descriptorOf(element).s)) return [];
  keepNewer(theirs);
  element.removeAttribute("data-tf-failed");
  return [morph(element, theirs, policy)];
}

/**
 * Merge a whole page, unless the live one is newer.
 *
 * @param {Document} theirs
 * @param {Policy} policy
 * @returns {Element[]} What was merged.
 */
export function mergePage(theirs, policy) {
  const [mine, next] = [document, theirs].map(metaOf);
  if (mine && next && isOlder(describe(next.content).s, describe(mine.content).s)) return [];
  keepNewer(theirs.body);
  document.title = theirs.title;
  const body = morph(document.body, theirs.body, policy);
  if (mine && next) mine.content = next.content;
  return [body];
}

/**
 * Put what the server left out, and what the live page has newer, back into the server's version.
 *
 * @param {Element} theirs
 */
function keepNewer(theirs) {
  const live = liveRegions();
  for (const one of theirs.querySelectorAll(`[data-tf-keep],[${REGION}]`)) {
    const kept = one.getAttribute("data-tf-keep");
    const twins = live.get(kept ?? keyOf(one));
    const twin = twins?.[1] ? twins.shift() : twins?.[0];
    if (twin && (kept || isOlder(descriptorOf(one).s, descriptorOf(twin).s))) one.replaceWith(remember(twin).cloneNode(true));
  }
}
