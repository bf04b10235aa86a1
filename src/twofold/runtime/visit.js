// Showing another page without loading it; loaded with the first redirect whose page came along.

import { leave, remember, uncovered } from "./core.js";
import { mergePage, parse } from "./merge.js";

/**
 * Give what a page's head loads; another page that loads something else has to be loaded itself.
 *
 * @param {Document} page
 */
const assetsOf = (page) =>
  Array.from(page.head.querySelectorAll("script:not([data-twofold]),style,link[rel~=stylesheet]"), (one) => one.outerHTML).join();

const here = () => location.pathname + location.search;

let shown = here();

/**
 * Show a page of this origin: merged with the one that is here if it is the same, otherwise in its place.
 *
 * @param {string} html
 * @param {string} to Its URL.
 * @param {import("./morph/fields.js").Policy} policy
 * @returns {Promise<unknown>}
 */
export async function visit(html, to, policy) {
  const page = parse(html);
  const url = new URL(to, location.href);
  const isSame = url.pathname === location.pathname;
  if (!isSame && !isShowable(page)) return leave(to);
  history[isSame ? "replaceState" : "pushState"](null, "", url);
  shown = here();
  uncovered(() => (isSame ? mergePage(page, policy) : replacePage(page)));
}

/**
 * Tell whether a page works without being loaded: scripts in its body run only then.
 *
 * @param {Document} page
 */
const isShowable = (page) => assetsOf(page) === assetsOf(document) && !page.body.querySelector("script:not([data-twofold])");

/** @param {Document} page */
function replacePage(page) {
  for (const one of page.querySelectorAll("noscript")) one.remove();
  document.title = page.title;
  const [mine, next] = [document, page].map((one) => one.head.querySelector("meta[name=twofold]"));
  if (next) mine?.replaceWith(next);
  else mine?.remove();
  document.body.replaceWith(page.body);
  remember(document.body);
  (document.getElementById(decodeURIComponent(location.hash.slice(1))) ?? document.documentElement).scrollIntoView();
}

// Back to a page that was replaced: the browser thinks it is still there.
addEventListener("popstate", () => {
  if (shown !== here()) location.reload();
});
