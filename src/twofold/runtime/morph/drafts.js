// A form remembers what it sent, so that what the user edits while the answer is on its way is told from what the server has seen.

import { reset, state } from "./fields.js";

/** @typedef {import("./fields.js").Field} Field */

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
  for (const field of fieldsOf(form)) if (state(field) === sent.get(field)) reset(field);
}

/**
 * Give a form's fields; the property of a form may be a field of that name.
 *
 * @param {HTMLFormElement} form
 * @returns {Field[]}
 */
function fieldsOf(form) {
  const elements = /** @type {Field[]} */ ([...Reflect.get(HTMLFormElement.prototype, "elements", form)]);
  return elements.filter((element) => state(element) !== undefined);
}
