// Asking for what is outdated: one question at a time, and what is wished meanwhile makes up the next one.

import { MEDIA, emit, framesOf, have, is, receipt, uncovered } from "./core.js";
import { merge, mergePage, parse } from "./merge.js";

/** @typedef {import("./frames.js").Frame} Frame */

/** Give the page's URL, with which its last submission is shown again. */
export function pageUrl() {
  const parts = location.search.slice(1).split("&").filter((part) => part && !part.startsWith("/"));
  return location.pathname + "?" + [...parts, ...(receipt.id ? ["/=" + receipt.id] : [])].join("&");
}

/** @type {Set<string>} */
let wished = new Set();

/** @type {Promise<void> | undefined} */
let next;

/** @type {Promise<void>} */
let last = Promise.resolve();

/**
 * Bring the page up to date.
 *
 * @param {string[]} [keys] Of regions that are rendered in any case.
 * @returns {Promise<void>} When the page is.
 */
export function pull(keys = []) {
  for (const key of keys) wished.add(key);
  return (next ??= last.then(() => {
    const asked = [...wished];
    wished = new Set();
    next = undefined;
    const asking = ask(asked);
    last = asking.catch(() => {});
    return asking;
  }));
}

/** @param {string[]} keys */
async function ask(keys) {
  const headers = { Accept: MEDIA, "Content-Type": "application/json", "Twofold-Pull": keys.join() || "1" };
  const response = await fetch(pageUrl(), { method: "POST", headers, body: have() });
  if (response.status > 499) throw new Error("unexpected answer: " + response.status); // whoever asked can ask again
  if (!is(response, MEDIA)) return;
  /** @type {Frame[]} */
  const frames = [];
  for await (const frame of framesOf(response)) frames.push(frame);
  emit(document.body, "pulled", frames);
  merge(frames, { draft: "user" });
  await catchUp(frames.filter(({ gone }) => gone));
}

/**
 * Ask for what an answer has left out, if it has.
 *
 * @param {Frame[]} frames
 */
export async function catchUp(frames) {
  if (frames.some(({ gone }) => gone)) await reload();
  else if (frames.some(({ stale }) => stale)) await pull(frames.flatMap(({ stale }) => stale ?? []));
}

/** Merge the page as a new visitor gets it: the server no longer knows what is shown. */
async function reload() {
  const response = await fetch(pageUrl(), { headers: { Accept: "text/html" } });
  if (response.status > 499) return;
  if (!response.ok || response.redirected || !is(response, "text/html")) return location.reload();
  const page = parse(await response.text());
  uncovered(() => mergePage(page, { draft: "user" }));
}
