// Where the user is, which moving and replacing nodes may lose: what has the focus, the caret in it, and what is scrolled.

/**
 * Record where the user is inside an element.
 *
 * @param {Element} root
 * @returns {(root: Element) => void} Leads the user back, if that was lost; the root may be another one by then.
 */
export function placeOf(root) {
  const scroll = scrolls(root);
  const focus = /** @type {HTMLInputElement | null} */ (focused(root));
  const address = focus && addressOf(focus);
  const { selectionStart: start, selectionEnd: end, selectionDirection: direction } = focus ?? {};
  return (now) => {
    scroll();
    const heir = focus?.isConnected ? focus : address && /** @type {HTMLInputElement | null} */ (now.querySelector(address));
    if (!heir) return;
    if (isLost(now)) heir.focus({ preventScroll: true });
    // Even to set the same selection again would end the composition of an input method.
    if (heir.selectionStart !== start || heir.selectionEnd !== end) heir.setSelectionRange?.(start ?? 0, end ?? 0, direction ?? "none");
  };
}

/**
 * Give the element inside that has the focus.
 *
 * @param {Element} root
 */
export function focused(root) {
  const active = activeBeside(root);
  return root.contains(active) ? active : null;
}

/**
 * @param {Element} root
 * @returns {Element | null}
 */
const activeBeside = (root) => /** @type {Document} */ (root.getRootNode()).activeElement ?? null;

/**
 * Tell whether nothing has the focus: a script may have given it to what is new.
 *
 * @param {Element} root
 */
const isLost = (root) => [null, document.body].includes(/** @type {HTMLElement | null} */ (activeBeside(root)));

/**
 * Give a selector by id, or by name below the nearest id; there is none for what has neither.
 *
 * @param {Element} element
 */
function addressOf(element) {
  const id = element.closest("[id]")?.getAttribute("id");
  const name = element.getAttribute("name");
  const below = name === null || element.hasAttribute("id") ? "" : ` ${element.localName}[name="${CSS.escape(name)}"]`;
  return id === undefined ? below : `[id="${CSS.escape(id ?? "")}"]` + below;
}

/**
 * Record what is scrolled, where moving it would lose that.
 *
 * @param {Element} root
 */
function scrolls(root) {
  const elements = "moveBefore" in root ? [] : [...root.querySelectorAll("*")];
  const scrolled = elements.filter((element) => element.scrollTop || element.scrollLeft);
  const places = scrolled.map(({ scrollTop, scrollLeft }) => ({ scrollTop, scrollLeft }));
  return () => scrolled.forEach((element, at) => Object.assign(element, places[at]));
}
