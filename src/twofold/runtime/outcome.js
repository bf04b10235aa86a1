// How a failure reaches the user: the focus goes to the first wrong field, and the message is announced.

import { own } from "./own.js";

/**
 * Show a failure.
 *
 * @param {HTMLFormElement} form
 * @param {string} message
 */
export function showFailure(form, message) {
  const other = Reflect.get(document.activeElement ?? {}, "form");
  // Whoever has gone on to another form stays there.
  if (!other || other === form) own(form, "querySelector", "[aria-invalid=true]")?.focus();
  const alerts = [...document.querySelectorAll("[role=alert]:not([data-tf-alert])")];
  if (alerts.some(({ textContent }) => textContent.includes(message))) return;
  const alert = document.createElement("p");
  alert.role = "alert";
  alert.dataset.tfAlert = "";
  alert.textContent = message;
  own(own(form, "isConnected") ? form : document.body, "prepend", alert);
}
