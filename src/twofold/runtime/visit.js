// Showing another page without loading it; loaded with the first redirect whose page came along, or link that is followed.

import { leave, metaOf, newKey, pull, receipt, remember, uncovered } from "./core.js";
import { mergePage, parse } from "./merge.js";

const MAX_PAGES = 10;

/** @typedef {{body: HTMLElement, title: string, meta: Element | null, scroll: [number, number]}} Left */

/** Pages that were left, as they were: by the name of their entry in the history. @type {Map<string, Left>} */
const pages = new Map();

let entry = nameEntry();

/**
 * Show a page of this origin.
 *
 * @param {string} html
 * @param {string} to Its URL.
 * @param {import("./morph/fields.js").Policy} [policy] Of the submission that led there: if it led back, the page is merged.
 * @returns {Promise<unknown> | void}
 */
export function visit(html, to, policy) {
  const page = parse(html);
  const url = new URL(to, location.href);
  if (policy && url.pathname === location.pathname) {
    history.replaceState(history.state, "", url);
    return uncovered(() => void mergePage(page, policy));
  }
  if (!isShowable(page)) return leave(to);
  if (url.href !== location.href) push(url);
  for (const one of page.querySelectorAll("noscript")) one.remove();
  uncovered(() => show({ body: page.body, title: page.title, meta: metaOf(page), scroll: [0, 0] }));
  receipt.id = undefined;
  remember(document.body);
  document.documentElement.lang = page.documentElement.lang;
  document.getElementById(decodeURIComponent(url.hash.slice(1)))?.scrollIntoView();
  begin();
}

/**
 * Tell whether a page works without being loaded: scripts in its body run only then.
 *
 * @param {Document} page
 */
const isShowable = (page) => assetsOf(page) === assetsOf(document) && !page.body.querySelector("script:not([data-twofold])");

/**
 * Give what a page's head loads; another page that loads something else has to be loaded itself.
 *
 * @param {Document} page
 */
const assetsOf = (page) =>
  Array.from(page.head.querySelectorAll("script:not([data-twofold]),style,link[rel~=stylesheet]"), (one) => one.outerHTML).join();

/** Give the name of this entry of the history, as a reload finds it again. */
function nameEntry() {
  const name = history.state?.twofold ?? newKey();
  history.replaceState({ ...history.state, twofold: name }, "");
  return name;
}

/** @param {URL} url */
function push(url) {
  keep();
  history.pushState(null, "", url);
  entry = nameEntry();
}

/** Keep the page that is left, with what was typed in it. */
function keep() {
  history.scrollRestoration = "manual";
  pages.set(entry, { body: document.body, title: document.title, meta: metaOf(document), scroll: [scrollX, scrollY] });
  if (pages.size > MAX_PAGES) pages.delete(/** @type {string} */ (pages.keys().next().value));
}

/** @param {Left} page */
function show({ body, title, meta, scroll }) {
  metaOf(document)?.remove();
  if (meta) document.head.append(meta);
  document.title = title;
  document.body.replaceWith(body);
  scrollTo(...scroll);
}

/** Let keyboards and screen readers begin at the new page, as they do with one that was loaded. */
function begin() {
  const { body } = document;
  const first = /** @type {HTMLElement} */ (body.querySelector("[autofocus]") ?? body);
  if (first === body) body.tabIndex = -1;
  first.focus({ preventScroll: true });
  if (first === body) body.removeAttribute("tabindex");
}

// Back, and forward again.
addEventListener("popstate", () => {
  const name = history.state?.twofold;
  if (name === entry) return;
  const page = pages.get(name);
  if (!page) return location.reload();
  keep();
  entry = name;
  pages.delete(name);
  uncovered(() => show(page));
  pull().catch(() => {});
});

// A page that is loaded again is scrolled by the browser.
addEventListener("pagehide", () => (history.scrollRestoration = "auto"));
