// The runtime: it takes over the submissions of a page, and keeps the page up to date. Nothing is set up per element, so whatever
// appears on the page works at once. What is exported is for the runtime's other modules.

import { emit } from "./events.js";
import { ActionError } from "./failure.js";
import { submissionOf } from "./forms.js";
import { load } from "./load.js";
import { remember } from "./morph/base.js";
import { pending } from "./pending.js";
import "./sizes.js";
import { OPTIMISTIC, policyOf, send, submit } from "./submit.js";

export { emit, load, pending, remember, submissionOf };
export { answer, newKey } from "./call.js";
export { layers, uncovered } from "./covering.js";
export { resultOf } from "./failure.js";
export { MEDIA, framesOf, is } from "./frames.js";
export { leave } from "./leaving.js";
export { own } from "./own.js";
export { receipt } from "./receipt.js";
export { REGION, describe, descriptorOf, descriptors, have, isOlder, keyOf, metaOf } from "./regions.js";

remember(document.body);

/** @type {typeof import("./pulling.js").pull} */
export const pull = async (keys) => (await load("pulling")).pull(keys);

/** @type {typeof import("./calling.js").call} */
const call = async (...values) => (await load("calling")).call(...values);

/** @type {typeof import("./calling.js").stream} */
async function* stream(...values) {
  yield* (await load("calling")).stream(...values);
}

Object.assign(globalThis, { twofold: { submit, call, stream, pull, pending, ActionError } });

// On the window, so that the page's own handlers come first and can prevent it.
addEventListener("submit", (event) => {
  const submission = !event.defaultPrevented && submissionOf(/** @type {HTMLFormElement} */ (event.target), event.submitter);
  if (!submission) return;
  event.preventDefault();
  send(submission).catch(() => {}); // the page shows it
});

// A double click is one submission, even if its first click is answered already.
addEventListener("click", (event) => {
  const button = event.detail > 1 && /** @type {Element} */ (event.target).closest("button,input");
  const { form, type } = /** @type {HTMLButtonElement} */ (button || {});
  if (form && /submit|image/.test(type) && !policyOf(form) && submissionOf(form, /** @type {HTMLElement} */ (button))) event.preventDefault();
});

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) pull().catch(() => {});
});

const { dataset } = /** @type {HTMLElement} */ (document.querySelector("script[data-twofold]"));
for (const name of ["live", "panel"]) if (name in dataset) load(name);
if (document.querySelector("[data-tf-navigation]")) load("navigation");
if (document.querySelector(OPTIMISTIC)) load("layers");
