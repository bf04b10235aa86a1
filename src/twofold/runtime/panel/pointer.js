// Pointing at a region of the page, with a frame that lies over it.

import { describe } from "../core.js";
import { h } from "./nodes.js";

const REGION = "data-tf-region";

/**
 * Find what a key stands for on the page.
 *
 * @param {string} key
 */
const find = (key) =>
  key === "page" ? document.body : [...document.querySelectorAll(`[${REGION}]`)].find((one) => describe(one.getAttribute(REGION) ?? "").k === key);

export class Pointer {
  frame = h("div", { class: "frame", hidden: true });

  /** @param {string} key */
  point = (key) => {
    const found = find(key);
    this.frame.hidden = !found;
    if (!found) return;
    const { left, top, width, height } = found.getBoundingClientRect();
    // Property by property, because a policy may forbid the attribute.
    for (const [name, value] of Object.entries({ left, top, width, height })) this.frame.style.setProperty(name, `${value}px`);
  };

  unpoint = () => {
    this.frame.hidden = true;
  };

  /** @param {string} key */
  go = (key) => {
    find(key)?.scrollIntoView({ block: "nearest" });
    this.point(key);
  };
}
