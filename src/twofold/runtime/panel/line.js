// How an entry of the timeline is drawn: a line, and what it opens to.

import { h } from "./nodes.js";

/** @typedef {import("./entry.js").Entry} Entry */
/** @typedef {import("./entry.js").Region} Region */
/** @typedef {{point: (key: string) => void, unpoint: () => void, go: (key: string) => void}} Pointer */

const KINDS = { page: "page", call: "action", pull: "pull", live: "live", fallback: "fallback" };

/** @param {number | null | undefined} ms */
const time = (ms) => (ms === undefined || ms === null ? "" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`);

/** @param {number | null | undefined} bytes */
const size = (bytes) => (bytes === undefined || bytes === null ? "" : bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);

/** @param {number} at */
const clock = (at) => new Date(at).toTimeString().slice(0, 8);

/**
 * Give what stands in a closed entry.
 *
 * @param {Entry} entry
 */
export function summary(entry) {
  const { kind, trace, status, isFailure } = entry;
  return [
    h("time", {}, clock(entry.at)),
    h("span", { class: `kind ${kind}` }, KINDS[kind]),
    h("span", { class: "name", title: entry.name }, ...title(entry)),
    trace?.replayed ? h("span", { class: "badge", title: "It had run already; this is its kept outcome" }, "replayed") : h("span"),
    h("span", { class: isFailure ? "status bad" : "status" }, status ? String(status) : ""),
    h("span", { class: "again" }, again(entry)),
    h("span", { class: "number" }, time(entry.ms ?? trace?.ms)),
    h("span", { class: "number" }, size(entry.bytes ?? page(entry))),
  ];
}

/** @param {Entry} entry */
function title({ kind, name, note, tags, sequence }) {
  if (kind !== "live") return [name, h("small", {}, note ?? "")];
  return tags ? [...chips(tags)] : [h("small", {}, `everything up to ${sequence}`)];
}

/** @param {Entry} entry */
const page = ({ kind, trace }) => (kind === "page" ? trace?.regions.find(({ key }) => key === "page")?.bytes : undefined);

/** @param {Entry} entry */
function again({ trace, late, gone }) {
  if (!trace) return "";
  const count = trace.regions.filter(({ outcome }) => outcome === "rendered").length;
  const parts = [`${count} rendered`];
  if (trace.kept) parts.push(`${trace.kept} kept`);
  if (late) parts.push(`${late} late`);
  if (gone) parts.push(`${gone} gone`);
  return parts.join(", ");
}

/**
 * Give what stands in an open entry.
 *
 * @param {Entry} entry
 * @param {Pointer} pointer
 */
export function details({ trace, sequence, ms, note }, pointer) {
  const written = new Set(trace?.written);
  const read = new Set(trace?.regions.flatMap(({ tags }) => tags));
  return [
    h(
      "dl",
      {},
      ...fact("note", note && [note]),
      ...fact("call key", trace?.key && [h("code", {}, trace.key)]),
      ...fact("tags written", written.size && chips(written, read)),
      ...fact("tags read", read.size && chips(read, written)),
      ...fact("sequence", sequence && [h("code", {}, sequence)]),
      ...fact("in the server", trace && [time(trace.ms) + (ms === undefined ? "" : ` of ${time(ms)}`)]),
    ),
    trace?.regions.length ? table(trace.regions, written, pointer) : undefined,
  ];
}

/**
 * @param {string} name
 * @param {(Node | string)[] | false | "" | 0 | null | undefined} value
 */
const fact = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, ...value)] : []);

/**
 * @param {Iterable<string>} tags
 * @param {Set<string>} [marked]
 */
const chips = (tags, marked) => Array.from(tags, (tag) => h("code", { class: marked?.has(tag) ? "chip met" : "chip" }, tag));

/**
 * @param {Region[]} regions
 * @param {Set<string>} written
 * @param {Pointer} pointer
 */
function table(regions, written, pointer) {
  const head = ["region", "why", "tags it read", "time", "size"].map((name) => h("th", { scope: "col" }, name));
  return h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...regions.map((one) => row(one, written, pointer))));
}

/** @param {Record<string, unknown>} values */
const spelled = (values) => Object.entries(values).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ");

/**
 * @param {Region} region
 * @param {Set<string>} written
 * @param {Pointer} pointer
 */
function row({ key, region, arguments: values, reason, outcome, tags, ms, bytes }, written, { point, unpoint, go }) {
  const show = () => point(key);
  const name = h(
    "button",
    { type: "button", class: "region", title: `${region}, key ${key}: show it on the page`, focus: show, blur: unpoint, click: () => go(key) },
    key === "page" ? `the page ${region}` : `${region.slice(region.lastIndexOf(".") + 1)}(${spelled(values)})`,
  );
  return h(
    "tr",
    { mouseenter: show, mouseleave: unpoint },
    h("td", {}, name),
    h("td", {}, outcome === "rendered" ? reason : `${outcome}: ${reason}`),
    h("td", {}, ...chips(tags, written)),
    h("td", { class: "number" }, time(ms)),
    h("td", { class: "number" }, size(bytes)),
  );
}
