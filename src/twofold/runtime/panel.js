// The development panel: what the page and the server said to each other, and what came of it. Only `twofold dev` loads it.

import { Log } from "./panel/log.js";
import { followLive } from "./panel/live.js";
import { saved, save } from "./panel/memory.js";
import { Names } from "./panel/names.js";
import { measureRequests } from "./panel/requests.js";
import { Shell } from "./panel/shell.js";

const LOG = "twofold:panel:log";

/** @typedef {import("./panel/entry.js").Entry} Entry */

const { dataset } = /** @type {HTMLElement} */ (document.querySelector("script[data-panel]"));
const names = new Names();
const shell = new Shell(() => log.clear());
const log = new Log((entry) => shell.show(entry), (entry) => shell.forget(entry));

/** @type {WeakMap<EventTarget, Entry>} The call that a form was last answered to. */
const answered = new WeakMap();

/**
 * @param {string} name Of an event of the runtime.
 * @param {(detail: any, target: EventTarget) => void} take
 */
const on = (name, take) => addEventListener("twofold:" + name, (event) => take(/** @type {CustomEvent} */ (event).detail, event.target ?? window));

/**
 * @param {EventTarget} form
 * @param {Partial<Entry>} news
 */
function change(form, news) {
  const entry = answered.get(form);
  if (entry) log.change(entry, news);
}

/** @param {EventTarget} form */
const actionOf = (form) =>
  /[?&]\/([^=&]+)(?:&|$)/.exec((form instanceof Element && form.getAttribute("action")) || "")?.[1] ?? "a form of the page";

/**
 * @param {EventTarget} form
 * @param {Partial<Entry>} result
 */
const begin = (form, result) => answered.set(form, log.add({ kind: "call", name: actionOf(form), ...result }));

/** @param {Entry["trace"]} trace */
function learn(trace) {
  for (const { key, tags } of trace?.regions ?? []) names.read(key, tags);
}

on("data", (_, form) => begin(form, { status: 200 }));
on("redirect", ({ redirect }, form) => begin(form, { status: 200, note: "to " + redirect }));
on("failure", ({ failure, status }, form) => begin(form, { status, note: `${failure.code}: ${failure.error}`, isFailure: true }));
on("fallback", ({ reason }, form) => log.add({ kind: "fallback", name: actionOf(form), note: reason, isFailure: true }));
on("stale", ({ stale }, form) => change(form, { late: stale.length }));
on("gone", ({ gone }, form) => change(form, { gone: gone.length }));
on("sequence", ({ sequence }, form) => change(form, { sequence }));
on("trace", ({ trace }, form) => {
  learn(trace);
  change(form, { trace, name: trace.action });
});
on("pulled", (/** @type {Record<string, any>[]} */ frames) => {
  const { trace, sequence, gone } = Object.assign({}, ...frames);
  learn(trace);
  log.add({ kind: "pull", name: location.pathname, status: 200, trace, sequence, gone: gone?.length });
});

measureRequests(log);
if (dataset.live) followLive(dataset.live, (sequence, tags) => log.add({ kind: "live", name: "", sequence, tags: tags && names.of(tags) }));

log.restore(saved(LOG));
/** @type {Entry["trace"]} */
const trace = dataset.panel ? JSON.parse(dataset.panel) : undefined;
learn(trace);
const [loading] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
log.add({ kind: "page", name: location.pathname + location.search, status: loading?.responseStatus, trace });
addEventListener("pagehide", () => save(LOG, log.entries));
