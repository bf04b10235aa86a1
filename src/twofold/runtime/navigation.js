// Links and GET forms below `data-tf-navigation` lead to the next page without loading it. Whatever is unusual is the browser's.

import { leave, load, own } from "./core.js";

const BUSY_AFTER_MS = 120;

let going = new AbortController();

addEventListener("click", (event) => {
  const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("a[href]"));
  const isPlain = !(event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || !isHere(link.target) || link.hasAttribute("download") || !isEnhanced(link)) return;
  const url = new URL(link.href);
  if (!isOther(url)) return;
  event.preventDefault();
  go(url);
});

addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const { submitter } = event;
  /** @param {string} name */
  const given = (name) => submitter?.getAttribute("form" + name) ?? own(form, "getAttribute", name) ?? "";
  if (event.defaultPrevented || !/^(get)?$/i.test(given("method")) || !isHere(given("target")) || !isEnhanced(form)) return;
  const url = new URL(given("action"), document.baseURI);
  const values = [...new FormData(form, submitter)].map(([name, value]) => [name, value instanceof File ? value.name : value]);
  url.search = String(new URLSearchParams(values));
  if (url.origin !== location.origin) return;
  event.preventDefault();
  go(url);
});

/** @param {string} target */
const isHere = (target) => /^(_self)?$/i.test(target);

/**
 * Tell whether a link leads to another page of this site, and not to another place in this one.
 *
 * @param {URL} url
 */
const isOther = (url) => url.origin === location.origin && !(url.hash && url.href.split("#")[0] === location.href.split("#")[0]);

/** @param {Element} element */
function isEnhanced(element) {
  const around = own(element, "closest", "[data-tf-navigation]");
  return around && around.getAttribute("data-tf-navigation") !== "off";
}

/**
 * Show the page at a URL; the last one that was asked for is shown.
 *
 * @param {URL} url
 */
async function go(url) {
  going.abort();
  const { signal } = (going = new AbortController());
  const root = document.documentElement;
  const busy = setTimeout(() => root.setAttribute("aria-busy", "true"), BUSY_AFTER_MS);
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" }, signal });
    if (!isPage(response)) return await leave(url.href);
    const [html, { visit }] = await Promise.all([response.text(), load("visit")]);
    signal.throwIfAborted();
    await visit(html, response.url + url.hash);
  } catch {
    if (!signal.aborted) leave(url.href);
  } finally {
    clearTimeout(busy);
    if (!signal.aborted) root.removeAttribute("aria-busy");
  }
}

/** @param {Response} response */
const isPage = ({ ok, headers }) => ok && headers.get("Content-Type")?.startsWith("text/html") && !headers.has("Content-Disposition");
