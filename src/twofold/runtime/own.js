// A field called `action` or `closest` hides a form's property of that name: here the form's own is found.

/**
 * Give a form's own property, or what its own method returns.
 *
 * @param {Node} form
 * @param {string} name
 * @param {...unknown} values
 * @returns {any}
 */
export function own(form, name, ...values) {
  const prototype = form instanceof HTMLFormElement ? HTMLFormElement.prototype : Object.getPrototypeOf(form);
  const found = Reflect.get(prototype, name, form);
  return typeof found === "function" ? found.apply(form, values) : found;
}
