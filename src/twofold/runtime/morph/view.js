// Where the user is, which moving and replacing nodes may lose: what has the focus, the selection in it, and what is scrolled.

/**
 * Record where the user is inside an element.
 *
 * @param {Element} root
 * @returns {(root: Element) => void} Leads the user back, if that was lost; the root may be another one by then.
 */
export function placeOf(root) {
  const scrolled = "moveBefore" in root ? [] : [...root.querySelectorAll("*")].filter((one) => one.scrollTop || one.scrollLeft);
  const places = scrolled.map(({ scrollTop, scrollLeft }) => ({ scrollTop, scrollLeft }));
  const focus = /** @type {HTMLInputElement | null} */ (focused(root));
  const address = focus ? addressOf(focus) : "";
  const { selectionStart, selectionEnd, selectionDirection } = focus ?? {};
  return (now) => {
    scrolled.forEach((one, at) => Object.assign(one, places[at]));
    const heir = focus?.isConnected ? focus : address && now.querySelector(address)
    if (heir && isLost(now)) heir.focus({ preventScroll: true });
    if (heir && selectionStart != null && (heir.selectionStart !== selectionStart || heir.selectionEnd !== selectionEnd))
      heir.setSelectionRange(selectionStart, selectionEnd, selectionDirection);
  };
}
