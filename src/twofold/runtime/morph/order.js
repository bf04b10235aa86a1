// What stands in the right order already stays where it is: the fewest moves disturb the least.

/**
 * Give the positions of a longest increasing run, which therefore need not move.
 *
 * @param {number[]} sequence Negative numbers have no place of their own and are passed over.
 * @param {number} [pinned] A position that has to be part of it.
 * @returns {Set<number>}
 */
export function inOrder(sequence, pinned = -1) {
  /** @type {number[]} */
  const ends = [];
  /** @type {number[]} */
  const previous = [];
  sequence.forEach((value, at) => {
    if (value < 0 || !fits(sequence, at, pinned)) return;
    const length = lengthBelow(sequence, ends, value);
    previous[at] = ends[length - 1];
    ends[length] = at;
  });
  return chain(previous, ends[ends.length - 1]);
}

/**
 * @param {number[]} sequence
 * @param {number} at
 * @param {number} pinned
 */
function fits(sequence, at, pinned) {
  return pinned < 0 || Math.sign(sequence[at] - sequence[pinned]) === Math.sign(at - pinned);
}

/**
 * Find, by halving, how long a run may be that ends below a value.
 *
 * @param {number[]} sequence
 * @param {number[]} ends Where the best run of each length ends.
 * @param {number} value
 */
function lengthBelow(sequence, ends, value) {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sequence[ends[middle]] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {number[]} previous
 * @param {number | undefined} last
 */
function chain(previous, last) {
  /** @type {Set<number>} */
  const kept = new Set();
  for (let at = last; at !== undefined; at = previous[at]) kept.add(at);
  return kept;
}
