// Which submissions are ours, and how the browser itself is let to send one of them.

import { own } from "./own.js";

/**
 * @typedef {object} Submission
 * @property {HTMLFormElement} form
 * @property {HTMLElement | null} submitter
 * @property {string} action Its id.
 * @property {URL} url
 * @property {string} enctype
 * @property {FormData} data
 */

/**
 * Read what a form submits, if it is to an action of this page and the answer is for this page.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 * @returns {Submission | undefined}
 */
export function submissionOf(form, submitter) {
  const said = (/** @type {string} */ name) => submitter?.getAttribute("form" + name) ?? own(form, "getAttribute", name) ?? "";
  const url = new URL(said("action") || location.href, document.baseURI);
  const action = actionOf(url);
  const enctype = said("enctype").toLowerCase();
  const isOurs =
    action &&
    /^post$/i.test(said("method")) &&
    /^(_self)?$/i.test(said("target")) &&
    enctype !== "text/plain" &&
    own(form, "elements").namedItem("_tf");
  return isOurs ? { form, submitter, action, url, enctype, data: new FormData(form, submitter) } : undefined;
}

/**
 * Give the id of the action that a URL of this page names.
 *
 * @param {URL} url
 */
function actionOf({ origin, pathname, search }) {
  const isHere = origin === location.origin && pathname === location.pathname;
  return isHere ? /[?&]\/([^=&]+)(?:&|$)/.exec(search)?.[1] : undefined;
}

/**
 * Let the browser send what was submitted, as one and the same call. The form may show something else by now, so another one does it.
 *
 * @param {Submission} submission
 * @param {string} key
 */
export function submitNatively({ url, enctype, data }, key) {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: url, enctype, hidden: true });
  form.addEventListener("formdata", ({ formData }) => {
    data.forEach((value, name) => formData.append(name, value));
    formData.append("_tf_call", key);
  });
  document.body.append(form);
  form.submit();
}
