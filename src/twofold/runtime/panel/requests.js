// How long requests took and what they weighed: the browser measures it, and tells it before or after what the answer did.

/** @typedef {import("./entry.js").Entry} Entry */
/** @typedef {import("./log.js").Log} Log */

/** A request whose answer no form has told of by then was made by a script, or was to be sent again. */
const ALONE_MS = 250;

/**
 * Put the measures of requests to their entries; a call that has none gets one.
 *
 * @param {Log} log
 */
export function measureRequests(log) {
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      const request = /** @type {PerformanceResourceTiming} */ (one);
      if (/^(fetch|xmlhttprequest)$/.test(request.initiatorType)) take(request, new URL(request.name));
    }
  }).observe({ type: "resource" });

  /**
   * @param {PerformanceResourceTiming} request
   * @param {URL} url
   */
  function take(request, { origin, pathname, search }) {
    if (origin !== location.origin) return;
    const action = /[?&]\/([^=&]+)(?:&|$)/.exec(search)?.[1];
    const measures = { ms: request.duration, bytes: request.transferSize };
    const put = () => {
      const entry = log.entries.find((one) => one.ms === undefined && (action ? one.kind === "call" && one.name === action : isPull(one)));
      if (entry) log.change(entry, measures);
      return entry;
    };
    /** @param {Entry} one */
    const isPull = (one) => one.kind === "pull" && one.name === pathname;
    if (put()) return;
    setTimeout(() => {
      if (!put() && action) {
        const status = request.responseStatus;
        log.add({ kind: "call", name: action, status, note: "without a form, or sent again", isFailure: status > 399 || !status, ...measures });
      }
    }, ALONE_MS);
  }
}
