// Live pages: one tab of the browser listens, tells all its tabs what was revalidated, and each asks for what it shows of that.

import { describe, descriptors, isOlder, pending, pull } from "./core.js";

/** @typedef {[sequence: string, tags?: string[]]} News Without tags: whatever was revalidated up to there. */

const LOOK_MS = 50;
const PULL_MS = 500;
const RETRY_MS = 5_000;
const MAX_WAIT_MS = 30_000;
const MAX_TAGS = 1_000;
const ALL = "";

const url = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-live]")).dataset.live ?? "";
const name = "twofold:" + url;

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const regions = () => descriptors().filter(Boolean).map(describe);

/**
 * Whether what is as new as one sequence knows the other; that of another life of the server is unknown.
 *
 * @param {string} one
 * @param {string} other
 */
const isCurrent = (one, other) => one === other || isOlder(other, one);

/** How far this tab was told everything. A page is no newer than its regions. */
let heard = regions()[0]?.s ?? "";

/** @type {Map<string, string>} What was revalidated since the last pull, and when last. */
let touched = new Map();

let isBusy = false;

/** @param {News} news */
function hear([sequence, tags]) {
  if (isCurrent(heard, sequence)) return;
  heard = sequence;
  if (touched.size > MAX_TAGS) touched.clear(), (tags = undefined);
  for (const tag of tags ? [...tags, "*"] : [ALL]) touched.set(tag, sequence);
  catchUp();
}

/** Whether the page shows something older than what it was told. */
const isOutdated = () =>
  regions().some(({ t, s }) => [...t, ALL].some((tag) => touched.has(tag) && !isCurrent(s, touched.get(tag) ?? "")));

/** Pull what is outdated: at once, but seldom, and never in the background. Whatever comes meanwhile is looked at afterwards. */
async function catchUp() {
  if (isBusy || document.hidden || !touched.size) return;
  isBusy = true;
  // The answer to a call brings what the call has changed; one that takes long must not hold up what others change.
  for (let turns = PULL_MS / 10; pending.length && turns; turns--) await sleep(LOOK_MS);
  const before = heard;
  const rest = isOutdated() ? await bringUp() : LOOK_MS;
  await sleep(rest);
  isBusy = false;
  if (before !== heard || rest === RETRY_MS) catchUp();
}

/** Pull, and give the milliseconds until the next time. */
async function bringUp() {
  const told = touched;
  touched = new Map();
  try {
    await pull();
    return PULL_MS;
  } catch {
    touched = new Map([...told, ...touched]);
    return RETRY_MS;
  }
}

/** Take part until the page is left: a page with a lock or a stream could not be kept for going back to. */
function join() {
  const leaving = new AbortController();
  const { signal } = leaving;
  const channel = new BroadcastChannel(name);
  /** @type {EventSource | undefined} */
  let source;
  let wait = PULL_MS;

  /** @param {News} news */
  const tell = (news) => {
    channel.postMessage(news);
    hear(news);
  };

  const listen = () => {
    if (signal.aborted) return;
    source = new EventSource(`${url}?last=${heard}`);
    source.onopen = () => {
      wait = PULL_MS;
      tell([heard]);
    };
    source.onmessage = ({ lastEventId, data }) => tell([lastEventId, JSON.parse(data)]);
    source.addEventListener("resync", ({ lastEventId }) => tell([lastEventId]));
    // A browser would give up after a 503, and come back to a restarted server together with all others.
    source.onerror = () => {
      source?.close();
      setTimeout(listen, wait * (0.5 + Math.random()));
      wait = Math.min(wait * 2, MAX_WAIT_MS);
    };
  };

  const lead = () =>
    new Promise((resolve) => {
      signal.onabort = resolve;
      listen();
    });

  // A tab that says nothing asks how far the others are; only the one that listens knows.
  channel.onmessage = ({ data }) => (data ? hear(data) : source && channel.postMessage([heard]));
  channel.postMessage(0);
  addEventListener(
    "pagehide",
    () => {
      leaving.abort();
      source?.close();
      channel.close();
    },
    { once: true },
  );
  // Only secure contexts have locks; elsewhere each tab listens for itself.
  Promise.resolve(navigator.locks?.request(name, { signal }, lead) ?? lead()).catch(() => {});
}

addEventListener("pageshow", ({ persisted }) => persisted && join());
document.addEventListener("visibilitychange", catchUp);
document.addEventListener("twofold:patched", catchUp);
join();
