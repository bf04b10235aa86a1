// The page is made of regions, each with a signed descriptor: what the page has is told to the server, and what it answers is merged.

import { emit } from "./events.js";
import { parse, parseElement } from "./html.js";
import { uncovered } from "./covering.js";
import { morph, remember } from "./morph.js";

const REGION = "data-tf-region";
const MAX_REGIONS = 64;
const MAX_CHARACTERS = 32_000;

/** @typedef {import("./frames.js").Frame} Frame */
/** @typedef {import("./morph/fields.js").Policy} Policy */
/** @typedef {{k: string, r: string, p: object, t: string[], s: string, w: string, b: boolean, e: number}} Descriptor */

/**
 * Read a descriptor; only the server can tell whether it is genuine.
 *
 * @param {string} text
 * @returns {Descriptor}
 */
export const describe = (text) => JSON.parse(atob(text.split(".")[0]));

/**
 * Tell whether one sequence is older than another; those of two epochs cannot be compared.
 *
 * @param {string} one
 * @param {string} other
 */
export function isOlder(one, other) {
  const [[epoch, number], [otherEpoch, otherNumber]] = [one, other].map((sequence) => sequence.split("-"));
  return epoch === otherEpoch && Number(number) < Number(otherNumber);
}

/** @param {Element} element */
const descriptorOf = (element) => describe(element.getAttribute(REGION) ?? "");

/**
 * @param {Document} page
 * @returns {HTMLMetaElement | null}
 */
const metaOf = (page) => page.querySelector("meta[name=twofold]");

/** Give the descriptors on the page, its own first. */
export const descriptors = () => [
  ...new Set([metaOf(document)?.content ?? "", ...Array.from(document.querySelectorAll(`[${REGION}]`), (one) => one.getAttribute(REGION) ?? "")]),
];

/** Give what the page has, as the server is told it. */
export function have() {
  let room = MAX_CHARACTERS;
  const told = descriptors().filter((text) => text && (room -= text.length + 3) > 0);
  return JSON.stringify(told.slice(0, MAX_REGIONS));
}

/**
 * Give the key of the region around an element.
 *
 * @param {Element | null} region
 */
export const keyOf = (region) => (region ? descriptorOf(region).k : "page");

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
