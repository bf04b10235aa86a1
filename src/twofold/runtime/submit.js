// A submission, from the form to the merged answer.

import { answer, newKey } from "./call.js";
import { enter } from "./concurrency.js";
import { emit } from "./events.js";
import { ActionError, resultOf } from "./failure.js";
import { submissionOf, submitNatively } from "./forms.js";
import { MEDIA } from "./frames.js";
import { leave } from "./leaving.js";
import { load } from "./load.js";
import { draftsOf, resetUnedited } from "./morph/drafts.js";
import { showFailure } from "./outcome.js";
import { own } from "./own.js";
import { begin } from "./pending.js";
import { receipt } from "./receipt.js";
import { REGION, have, keyOf } from "./regions.js";

export const OPTIMISTIC = "template[data-tf-optimistic]";

/** @typedef {import("./forms.js").Submission} Submission */
/** @typedef {import("./frames.js").Frame} Frame */

/**
 * Submit a form of an action; it is not validated.
 *
 * @param {HTMLFormElement} form
 * @param {{submitter?: HTMLElement | null, signal?: AbortSignal}} [options]
 * @returns {Promise<any>} What the action returns, after the page shows it.
 */
export async function submit(form, { submitter = null, signal } = {}) {
  const submission = submissionOf(form, submitter);
  if (!submission) throw new TypeError("not a form of an action of this page");
  return send(submission, signal);
}

/**
 * Send a submission when its form's policy lets it.
 *
 * @param {Submission} submission
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function send(submission, signal) {
  const { form, url, data } = submission;
  const print = JSON.stringify([url, ...data], (_, value) => (value instanceof File ? [value.name, value.size, value.lastModified] : value));
  // By its id a form is the same when a merge has put another element in its place.
  const key = own(form, "getAttribute", "id") ?? form;
  return enter(key, policyOf(form), print, (turn, own) => perform(submission, turn, signal ? AbortSignal.any([signal, own]) : own));
}

/**
 * Give what a form does with a submission while an earlier one is pending.
 *
 * @param {HTMLFormElement} form
 * @returns {string | null}
 */
export const policyOf = (form) => own(form, "getAttribute", "data-tf-concurrency");

/**
 * @param {Submission} submission
 * @param {Promise<unknown> | undefined} turn
 * @param {AbortSignal} signal
 */
async function perform(submission, turn, signal) {
  const { form, data } = submission;
  const key = newKey();
  const sent = draftsOf(form);
  const end = begin(submission);
  const merging = load("merge").catch(() => {}); // the request goes first, and may be lost without it
  const layer = own(form, "querySelector", OPTIMISTIC) && load("layers").then(({ cover }) => cover(form, data), () => {});
  for (const alert of own(form, "querySelectorAll", "[data-tf-alert]")) alert.remove();
  try {
    await turn;
    signal.throwIfAborted();
    const frames = await framesFor(submission, key, signal);
    return await settle(form, frames, { draft: "server", sent }, await merging, await layer);
  } catch (/** @type {any} */ error) {
    // What was cancelled is over: by a signal, by a later submission, or by the button of an upload.
    if (!(error instanceof ActionError || signal.aborted || error.name === "AbortError")) await fallBack(submission, key, String(error));
    throw error;
  } finally {
    end();
    (await layer)?.();
  }
}

/**
 * Do what the browser would have done, unless a script prevents it.
 *
 * @param {Submission} submission
 * @param {string} key
 * @param {string} reason
 */
async function fallBack(submission, key, reason) {
  if (emit(submission.form, "fallback", { reason })) submitNatively(submission, key);
}

/**
 * Collect the frames of the answer, so that all of them are merged at once.
 *
 * @param {Submission} submission
 * @param {string} key
 * @param {AbortSignal} signal
 */
async function framesFor(submission, key, signal) {
  /** @type {Frame[]} */
  const frames = [];
  try {
    for await (const frame of answer(request(submission, key, signal), signal)) {
      const [name] = Object.keys(frame);
      if (!frames.length && !/^(item|data|failure|redirect)$/.test(name)) break;
      emit(submission.form, name, frame);
      if (name !== "item") frames.push(frame);
    }
  } catch (error) {
    if (!frames.length || signal.aborted) throw error;
    frames.push({ stale: [] }); // the result is here, and what has changed can be asked for
  }
  if (!frames.length) throw new Error("malformed answer");
  return frames;
}

/**
 * Make what sends a submission, as often as it takes.
 *
 * @param {Submission} submission
 * @param {string} key
 * @param {AbortSignal} signal
 */
function request({ form, url, enctype, data }, key, signal) {
  const all = new FormData();
  // First, because the server reads no further than a file that is too large.
  all.append("_tf_have", have());
  all.append("_tf_from", keyOf(own(form, "closest", `[${REGION}]`)));
  data.forEach((value, name) => all.append(name, value));
  const body = enctype.startsWith("m") ? all : new URLSearchParams(/** @type {any} */ (all));
  const init = { method: "POST", body, signal, headers: { Accept: MEDIA, "Twofold-Call": key } };
  const hasFile = [...data.values()].some((value) => value instanceof File && value.size);
  // What can tell of progress is worth loading, but not worth losing a submission.
  const upload = hasFile && load("upload").catch(() => {});
  return async () => ((await upload)?.send ?? fetch)(url.href, init, form);
}

/**
 * Let the page show the answer.
 *
 * @param {HTMLFormElement} form
 * @param {Frame[]} frames
 * @param {import("./morph/fields.js").Policy} policy
 * @param {typeof import("./merge.js")} merging
 * @param {(() => void) | undefined} uncover
 */
async function settle(form, frames, policy, merging, uncover) {
  const [{ failure, redirect, status }] = frames;
  const find = (/** @type {string} */ name) => frames.find((frame) => frame[name]);
  const rest = find("stale") ?? find("gone");
  receipt.id = find("receipt")?.receipt;
  // In one go with its patch, or the page would show what was before; a patch that is still to come is waited for.
  if (!rest) uncover?.();
  if (frames[1]) merging.merge(frames, policy);
  if (failure && !status) emit(form, "fallback", { reason: failure.code });
  if (failure) showFailure(form, failure.error);
  else if (redirect) await follow(redirect, find("document"), policy);
  if (!failure) resetUnedited(form, /** @type {import("./morph/fields.js").Drafts} */ (policy.sent));
  // The result is here, whether or not the network stays.
  if (rest) await load("pulling").then(({ catchUp }) => catchUp(frames)).catch(() => {});
  return resultOf(frames[0]);
}

/**
 * @param {string} to
 * @param {Frame | undefined} page
 * @param {import("./morph/fields.js").Policy} policy
 */
const follow = async (to, page, policy) => (page ? (await load("visit")).visit(page.document, page.url, policy) : leave(to));
