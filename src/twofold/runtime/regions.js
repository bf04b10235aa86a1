// The page is made of regions, each with a signed descriptor: what the page has is told to the server.

export const REGION = "data-tf-region";
const MAX_REGIONS = 64;
const MAX_CHARACTERS = 32_000;

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
export const descriptorOf = (element) => describe(element.getAttribute(REGION) ?? "");

/**
 * @param {Document} page
 * @returns {HTMLMetaElement | null}
 */
export const metaOf = (page) => page.querySelector("meta[name=twofold]");

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
