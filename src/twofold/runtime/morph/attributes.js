// Attributes change where the server changed them, and classes one by one: the others belong to scripts.

/**
 * Change the live element's attributes, and the base's with them.
 *
 * @param {Element} base
 * @param {Element} theirs
 * @param {Element} live
 */
export function patchAttributes(base, theirs, live) {
  for (const name of [...base.getAttributeNames(), ...theirs.getAttributeNames()]) {
    const was = base.getAttribute(name);
    if (was === theirs.getAttribute(name)) continue;
    if (name === "class" && was !== live.getAttribute(name)) patchClasses(base, theirs, live);
    else copyAttribute(name, theirs, live);
    copyAttribute(name, theirs, base);
  }
}

/**
 * @param {Element} base
 * @param {Element} theirs
 * @param {Element} live
 */
function patchClasses(base, theirs, live) {
  for (const name of [...base.classList, ...theirs.classList]) {
    const isWanted = theirs.classList.contains(name);
    if (base.classList.contains(name) !== isWanted) live.classList.toggle(name, isWanted);
  }
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
