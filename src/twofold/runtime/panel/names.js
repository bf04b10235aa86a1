// Names of tags: on the wire they are hashes, but what the traces and the descriptors say of one region tells which is which.

import { describe, descriptors } from "../core.js";

const MANY = "*";

export class Names {
  /** @type {Map<string, string[]>} The tags that a region read, by its key. */
  #read = new Map();

  /**
   * @param {string} key
   * @param {string[]} tags
   */
  read(key, tags) {
    this.#read.set(key, tags);
  }

  /**
   * Give the names of tags; what nothing on this page reads has none.
   *
   * @param {string[]} hashes
   */
  of(hashes) {
    const known = this.#known();
    return hashes.map((hash) => known.get(hash) ?? `#${hash}`);
  }

  #known() {
    /** @type {Map<string, string>} */
    const known = new Map();
    for (const { k, t } of descriptors().filter(Boolean).map(describe)) {
      // Both lists have one order; the page's own ends with its path.
      if (t[0] !== MANY) (this.#read.get(k) ?? []).forEach((tag, at) => t[at] && known.set(t[at], tag));
      if (k === "page") known.set(t[t.length - 1], `path:${location.pathname}`);
    }
    return known;
  }
}
