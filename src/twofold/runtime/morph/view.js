// Where the user is: what has the focus, what is selected, and how far it is scrolled, which moving and replacing nodes may lose.

/**
 * Record where the user is inside an element.
 *
 * @param {Element} root
 * @returns {(root: Element) => void} Leads the user back, if that was lost; the root may be another one by then.
 */
export function placeOf(root) {
  const returns = [scrolls(root), selection(root), focus(root)];
  return (now) => returns.forEach((lead) => lead(now));
}

/**
 * Give the element inside that has the focus.
 *
 * @param {Element} root
 * @returns {Element | null}
 */
export function focused(root) {
  const active = activeBeside(root);
  return root.contains(active) ? active : null;
}

/** @param {Element} root */
const activeBeside = (root) => /** @type {Partial<Document>} */ (root.getRootNode()).activeElement ?? null;

/**
 * @param {Element} root
 * @returns {(root: Element) => void}
 */
function focus(root) {
  const element = /** @type {HTMLInputElement | null} */ (focused(root));
  if (!element) return () => {};
  const address = addressOf(element);
  const { selectionStart, selectionEnd, selectionDirection } = element;
  return (now) => {
    const heir = element.isConnected ? element : found(now, address);
    if (!heir) return;
    if (isLost(now)) heir.focus({ preventScroll: true });
    if (selectionStart != null && (heir.selectionStart !== selectionStart || heir.selectionEnd !== selectionEnd))
      heir.setSelectionRange(selectionStart, selectionEnd, selectionDirection ?? undefined);
  };
}

/**
 * Tell whether nothing has the focus: a script may have given it to something new.
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
  if (element.hasAttribute("id")) return attribute(element, "id");
  if (!element.hasAttribute("name")) return "";
  const holder = element.closest("[id]");
  const names = element.matches("[type=radio],[type=checkbox],button") ? ["name", "value"] : ["name"];
  return (holder ? attribute(holder, "id") + " " : "") + element.localName + names.map((name) => attribute(element, name)).join("");
}

/**
 * @param {Element} element
 * @param {string} name
 */
const attribute = (element, name) => `[${name}="${CSS.escape(element.getAttribute(name) ?? "")}"]`;

/**
 * @param {Element} root
 * @param {string} address
 */
function found(root, address) {
  const element = address && (root.matches(address) ? root : root.querySelector(address));
  return /** @type {HTMLInputElement | null} */ (element || null);
}

/**
 * Record what is selected outside of fields.
 *
 * @param {Element} root
 */
function selection(root) {
  const now = getSelection();
  const { anchorNode, anchorOffset = 0, focusNode, focusOffset = 0 } = now ?? {};
  return () => {
    if (!now || !anchorNode?.isConnected || !focusNode?.isConnected || !root.contains(anchorNode)) return;
    if (now.anchorNode === anchorNode && now.focusNode === focusNode) return;
    now.setBaseAndExtent(anchorNode, within(anchorNode, anchorOffset), focusNode, within(focusNode, focusOffset));
  };
}

/**
 * @param {Node} node
 * @param {number} offset
 */
const within = (node, offset) => Math.min(offset, node.nodeValue?.length ?? node.childNodes.length);

/**
 * Record what is scrolled, where moving a node loses it.
 *
 * @param {Element} root
 */
function scrolls(root) {
  const elements = "moveBefore" in root ? [] : [root, ...root.querySelectorAll("*")];
  const places = elements.map((element) => ({ element, top: element.scrollTop, left: element.scrollLeft }));
  const scrolled = places.filter(({ top, left }) => top || left);
  return () => scrolled.forEach(({ element, top, left }) => element.scrollTo({ top, left, behavior: "instant" }));
}
