// One logical call: its key, and the requests that it takes until it is answered. All of them carry the key, so it has one effect.

import { MEDIA, framesOf, is } from "./frames.js";

/** @typedef {import("./frames.js").Frame} Frame */

const RETRIES = 3;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_SECONDS = 30;

/** @type {Frame} What a call comes to where no server answers. */
const UNREACHABLE = { failure: { code: "UNREACHABLE", error: "The server could not be reached. Please try again" }, status: 0 };

/** Mint the key of a call: 128 random bits. */
export const newKey = () =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .slice(0, 22);

/**
 * Give how long to wait before a retry: a random time, because all who were turned away at once must not come back at once.
 *
 * @param {number} attempt From 0.
 * @param {string | null | undefined} retryAfter What the server says, in seconds.
 * @param {number} random From 0 to 1.
 */
export const delayOf = (attempt, retryAfter, random = Math.random()) =>
  Math.min(Number(retryAfter), MAX_DELAY_SECONDS) * 1000 || random * FIRST_DELAY_MS * 2 ** attempt;

/**
 * Give the frames of the answer to a call. It is sent again until one has come; after that the connection must hold.
 *
 * @param {() => Promise<Response>} send
 * @param {AbortSignal} [signal]
 * @param {string} [media] What else can be read.
 * @returns {AsyncGenerator<Frame, void>}
 */
export async function* answer(send, signal, media = MEDIA) {
  for (let attempt = 0; ; attempt++) {
    let isBegun = false;
    let response;
    try {
      response = await send();
      if (!isPassing(response) || (attempt === RETRIES && is(response, media))) {
        for await (const frame of read(response, media)) {
          isBegun = true;
          yield frame;
        }
        return;
      }
    } catch (error) {
      // Networks fail with a TypeError; whatever else fails would fail again.
      if (isBegun || signal?.aborted || !(error instanceof TypeError)) throw error;
    }
    if (attempt === RETRIES) return yield UNREACHABLE;
    await pause(delayOf(attempt, response?.headers.get("retry-after")), signal);
  }
}

/**
 * Tell whether another attempt may be answered better: 502 and 504 in frames are the action's own.
 *
 * @param {Response} response
 */
const isPassing = (response) => response.status === 503 || ([502, 504].includes(response.status) && !is(response, MEDIA));

/**
 * @param {Response} response
 * @param {string} media
 * @returns {AsyncGenerator<Frame, void>}
 */
async function* read(response, media) {
  if (is(response, MEDIA)) return yield* framesOf(response);
  if (!is(response, media)) throw new Error("unexpected answer: " + response.status);
  const body = await response.json();
  yield response.ok ? body : { failure: body, status: response.status };
}

/**
 * @param {number} time_ms
 * @param {AbortSignal} [signal]
 */
const pause = (time_ms, signal) =>
  new Promise((resolve, reject) => {
    setTimeout(resolve, time_ms);
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
