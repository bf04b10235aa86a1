// What a form does with a submission while an earlier one is not answered yet.

/**
 * @typedef {object} Call
 * @property {string} print Equal for equal submissions.
 * @property {AbortController} controller
 * @property {Promise<unknown>} promise
 */

/**
 * Decide how a submission begins.
 *
 * @template {{print: string}} T
 * @param {string | null} policy `serial` (also where it is unknown), `parallel`, `latest` or `drop`.
 * @param {T[]} lane The calls of the form that are not settled, in order.
 * @param {string} print
 * @returns {{join?: T, after?: T, abort?: T[]}} It is the same as another, it waits for another, it ends others; or it just begins.
 */
export function plan(policy, lane, print) {
  if (policy === "parallel") return {};
  if (policy === "latest") return { abort: lane };
  const join = policy === "drop" ? lane[0] : lane.find((one) => one.print === print);
  return { join, after: lane.at(-1) };
}

/** @type {Map<unknown, Call[]>} */
const lanes = new Map();

/**
 * Begin a call when its form's policy lets it.
 *
 * @param {unknown} key Of the form.
 * @param {string | null} policy
 * @param {string} print
 * @param {(turn: Promise<unknown> | undefined, signal: AbortSignal) => Promise<unknown>} run Begins at once, and sends at its turn.
 * @returns {Promise<unknown>}
 */
export function enter(key, policy, print, run) {
  const lane = lanes.get(key) ?? [];
  const { join, after, abort = [] } = plan(policy, lane, print);
  if (join) return join.promise;
  for (const { controller } of abort) controller.abort();
  const controller = new AbortController();
  const promise = run(after?.promise.catch(() => {}), controller.signal).finally(() => leave(key, controller));
  lanes.set(key, [...lane, { print, controller, promise }]);
  return promise;
}

/**
 * @param {unknown} key
 * @param {AbortController} left
 */
function leave(key, left) {
  const lane = /** @type {Call[]} */ (lanes.get(key)).filter(({ controller }) => controller !== left);
  if (lane.length) lanes.set(key, lane);
  else lanes.delete(key);
}
