// Failures as the server declares them.

/** A failure of an action. */
export class ActionError extends Error {
  /**
   * @param {{error: string, code: string, fields?: Record<string, string[]>, digest?: string, retryAfter?: number, details?: unknown}} failure
   * @param {number} status
   */
  constructor({ error, ...more }, status) {
    super(error);
    Object.assign(this, { name: "ActionError", fields: {}, status, ...more });
  }
}

/**
 * Take the result of a call.
 *
 * @param {import("./frames.js").Frame} frame
 * @returns {any}
 */
export function resultOf({ data, failure, status }) {
  if (failure) throw new ActionError(failure, status);
  return data;
}
