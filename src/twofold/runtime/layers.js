// Optimistic layers: what the page shows until an answer is there stands on top of what the server said. They are lifted before the
// server's HTML is merged and laid again on the result, so that each disappears alone, and nothing is ever rolled back.

import { layers, own, uncovered } from "./core.js";

/** @typedef {[string, DocumentFragment][]} Layer By the id of the element that it covers. */

/** @type {Set<Layer>} In the order of the calls. */
const pending = new Set();

/** @type {(() => void)[]} */
const lifts = [];

layers.lift = () => {
  for (let lift; (lift = lifts.pop()); ) lift();
};

layers.lay = () => {
  for (const layer of pending) for (const [id, content] of layer) lay(id, content);
};

/**
 * Lay what a form shows until it is answered.
 *
 * @param {HTMLFormElement} form
 * @param {FormData} data
 * @returns {() => void} Takes it away again.
 */
export function cover(form, data) {
  /** @type {HTMLTemplateElement[]} */
  const templates = [...own(form, "querySelectorAll", "template[data-tf-optimistic]")];
  /** @type {Layer} */
  const layer = templates.map((template) => [template.getAttribute("data-tf-optimistic") ?? "", filled(template, data)]);
  uncovered(() => pending.add(layer));
  return () => uncovered(() => pending.delete(layer));
}

/**
 * @param {string} id
 * @param {DocumentFragment} content
 */
function lay(id, content) {
  const element = document.getElementById(id);
  if (!element) return;
  const { hidden } = element;
  const copies = [.../** @type {DocumentFragment} */ (content.cloneNode(true)).children];
  // Of two layers on one element the later shows.
  for (const below of document.querySelectorAll(`[data-tf-layer="${CSS.escape(id)}"]`)) below.remove();
  for (const copy of copies) copy.setAttribute("data-tf-layer", id);
  element.hidden = true;
  element.after(...copies);
  lifts.push(() => {
    for (const copy of copies) copy.remove();
    element.hidden = hidden;
  });
}

/**
 * Fill the submitted values in, as text: never as HTML, and never as a script.
 *
 * @param {HTMLTemplateElement} template
 * @param {FormData} data
 */
function filled(template, data) {
  const content = document.importNode(template.content, true);
  const walker = document.createTreeWalker(content, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const places = node instanceof Element ? [...node.attributes].filter(({ name }) => !name.startsWith("on")) : [node];
    for (const place of places) place.nodeValue = fill(place.nodeValue ?? "", data);
  }
  return content;
}

/**
 * @param {string} text
 * @param {FormData} data
 */
const fill = (text, data) =>
  text.replace(/\{([^{}]+)\}/g, (whole, name) => {
    const value = data.get(name) ?? whole;
    return value instanceof File ? value.name : value;
  });
