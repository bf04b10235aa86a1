// Where the user is, which moving and replacing nodes may lose: what has the focus, the caret in it, and what is scrolled.

/**
 * Record where the user is inside an element.
 *
 * @param {Element} root
 * @returns {(root: Element) => void} Leads the user back, if that was lost; the root may be another one by then.
 */
export function placeOf(root) {
  const scroll = scrolls(root);
  const focus = focused(root);
  const address = focus && addressOf(focus);
  const caret = caretOf(focus);
  return (now) => {
    scroll();
    const heir = focus?.isConnected ? focus : address && /** @type {HTMLInputElement | null} */ (now.querySelector(address));
    if (!heir) return;
    // A script may have given the focus to what is new.
    if (!active(now)) heir.focus({ preventScroll: true });
    // Even to set the same selection again would end the composition of an input method.
    if (heir.selectionEnd != null && `${caretOf(heir)}` !== `${caret}`) heir.setSelectionRange(...caret);
  };
}

/**
 * @param {HTMLInputElement | null} field
 * @returns {Parameters<HTMLInputElement["setSelectionRange"]>}
 */
const caretOf = (field) => [field?.selectionStart ?? 0, field?.selectionEnd ?? 0, field?.selectionDirection ?? "none"];

/**
 * Give the element inside that has the focus.
 *
 * @param {Element} root
 */
export const focused = (root) => (root.contains(active(root)) ? active(root) : null);

/**
 * Give the node inside where the selection starts.
 *
 * @param {Element} root
 */
export function selected(root) {
  const node = getSelection()?.anchorNode;
  return node && root.contains(node) ? node : null;
}

/**
 * Give the element that has the focus, if one has.
 *
 * @param {Element} root
 */
function active(root) {
  const { activeElement } = /** @type {Document} */ (root.getRootNode());
  return activeElement === document.body ? null : /** @type {HTMLInputElement | null} */ (activeElement);
}

/**
 * Give a selector by id, or by name below the nearest id; it is empty for what has neither.
 *
 * @param {Element} element
 */
function addressOf(element) {
  const id = element.closest("[id]")?.getAttribute("id");
  const name = element.getAttribute("name");
  return (id ? "#" + CSS.escape(id) : "") + (name && !element.matches("[id]") ? ` [name="${CSS.escape(name)}"]` : "");
}

/**
 * Record what is scrolled, where moving it would lose that.
 *
 * @param {Element} root
 */
function scrolls(root) {
  const elements = "moveBefore" in Element.prototype ? [] : root.querySelectorAll("*");
  const places = Array.from(elements, ({ scrollLeft, scrollTop }) => [scrollLeft, scrollTop]);
  return () => places.forEach(([left, top], at) => (left || top) && elements[at].scrollTo(left, top));
}
