// Attributes change where the server changed them, and classes one by one: the others belong to scripts.

/**
 * @param {Element} base
 * @param {Element} theirs
 * @param {Element} live
 */
export function patchAttributes(base, theirs, live) {
  for (const name of new Set([...base.getAttributeNames(), ...theirs.getAttributeNames()])) {
    const was = base.getAttribute(name);
    if (was === theirs.getAttribute(name)) continue;
    if (name === "class" && was !== live.getAttribute(name)) patchClasses(base, theirs, live);
    else copyAttribute(name, theirs, live);
  }
}

/**
 * @param {Element} base
 * @param {Element} theirs
 * @param {Element} live
 */
function patchClasses(base, theirs, live) {
  live.classList.remove(...[...base.classList].filter((name) => !theirs.classList.contains(name)));
  live.classList.add(...[...theirs.classList].filter((name) => !base.classList.contains(name)));
}

/**
 * Copy an attribute or its absence, as a node: that keeps its namespace, and a name that only the parser takes.
 *
 * @param {string} name
 * @param {Element} from
 * @param {Element} to
 */
function copyAttribute(name, from, to) {
  const attribute = /** @type {Attr | undefined} */ (from.getAttributeNode(name)?.cloneNode());
  // A modal dialog that only loses the attribute would keep the page blocked.
  if (name === "open" && to.matches(":modal")) /** @type {HTMLDialogElement} */ (to).close();
  if (attribute) to.setAttributeNode(attribute);
  else to.removeAttribute(name);
}
