// What the tests' page offers them: the region, its merge through a Trusted Types policy, and what happened on the way.

import { morph, remember } from "/runtime/morph.js";
import { draftsOf, resetUnedited } from "/runtime/morph/drafts.js";

const policy = trustedTypes.createPolicy("twofold", { createHTML: (html) => html });

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

const region = () => document.querySelector("main > *");
const find = (selector) => region().querySelector(selector) ?? document.querySelector(selector);
const violations = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => violations.push([violatedDirective, blockedURI]));

window.stage = {
  region,
  violations,
  parse,
  morph: (html, options = {}) => morph(options.at ? find(options.at) : region(), html, { draft: "user", parse, ...options }),
  remember: () => remember(region()),
  send: (form) => (stage.sent = draftsOf(find(form))),
  resetUnedited: (form) => resetUnedited(find(form), stage.sent),
  /** Hold on to a node, to see later whether it is still the same. */
  hold: (selector) => (stage.held = find(selector)),
  isHeld: (selector) => stage.held === find(selector) && stage.held.isConnected,
  /** Count the records of what a merge does to the tree. */
  records(html, options) {
    const observer = new MutationObserver(() => {});
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    stage.morph(html, options);
    return observer.takeRecords().length;
  },
};

if (document.body.dataset.remember !== "later") remember(region());
document.documentElement.dataset.isReady = "";
