// The server's new children are its old ones by id, then by the ids inside, then by where they point or what they say, then by place.

/** @typedef {Map<Node, Node>} Known From an element on either side to the old one. */

/** What differs in one of these is another thing: nothing that the user did to the one may pass to the other. */
const IDENTITY = ["id", "data-tf-key", "name", "type", "srcdoc"];

/** What is equal in these is likely the same thing. */
const POINTERS = ["href", "src", "for", "action", "value"];

/**
 * Find what is known by id wherever it stands, since it is the only one with its id on both sides.
 *
 * @param {Element} base
 * @param {Element} theirs
 * @returns {Known}
 */
export function knownById(base, theirs) {
  const olds = onlyOnes(base);
  /** @type {Known} */
  const known = new Map();
  for (const [id, one] of onlyOnes(theirs)) {
    const old = one && olds.get(id);
    if (old && identity(old) === identity(one)) known.set(one, old).set(old, old);
  }
  return known;
}

/**
 * Give the elements with an id, and null where they are not alone with it.
 *
 * @param {Element} root
 */
function onlyOnes(root) {
  /** @type {Map<string | null, Element | null>} */
  const found = new Map();
  for (const element of withIds(root)) {
    const id = element.getAttribute("id");
    found.set(id, found.has(id) ? null : element);
  }
  return found;
}

/**
 * Give the elements inside that have an id.
 *
 * @param {Node} node
 * @returns {Element[]}
 */
export const withIds = (node) => [...(/** @type {Element} */ (node).querySelectorAll?.("[id]") ?? [])];

/**
 * Pair the server's new children with its old ones.
 *
 * @param {Node[]} olds
 * @param {Node[]} news
 * @param {Known} known
 * @returns {Map<Node, Node>} From new to old.
 */
export function matched(olds, news, known) {
  /** @type {Map<Node, Node>} */
  const pairs = new Map();
  const free = new Set(olds.filter((old) => !known.has(old)));
  for (const one of news) take(one, known.get(one) ?? holder(one, free, known));
  for (const key of [likeness, identity]) {
    const find = finder(key, free);
    for (const one of news) if (free.size && !pairs.has(one)) take(one, find(one));
  }
  return pairs;

  /**
   * @param {Node} one
   * @param {Node | undefined} old
   */
  function take(one, old) {
    if (old) pairs.set(one, old);
    if (old) free.delete(old);
  }
}

/**
 * Find the old node that holds something known that a new one holds too.
 *
 * @param {Node} one
 * @param {Set<Node>} free
 * @param {Known} known
 */
function holder(one, free, known) {
  for (const element of withIds(one)) {
    /** @type {Node | null | undefined} */
    let old = known.get(element);
    while (old && !free.has(old)) old = old.parentNode;
    if (old && identity(old) === identity(one)) return old;
  }
  return undefined;
}

/**
 * Make what finds the first old node with the same key.
 *
 * @param {(node: Node) => string} key Nothing is found by an empty one.
 * @param {Set<Node>} free
 * @returns {(one: Node) => Node | undefined}
 */
function finder(key, free) {
  /** @type {Map<string, Node[]>} */
  const waiting = new Map();
  for (const old of free) {
    const name = key(old);
    if (!waiting.get(name)?.push(old)) waiting.set(name, [old]);
  }
  waiting.delete("");
  return (one) => waiting.get(key(one))?.shift();
}

/** @param {Node} node */
function likeness(node) {
  const clue = values(node, POINTERS).find(Boolean) ?? node.textContent?.trim();
  return clue ? identity(node) + clue : "";
}

/** @param {Node} node */
function identity(node) {
  const element = /** @type {Element} */ (node);
  // What a script says cannot be changed where Trusted Types are required.
  if (node.nodeName === "SCRIPT") return element.outerHTML;
  const isChoice = /checkbox|radio/.test(values(node, ["type"])[0] ?? "");
  return [node.nodeName, ...values(node, IDENTITY), ...values(node, isChoice ? ["value"] : [])].join("\n");
}

/**
 * @param {Node} node
 * @param {string[]} names
 */
const values = (node, names) => names.map((name) => /** @type {Element} */ (node).getAttribute?.(name));
