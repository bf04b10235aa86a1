// What stands in the right order already stays where it is: the fewest moves disturb the least.

/**
 * Give the positions of a longest increasing run, which therefore need not move.
 *
 * @param {number[]} sequence Negative numbers have no place of their own and are passed over.
 * @param {number} pinned A position that has to be part of it, or a negative number.
 * @returns {Set<number>}
 */
export function inOrder(sequence, pinned) {
  /** @type {number[]} */
  const ends = [];
  /** @type {number[]} */
  const previous = [];
  sequence.forEach((value, at) => {
    const isFitting = pinned < 0 || Math.sign(value - sequence[pinned]) === Math.sign(at - pinned);
    if (value < 0 || !isFitting) return;
    const length = lengthBelow(value, sequence, ends);
    previous[at] = ends[length - 1];
    ends[length] = at;
  });
  /** @type {Set<number>} */
  const run = new Set();
  for (let at = ends[ends.length - 1]; at >= 0; at = previous[at]) run.add(at);
  return run;
}

/**
 * Find, by halving, how long a run may be that ends below a value.
 *
 * @param {number} value
 * @param {number[]} sequence
 * @param {number[]} ends Where the best run of each length ends.
 */
function lengthBelow(value, sequence, ends) {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sequence[ends[middle]] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
