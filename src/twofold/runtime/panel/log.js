// The timeline, as data: the last entries, and who is told of them.

/** @typedef {import("./entry.js").Entry} Entry */

const MAX_ENTRIES = 200;

export class Log {
  /** @type {Entry[]} The oldest first. */
  entries = [];

  /**
   * @param {(entry: Entry) => void} onchange
   * @param {(entry: Entry) => void} ondrop
   */
  constructor(onchange, ondrop) {
    this.onchange = onchange;
    this.ondrop = ondrop;
  }

  /**
   * @param {Omit<Entry, "at">} news
   * @returns {Entry}
   */
  add(news) {
    const entry = { at: Date.now(), ...news };
    this.entries.push(entry);
    this.onchange(entry);
    while (this.entries.length > MAX_ENTRIES) this.ondrop(/** @type {Entry} */ (this.entries.shift()));
    return entry;
  }

  /**
   * @param {Entry} entry
   * @param {Partial<Entry>} news
   */
  change(entry, news) {
    Object.assign(entry, news);
    if (this.entries.includes(entry)) this.onchange(entry);
  }

  clear() {
    for (const entry of this.entries.splice(0)) this.ondrop(entry);
  }

  /** @param {unknown} entries What an earlier page kept. */
  restore(entries) {
    for (const entry of Array.isArray(entries) ? entries : []) this.add(entry);
  }
}
