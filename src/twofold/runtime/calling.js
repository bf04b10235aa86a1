// Calling exported actions from scripts; it is loaded with the first call.

import { answer, leave, newKey, resultOf } from "./core.js";

const MEDIA = "application/vnd.twofold.frames";

/** @typedef {{signal?: AbortSignal}} Options */

/**
 * Ask an action, and give the frames of its answer.
 *
 * @param {string} action
 * @param {object} values
 * @param {Options} options
 */
function ask(action, values, { signal }) {
  const headers = { Accept: MEDIA, "Content-Type": "application/json", "Twofold-Call": newKey() };
  const request = { method: "POST", headers, body: JSON.stringify(values), signal };
  return answer(() => fetch(`${location.pathname}?/${action}`, request), signal, "json");
}

/**
 * Call an exported action.
 *
 * @param {string} action Its id.
 * @param {object} [values] Its parameters.
 * @param {Options} [options]
 * @returns {Promise<any>} What the action returns; of a stream the last item.
 */
export async function call(action, values = {}, options = {}) {
  for await (const frame of ask(action, values, options)) {
    if (frame.redirect) await leave(frame.redirect);
    if (!("item" in frame)) return resultOf(frame);
  }
}

/**
 * Call an exported action that streams.
 *
 * @param {string} action Its id.
 * @param {object} [values] Its parameters.
 * @param {Options} [options]
 * @returns {AsyncGenerator<any, void>} Its items.
 */
export async function* stream(action, values = {}, options = {}) {
  for await (const frame of ask(action, values, options)) {
    if ("item" in frame) yield frame.item;
    else resultOf(frame);
  }
}
