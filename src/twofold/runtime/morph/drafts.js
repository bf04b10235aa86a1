// A form remembers what it sent, so that what the user edits while the answer is on its way is told from what the server has seen.

import { reset, show, state } from "./fields.js";

/**
 * Record what a form's fields show, as it is sent.
 *
 * @param {HTMLFormElement} form
 * @returns {import("./fields.js").Drafts}
 */
export const draftsOf = (form) => new Map(fieldsOf(form).map((field) => [field, state(field)]));

/**
 * Take the fields that still show what was sent back to what the server says.
 *
 * @param {HTMLFormElement} form
 * @param {import("./fields.js").Drafts} sent
 */
export function resetUnedited(form, sent) {
  const mine = draftsOf(form);
  for (const [field, value] of mine) if (value === sent.get(field)) reset(field);
  // To reset one radio button takes the choice away from another.
  for (const [field, value] of mine) if (value !== sent.get(field)) show(field, value);
}

/**
 * Give a form's fields, and the options where many can be chosen; the property of a form may be a field of that name.
 *
 * @param {HTMLFormElement} form
 * @returns {Element[]}
 */
function fieldsOf(form) {
  /** @type {Element[]} */
  const elements = [...Reflect.get(HTMLFormElement.prototype, "elements", form)];
  return elements.flatMap((element) => [element, ...element.querySelectorAll("[multiple] option")]).filter((element) => state(element) !== undefined);
}
