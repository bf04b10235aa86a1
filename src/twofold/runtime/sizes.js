// A file that is too large is told when it is chosen: the browser shows the message beside the field, and does not submit the form.
// Types are left to the server, which tells them by the content.

import { own } from "./own.js";

/** @param {any} field */
function judge(field) {
  const { tfMaxBytes, tfTooLarge } = field.dataset;
  field.setCustomValidity([...field.files].some(({ size }) => size > tfMaxBytes) ? tfTooLarge : "");
}

addEventListener("change", ({ target }) => {
  const field = /** @type {HTMLInputElement} */ (target);
  if (!field.dataset?.tfMaxBytes) return;
  judge(field);
  if (field.validity.customError) field.reportValidity();
});

// Before the browser validates: a reset, and the same file chosen again after it was made smaller, are no change.
addEventListener("click", ({ target }) => {
  const { form } = /** @type {any} */ (/** @type {Element} */ (target).closest("button,input") ?? {});
  if (form) for (const field of own(form, "querySelectorAll", "[data-tf-max-bytes]")) judge(field);
});
