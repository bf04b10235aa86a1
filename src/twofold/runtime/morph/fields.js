// What a field shows belongs to the user and to the server: here it is decided whose value stands.

/** @typedef {string | boolean | undefined} State */
/** @typedef {Map<Element, State>} Drafts What each field showed at some time. */
/** @typedef {{draft: "server" | "user", sent?: Drafts}} Policy Whose value stands, and what was sent if it is the server's. */
/** @typedef {"unchanged" | "server" | "edited" | "conflict"} Verdict */

/** What can be edited is one value, whatever is inside. */
export const EDITABLE = "[contenteditable]:not([contenteditable=false])";

/** What the user can change, by which property it is shown, and by which the server's HTML says it: no HTML chooses a file. */
const KINDS = [
  ["[type=checkbox],[type=radio]", "checked", "defaultChecked"],
  ["[multiple] option", "selected", "defaultSelected"],
  ["[type=file]", "value", "textContent"],
  ["input,textarea,select:not([multiple])", "value", "defaultValue"],
  [EDITABLE, "innerHTML"],
];

/** @param {Element} element */
export const isEditable = (element) => element.matches(EDITABLE);

/** @param {Element} element */
const kindOf = (element) => KINDS.find(([selector]) => element.matches(selector)) ?? [];

/**
 * Give what an element shows, if the user can change that.
 *
 * @param {Element} element
 * @returns {State}
 */
export const state = (element) => Reflect.get(element, kindOf(element)[1]);

/**
 * Let a field show a value; what can be edited is given nodes instead.
 *
 * @param {Element} field
 * @param {State} value
 * @returns {boolean} Whether it can.
 */
export function show(field, value) {
  const [, shown, said] = kindOf(field);
  // Even to set the same value again would move the caret.
  if (said && state(field) !== value) Reflect.set(field, shown, value);
  return state(field) === value;
}

/**
 * Let a field show what the server's HTML says.
 *
 * @param {Element} field
 */
export function reset(field) {
  const [, shown, said] = kindOf(field);
  if (said in field) Reflect.set(field, shown, Reflect.get(field, said));
  for (const option of field.querySelectorAll("option")) option.selected = option.defaultSelected;
}

/**
 * Decide whose value stands.
 *
 * @param {Element} live
 * @param {State} was What the server said before.
 * @param {State} mine What the field shows.
 * @param {State} want What the server says.
 * @param {Policy} policy
 * @returns {Verdict}
 */
export function verdict(live, was, mine, want, { draft, sent }) {
  if (was === want) return "unchanged";
  if (mine === was || mine === want) return "server";
  if (draft === "user" || (sent && !sent.has(live))) return "conflict";
  return (sent ? sent.get(live) !== mine : live.matches(":focus")) ? "edited" : "server";
}

/**
 * Let the value show that stands, as far as the field can, and mark the one that the user has not seen.
 *
 * @param {Element} live
 * @param {Verdict} decision
 * @param {State} mine
 * @param {State} want
 */
export function settle(live, decision, mine, want) {
  if (decision === "server" || !show(live, mine)) show(live, want);
  if (decision === "conflict") live.setAttribute("data-tf-conflict", String(want));
  else if (decision !== "unchanged") live.removeAttribute("data-tf-conflict");
}

/**
 * Give the radio buttons that the user has chosen: to choose another of the group takes the choice away from them.
 *
 * @param {Element} root
 */
export const choices = (root) => root.querySelectorAll("[type=radio]:checked:not([checked])");

/**
 * Let a radio button keep the user's choice, if that is what stands.
 *
 * @param {Element} radio
 * @param {Policy} policy
 */
export function keepChoice(radio, policy) {
  if (!state(radio)) settle(radio, verdict(radio, undefined, true, false, policy), true, false);
}
