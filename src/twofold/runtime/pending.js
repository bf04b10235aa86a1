// Pending submissions show on the page without code: not before it takes a moment, and then long enough to be seen.

import { own } from "./own.js";

const DELAY_MS = 120;
const SHOWN_MS = 300;

/** @type {{action: string, form: HTMLFormElement, data: FormData}[]} The submissions without an answer, in order. */
export const pending = [];

/** @type {WeakMap<Element, number>} How many of them an element shows. */
const counts = new WeakMap();

/**
 * Count a submission as pending.
 *
 * @param {import("./forms.js").Submission} submission
 * @returns {() => void} Ends that.
 */
export function begin({ action, form, submitter, data }) {
  const one = { action, form, data };
  pending.push(one);
  /** @type {Element[]} */
  let shown = [];
  let since = 0;
  const timer = setTimeout(() => {
    const others = document.querySelectorAll(`[data-tf-pending~="${CSS.escape(action)}"]`);
    shown = [form, ...(submitter ? [submitter] : []), ...others];
    since = performance.now();
    for (const element of shown) count(element, 1);
  }, DELAY_MS);
  return () => {
    pending.splice(pending.indexOf(one), 1);
    clearTimeout(timer);
    if (shown.length) setTimeout(() => shown.forEach((element) => count(element, -1)), since + SHOWN_MS - performance.now());
  };
}

/**
 * @param {Element} element
 * @param {number} by
 */
function count(element, by) {
  const now = (counts.get(element) ?? 0) + by;
  counts.set(element, now);
  own(element, "toggleAttribute", "data-pending", now > 0);
  if (!(element instanceof HTMLFormElement)) return;
  if (now) own(element, "setAttribute", "aria-busy", "true");
  else own(element, "removeAttribute", "aria-busy");
}
