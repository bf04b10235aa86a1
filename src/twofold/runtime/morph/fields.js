// What a field shows belongs to the user and to the server: here it is decided whose value stands.

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */
/** @typedef {Map<Element, string | undefined>} Drafts What each field showed at some time. */
/** @typedef {{draft: "server" | "user", sent?: Drafts}} Policy Whose value stands, and what the user sent if it is the server's. */
/** @typedef {"unchanged" | "server" | "edited" | "conflict"} Verdict */

const CONFLICT = "data-tf-conflict";

/**
 * Record what a form's fields show, as it is sent.
 *
 * @param {HTMLFormElement} form
 * @returns {Drafts}
 */
export const draftsOf = (form) => new Map(fieldsOf(form).map((field) => [field, state(field)]));

/**
 * Take the fields that still show what was sent back to what the server says.
 *
 * @param {HTMLFormElement} form
 * @param {Drafts} sent
 */
export function resetUnedited(form, sent) {
  for (const field of fieldsOf(form)) if (state(field) === sent.get(field)) reset(field);
}

/**
 * Give what an element shows as text, or nothing if the user cannot change it.
 *
 * @param {Element} element
 */
export function state(element) {
  const field = /** @type {HTMLInputElement & HTMLSelectElement} */ (element);
  if (isEditable(element)) return element.innerHTML;
  if (element.matches("[type=checkbox],[type=radio]")) return String(field.checked);
  if (element.matches("select")) return JSON.stringify(Array.from(field.selectedOptions, (option) => option.value));
  return element.matches("input,textarea") ? field.value : undefined;
}

/** @param {Element} element */
export const isEditable = (element) => element.hasAttribute("contenteditable");

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
  if (want === was) return "unchanged";
  if (mine === want) return "server";
  if (draft === "server" && sent?.has(field)) return sent.get(field) === mine ? "server" : "edited";
  if (mine === was) return "server";
  if (draft === "server" && !sent) return field.matches(":focus") ? "edited" : "server";
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

/**
 * @param {Element} element
 * @param {string} wanted
 * @returns {boolean} Whether the field can show it.
 */
function show(element, wanted) {
  const field = /** @type {Field} */ (element);
  if (state(field) === wanted) return true;
  if (field.matches("select")) return select(/** @type {HTMLSelectElement} */ (field), JSON.parse(wanted));
  if (field.matches("[type=checkbox],[type=radio]")) /** @type {HTMLInputElement} */ (field).checked = wanted === "true";
  else field.value = wanted;
  return true;
}

/**
 * @param {HTMLSelectElement} field
 * @param {string[]} wanted
 */
function select(field, wanted) {
  const options = [...field.options];
  const isThere = options.some((option) => wanted.includes(option.value));
  if (isThere) for (const option of options) option.selected = wanted.includes(option.value);
  return isThere;
}

/** @param {Field} element */
function reset(element) {
  const field = /** @type {HTMLInputElement & HTMLSelectElement} */ (element);
  if (field.matches("select")) for (const option of field.options) option.selected = option.defaultSelected;
  else if (field.matches("[type=checkbox],[type=radio]")) field.checked = field.defaultChecked;
  else field.value = field.defaultValue;
}

/**
 * Give a form's fields; the property of a form may be a field of that name.
 *
 * @param {HTMLFormElement} form
 * @returns {Field[]}
 */
function fieldsOf(form) {
  return [...Reflect.get(HTMLFormElement.prototype, "elements", form)].filter((element) => element.matches("input,select,textarea"));
}
