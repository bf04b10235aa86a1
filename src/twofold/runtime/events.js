// Scripts learn by events what becomes of a submission; every frame of an answer is one, named after its first member.

import { own } from "./own.js";

/**
 * Tell a page's scripts; what is no longer on the page tells the document.
 *
 * @param {Element} element
 * @param {string} name
 * @param {unknown} [detail]
 * @returns {boolean} Whether no script has prevented what would follow.
 */
export function emit(element, name, detail) {
  const target = own(element, "isConnected") ? element : document;
  return own(target, "dispatchEvent", new CustomEvent("twofold:" + name, { bubbles: true, cancelable: true, detail }));
}
