// What a field shows belongs to the user and to the server: here it is decided whose value stands.

/** @typedef {HTMLInputElement & HTMLSelectElement} Field Any kind. */
/** @typedef {Map<Element, string | undefined>} Drafts What each field showed at some time. */
/** @typedef {{draft: "server" | "user", sent?: Drafts}} Policy Whose value stands, and what was sent if it is the server's. */
/** @typedef {"unchanged" | "server" | "edited" | "conflict"} Verdict */

const CONFLICT = "data-tf-conflict";

/**
 * Give what an element shows as text, or nothing if the user cannot change it.
 *
 * @param {Element} element
 */
export function state(element) {
  const field = /** @type {Field} */ (element);
  if (isEditable(element)) return element.innerHTML;
  if (isChoice(element)) return String(field.checked);
  if (element.nodeName === "SELECT") return Array.from(field.selectedOptions, (option) => option.value).join("\n");
  return element.matches("input,textarea") ? field.value : undefined;
}

/** @param {Element} element */
export const isEditable = (element) => element.hasAttribute("contenteditable");

/** @param {Element} element */
const isChoice = (element) => element.matches("[type=checkbox],[type=radio]");

/**
 * Decide whose value a field shows.
 *
 * @param {Element} field
 * @param {string | undefined} was What the server said before.
 * @param {string | undefined} mine What the field shows.
 * @param {string | undefined} want What the server says.
 * @param {Policy} policy
 * @returns {Verdict}
 */
export function verdict(field, was, mine, want, { draft, sent }) {
  const isOwn = draft === "server";
  if (want === was) return "unchanged";
  if (mine === want) return "server";
  if (isOwn && sent?.has(field)) return mine === sent.get(field) ? "server" : "edited";
  if (mine === was) return "server";
  if (isOwn && !sent) return field.matches(":focus") ? "edited" : "server";
  return "conflict";
}

/**
 * Let a field show the value that stands, and mark it where the user's stands against the server's.
 *
 * @param {Element} field
 * @param {Verdict} decision
 * @param {string | undefined} mine
 * @param {string | undefined} want
 */
export function settle(field, decision, mine = "", want = "") {
  if (decision === "conflict") field.setAttribute(CONFLICT, want);
  else if (decision !== "unchanged") field.removeAttribute(CONFLICT);
  if (decision === "server" || !show(field, mine)) show(field, want);
}

/**
 * Let a field show a value.
 *
 * @param {Element} element
 * @param {string} value
 * @returns {boolean} Whether it can.
 */
export function show(element, value) {
  const field = /** @type {Field} */ (element);
  if (state(field) === value) return true;
  if (element.nodeName === "SELECT") return select(field, value.split("\n"));
  if (isChoice(field)) field.checked = value === "true";
  else field.value = value;
  return true;
}

/**
 * @param {HTMLSelectElement} field
 * @param {string[]} values
 */
function select(field, values) {
  const options = [...field.options];
  const isThere = options.some((option) => values.includes(option.value));
  if (isThere) for (const option of options) option.selected = values.includes(option.value);
  return isThere;
}

/**
 * Let a field show what the server's HTML says.
 *
 * @param {Element} element
 */
export function reset(element) {
  const field = /** @type {Field} */ (element);
  for (const option of field.options ?? []) option.selected = option.defaultSelected;
  if (isChoice(field)) field.checked = field.defaultChecked;
  else if (!field.options) field.value = field.defaultValue;
}

/**
 * Find the radio buttons that the user chose: what the server checks takes the choice from them without touching them.
 *
 * @param {Element} root
 * @returns {HTMLInputElement[]}
 */
export function choices(root) {
  const checked = /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll("[type=radio]:checked"));
  return [...checked].filter((radio) => !radio.defaultChecked);
}

/**
 * Give a radio button the choice back that the server took from it, if the user's stands.
 *
 * @param {HTMLInputElement} radio
 * @param {Policy} policy
 */
export function keepChoice(radio, policy) {
  if (!radio.checked && radio.isConnected) settle(radio, verdict(radio, "false", "true", "taken", policy), "true", "false");
}
