// What the tests' page offers them: the region, its merge through a Trusted Types policy, and what happened on the way.

import { morph, remember } from "/runtime/morph.js";
import { draftsOf, resetUnedited } from "/runtime/morph/drafts.js";

const policy = trustedTypes.createPolicy("twofold", { createHTML: (html) => html });

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

const parsed = (html) => parse(html).firstElementChild;
const find = (selector) => stage.region().querySelector(selector) ?? document.querySelector(selector);
const violations = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => violations.push([violatedDirective, blockedURI]));

/** Hold what a page holds that has just come. */
function show(html, isRemembered) {
  const main = document.createElement("main");
  main.append(document.importNode(parse(html), true));
  document.body.replaceChildren(main);
  getSelection().removeAllRanges();
  scrollTo(0, 0);
  window.stage = { ...kit };
  if (isRemembered) remember(stage.region());
}

const kit = {
  show,
  region: () => document.querySelector("main > *"),
  violations,
  parse,
  morph: (html, options = {}) => morph(options.at ? find(options.at) : stage.region(), parsed(html), { draft: "user", ...options }),
  remember: () => remember(stage.region()),
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
    const count = observer.takeRecords().length;
    observer.disconnect();
    return count;
  },
};

window.stage = kit;
