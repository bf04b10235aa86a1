// The only place where text becomes HTML. Nothing in it loads or runs: it is parsed into a document without a window.

/** @type {{createHTML: (html: string) => string}} */
const policy = Reflect.get(globalThis, "trustedTypes")?.createPolicy("twofold", { createHTML: String }) ?? { createHTML: String };

/**
 * Parse a whole document.
 *
 * @param {string} html
 */
export const parse = (html) => new DOMParser().parseFromString(policy.createHTML(html), "text/html");

/**
 * Parse one element; inside a template even a table row stands for itself.
 *
 * @param {string} html
 */
export const parseElement = (html) =>
  /** @type {Element} */ (parse(`<template>${html}</template>`).querySelector("template")?.content.firstElementChild);
