// Between the layers and what is below them; the layers' own module replaces both functions, if the page has any.

export const layers = { lift() {}, lay() {} };

/**
 * Do something to the page as the server has it, without its layers.
 *
 * @param {() => void} change
 */
export function uncovered(change) {
  layers.lift();
  try {
    change();
  } finally {
    layers.lay();
  }
}
