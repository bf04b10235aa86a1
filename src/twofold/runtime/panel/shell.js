// The panel on the page: in a shadow root beside the body, so that neither a merge nor the page's styles reach it.

import { details, summary } from "./line.js";
import { saved, save } from "./memory.js";
import { h } from "./nodes.js";
import { Pointer } from "./pointer.js";
import { STYLE } from "./style.js";

/** @typedef {import("./entry.js").Entry} Entry */

const OPEN = "twofold:panel:open";

export class Shell {
  #pointer = new Pointer();
  #sequence = h("code", { class: "sequence", title: "How old the page is at most" });
  #count = h("span", { class: "count" });
  #hint = h("p", { class: "hint" }, "Nothing yet. Submit a form.");
  #list = h("div", { class: "list" });
  #toggle = h("button", { type: "button", class: "toggle", "aria-controls": "panel", click: () => this.#open(!this.#isOpen) }, "Twofold", this.#count);
  #panel = h(
    "section",
    { id: "panel", "aria-label": "Twofold development panel" },
    h(
      "header",
      {},
      h("strong", {}, "Twofold"),
      this.#sequence,
      h("button", { type: "button", class: "quiet", click: () => this.onclear() }, "Clear"),
      h("button", { type: "button", class: "quiet", "aria-label": "Close the panel", click: () => this.#open(false) }, "Close"),
    ),
    this.#hint,
    this.#list,
  );

  /** @type {Map<Entry, HTMLDetailsElement>} */
  #lines = new Map();

  /** @param {() => void} onclear */
  constructor(onclear) {
    this.onclear = onclear;
    const host = document.createElement("twofold-panel");
    const root = host.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    root.adoptedStyleSheets = [style];
    root.append(this.#pointer.frame, this.#panel, this.#toggle);
    root.addEventListener("keydown", (event) => {
      if (/** @type {KeyboardEvent} */ (event).key !== "Escape" || !this.#isOpen) return;
      event.stopPropagation();
      this.#open(false);
    });
    this.#open(saved(OPEN) === true, false);
    document.documentElement.append(host);
  }

  get #isOpen() {
    return !this.#panel.hidden;
  }

  #open(/** @type {boolean} */ isOpen, isAsked = true) {
    this.#panel.hidden = !isOpen;
    this.#pointer.unpoint();
    this.#toggle.setAttribute("aria-expanded", String(isOpen));
    if (!isAsked) return;
    save(OPEN, isOpen);
    if (!isOpen) this.#toggle.focus();
  }

  /**
   * Show an entry, or what has changed of it.
   *
   * @param {Entry} entry
   */
  show(entry) {
    const line = this.#lines.get(entry) ?? this.#line(entry);
    line.firstElementChild?.replaceChildren(...summary(entry));
    if (line.open) this.#fill(line, entry);
    this.#toggle.classList.toggle("bad", entry.isFailure ?? false);
    if (entry.sequence) this.#sequence.textContent = entry.sequence;
    this.#tell();
  }

  /** @param {Entry} entry */
  forget(entry) {
    this.#lines.get(entry)?.remove();
    this.#lines.delete(entry);
    this.#tell();
  }

  /** @param {Entry} entry */
  #line(entry) {
    const line = /** @type {HTMLDetailsElement} */ (h("details", { toggle: () => line.open && this.#fill(line, entry) }, h("summary")));
    this.#lines.set(entry, line);
    this.#list.prepend(line);
    return line;
  }

  /**
   * @param {HTMLDetailsElement} line
   * @param {Entry} entry
   */
  #fill(line, entry) {
    while (line.children[1]) line.children[1].remove();
    line.append(...details(entry, this.#pointer).filter((one) => one !== undefined));
  }

  #tell() {
    this.#count.textContent = String(this.#lines.size);
    this.#hint.hidden = this.#lines.size > 0;
  }
}
