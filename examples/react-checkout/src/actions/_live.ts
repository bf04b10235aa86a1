// Written by `twofold client`. Changes are lost.
/* eslint-disable */
// Hearing of what anyone has changed.

import { settings } from "./_runtime.js";

const listeners = new Set<() => void>();
let leave = () => {};

/**
 * Call a listener when listening begins, whenever anyone has changed what the server shows, and at most twice a second.
 *
 * @returns what ends it.
 */
export function live(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size > 1) listener();
  else leave = join(settings.base + "/_twofold/live");
  return () => {
    if (listeners.delete(listener) && !listeners.size) leave();
  };
}

/** Hear the news as the pages of the server do: one tab of the browser listens, and tells the others. */
function join(url: string): () => void {
  const name = "twofold:" + url;
  const channel = new BroadcastChannel(name);
  const leaving = new AbortController();
  const { signal } = leaving;
  let source: EventSource | undefined;
  let last = "";
  let isDue = false;
  let rest: ReturnType<typeof setTimeout> | undefined;

  const tell = () => {
    isDue = !!rest;
    if (isDue || signal.aborted) return;
    rest = setTimeout(() => ((rest = undefined), isDue && tell()), 500);
    for (const listener of [...listeners]) listener();
  };
  const hear = ([place, tags]: [string, string[]?]) => {
    if (place) last = place;
    if (source && last) channel.postMessage(tags ? [last, tags] : [last]);
    tell();
  };
  const listen = () => {
    if (signal.aborted) return;
    source = new EventSource(url + (last && "?last=" + last));
    source.onopen = () => hear([last]);
    source.onmessage = ({ lastEventId, data }) => hear([lastEventId, JSON.parse(data)]);
    source.addEventListener("resync", ({ lastEventId }) => hear([lastEventId]));
    source.onerror = () => (source?.close(), setTimeout(listen, 500 + Math.random() * 9e3));
  };
  const lead = () => new Promise((resolve) => ((signal.onabort = resolve), listen()));
  channel.onmessage = ({ data }) => (data ? hear(data) : source && last && channel.postMessage([last]));
  channel.postMessage(0);
  // Only secure contexts have locks; elsewhere each tab listens for itself.
  Promise.resolve(navigator.locks?.request(name, { signal }, lead) ?? lead()).catch(() => {});
  return () => (leaving.abort(), source?.close(), channel.close());
}
