// One line of the timeline.

/**
 * @typedef {object} Region
 * @property {string} key
 * @property {string} region
 * @property {Record<string, unknown>} arguments
 * @property {string} reason
 * @property {"rendered" | "late" | "failed"} outcome
 * @property {string[]} tags
 * @property {number | null} ms
 * @property {number | null} bytes
 */

/**
 * @typedef {object} Trace What the server says of a call.
 * @property {string | null} action
 * @property {string | null} key
 * @property {boolean} replayed
 * @property {string[]} written
 * @property {Region[]} regions
 * @property {number} kept
 * @property {number} ms
 */

/**
 * @typedef {object} Entry
 * @property {number} at Milliseconds since the epoch.
 * @property {"page" | "call" | "pull" | "live" | "fallback"} kind
 * @property {string} name
 * @property {number} [status]
 * @property {string} [note]
 * @property {boolean} [isFailure]
 * @property {number} [late] How many regions were put off.
 * @property {number} [gone] How many descriptors the server no longer took.
 * @property {string} [sequence]
 * @property {string[]} [tags] That others have revalidated.
 * @property {Trace} [trace]
 * @property {number} [ms] From the request to the end of the answer.
 * @property {number} [bytes] Of the answer.
 */

export {};
