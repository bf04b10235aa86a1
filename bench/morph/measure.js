// Merges a table of 1,000 rows with each library in turn.

import { morph, remember } from "/runtime/morph.js";

const ROWS = 1000;

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

const twofold = { prepare: remember, morph: (element, html) => morph(element, parse(html).firstElementChild, { draft: "user" }) };

async function library(number) {
  const { Idiomorph, morph, default: byDefault } = await import(`/library/${number}.js`);
  return { prepare() {}, morph: Idiomorph?.morph ?? morph ?? byDefault?.morph ?? byDefault };
}

const rows = (hasIds) =>
  Array.from({ length: ROWS }, (_, number) => ({ id: hasIds ? ` id="r${number}"` : "", cells: [number, `Item ${number}`, number * 7, "in stock"] }));

const row = ({ id, cells }) => `<tr${id} class="row">${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
const table = (all) => `<table class="stock"><tbody>\n${all.map(row).join("\n")}\n</tbody></table>`;
const withText = (one, text) => ({ ...one, cells: one.cells.with(3, text) });

function swapped(all) {
  const next = [...all];
  for (let at = 0; at < 60; at++) {
    const [one, other] = [(at * 17) % ROWS, (at * 31 + 500) % ROWS];
    [next[one], next[other]] = [next[other], next[one]];
  }
  return next;
}

const changed = {
  none: (all) => all,
  "one text": (all) => all.with(500, withText(all[500], "sold out")),
  prepend: (all) => [{ id: ' id="new"', cells: ["new", "New item", 1, "in stock"] }, ...all],
  "60 swaps": swapped,
  reverse: (all) => all.toReversed(),
  "all texts": (all) => all.map((one) => withText(one, "sold out")),
};

function fresh(html) {
  document.body.replaceChildren(document.importNode(parse(html), true));
  // What is merged on a page has been laid out before.
  document.body.getBoundingClientRect();
  return document.body.firstElementChild;
}

function timed(action) {
  const start = performance.now();
  action();
  return performance.now() - start;
}

function recorded(action) {
  const observer = new MutationObserver(() => {});
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  action();
  const count = observer.takeRecords().length;
  observer.disconnect();
  return count;
}

const median = (numbers) => numbers.toSorted((one, other) => one - other)[numbers.length >> 1];

function merge(one, before, after, how) {
  const element = fresh(before);
  one.prepare(element);
  const result = how(() => one.morph(element, after));
  if (document.body.textContent !== parse(after).textContent) throw new Error("The merge went wrong");
  return result;
}

export async function measure({ libraries, rounds, changes, hasIds }) {
  const all = [twofold, ...(await Promise.all(Array.from({ length: libraries }, (_, number) => library(number))))];
  const before = table(rows(hasIds));
  const cells = all.map(() => []);
  for (const change of changes) {
    const after = table(changed[change](rows(hasIds)));
    const times = all.map(() => []);
    for (let round = 0; round < rounds; round++) all.forEach((one, at) => times[at].push(merge(one, before, after, timed)));
    all.forEach((one, at) => cells[at].push({ ms: median(times[at]), records: merge(one, before, after, recorded) }));
  }
  const alone = (action) => median(Array.from({ length: rounds }, () => timed(action)));
  return { cells, remember: median(Array.from({ length: rounds }, () => fresh(before)).map((one) => timed(() => remember(one)))), parse: alone(() => parse(before)) };
}
