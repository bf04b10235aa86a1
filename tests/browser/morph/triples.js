// Random triples of what the server said, what the user and scripts did to it, and what the server says next.

import { morph, remember } from "/runtime/morph.js";
import { draftsOf } from "/runtime/morph/drafts.js";

/** Mulberry32: the same numbers for the same seed. */
function numbers(seed) {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const VOID = new Set(["input", "hr", "img"]);
const BOXES = ["div", "div", "section", "section", "span", "span", "b", "b", "x-item", "x-item", "ul", "details", "template", "svg"];
const WORDS = ["one", "two", "three", "", " ", "four five"];

/** Makes, changes and draws lots. */
class Dice {
  constructor(seed) {
    this.next = numbers(seed);
    this.ids = 0;
  }

  below = (count) => Math.floor(this.next() * count);
  isLucky = (chance) => this.next() < chance;
  pick = (list) => list[this.below(list.length)];
  id = () => `i${this.ids++}`;

  tree() {
    return { tag: "form", attributes: { id: this.id() }, kids: Array.from({ length: 1 + this.below(4) }, () => this.node(1)) };
  }

  node(depth) {
    const lot = this.next();
    if (lot < 0.2) return { text: this.pick(WORDS) + this.below(9) };
    if (lot < 0.25) return { comment: this.pick(WORDS) };
    if (lot < 0.4) return this.field();
    const tag = this.pick(BOXES);
    const kids = depth > 3 ? [] : Array.from({ length: this.below(3) }, () => this.node(depth + 1));
    return { tag, attributes: this.attributes(), kids: tag === "svg" ? [{ tag: "g", attributes: this.attributes(), kids: [] }] : kids };
  }

  attributes() {
    const attributes = {};
    if (this.isLucky(0.6)) attributes.id = this.id();
    if (this.isLucky(0.4)) attributes.class = ["a", "b", "c"].filter(() => this.isLucky(0.5)).join(" ");
    if (this.isLucky(0.2)) attributes.title = this.pick(WORDS);
    if (this.isLucky(0.1)) attributes.hidden = "";
    return attributes;
  }

  field() {
    const attributes = { ...this.attributes(), id: this.id() };
    const kind = this.pick(["text", "text", "text", "number", "checkbox", "checkbox", "radio", "textarea", "textarea", "select", "editable", "editable"]);
    if (kind === "editable") return { tag: "div", attributes: { ...attributes, contenteditable: "" }, kids: [{ text: this.pick(WORDS) }] };
    if (kind === "textarea") return { tag: "textarea", attributes, kids: [{ text: this.pick(WORDS) }] };
    if (kind === "select") return this.select(attributes);
    if (kind === "radio") return this.radios();
    if (kind === "checkbox") return { tag: "input", attributes: { ...attributes, type: kind, ...(this.isLucky(0.5) && { checked: "" }) }, kids: [] };
    return { tag: "input", attributes: { ...attributes, type: kind, value: String(this.below(9)) }, kids: [] };
  }

  select(attributes) {
    const isMany = this.isLucky(0.3);
    const values = ["u", "v", "w", "x"].filter(() => this.isLucky(0.8));
    const kids = values.map((value) => ({ tag: "option", attributes: { value }, kids: [{ text: value }] }));
    if (kids.length && this.isLucky(0.5)) this.pick(kids).attributes.selected = "";
    return { tag: "select", attributes: isMany ? { ...attributes, multiple: "" } : attributes, kids };
  }

  radios() {
    const group = this.id();
    const kids = ["u", "v", "w"].map((value) => ({ tag: "input", attributes: { type: "radio", id: this.id(), name: group, value }, kids: [] }));
    if (this.isLucky(0.6)) this.pick(kids).attributes.checked = "";
    return { tag: "span", attributes: { id: group }, kids };
  }

  /** Let the server change its mind. */
  changed(tree) {
    if (this.isLucky(0.05)) return this.tree();
    const next = structuredClone(tree);
    for (let count = this.below(6); count >= 0; count--) this.change(next);
    return next;
  }

  change(tree) {
    const boxes = all(tree).filter((node) => node.kids && !VOID.has(node.tag) && !["textarea", "select", "option", "svg", "g"].includes(node.tag));
    const box = this.pick(boxes);
    const at = this.below(box.kids.length + 1);
    this.pick([
      () => box.kids.splice(at, 0, this.node(2)),
      () => box.kids.splice(at, 1),
      () => shuffle(box.kids, this),
      () => box.kids.reverse(),
      () => this.moveSomething(tree, box, at),
      () => (box.kids = [{ tag: "div", attributes: this.attributes(), kids: box.kids }]),
      () => this.changeSomething(this.pick(all(tree))),
      () => this.changeSomething(this.pick(all(tree))),
      () => this.changeSomething(this.pick(all(tree))),
    ])();
  }

  moveSomething(tree, box, at) {
    const homes = all(tree).filter((node) => node.kids?.length && !["select", "textarea"].includes(node.tag));
    if (!homes.length) return;
    const home = this.pick(homes);
    const from = this.below(home.kids.length);
    if (all(home.kids[from]).includes(box)) return;
    const [moved] = home.kids.splice(from, 1);
    box.kids.splice(at, 0, moved);
  }

  changeSomething(node) {
    if ("text" in node) node.text = this.pick(WORDS) + this.below(9);
    else if ("comment" in node) node.comment = this.pick(WORDS);
    else if (node.tag === "select") Object.assign(node, { kids: this.select({}).kids });
    else if (node.attributes.type === "checkbox") toggle(node.attributes, "checked");
    else if (node.kids.length === 3 && node.kids.every((kid) => kid.attributes?.type === "radio")) this.chooseRadio(node.kids);
    else if (node.attributes.value && node.attributes.type !== "radio") node.attributes.value = String(this.below(9));
    else if (node.tag === "details") toggle(node.attributes, "open");
    else if (!node.attributes.type && node.tag !== "option") node.attributes = { ...this.attributes(), ...identity(node.attributes) };
  }

  chooseRadio(radios) {
    for (const { attributes } of radios) delete attributes.checked;
    if (this.isLucky(0.8)) this.pick(radios).attributes.checked = "";
  }
}

const all = (node) => [node, ...(node.kids ?? []).flatMap(all)];

const identity = ({ id, contenteditable }) => ({ ...(id !== undefined && { id }), ...(contenteditable !== undefined && { contenteditable }) });

function toggle(attributes, name) {
  if (name in attributes) delete attributes[name];
  else attributes[name] = "";
}

function shuffle(list, dice) {
  for (let at = list.length - 1; at > 0; at--) {
    const other = dice.below(at + 1);
    [list[at], list[other]] = [list[other], list[at]];
  }
}

function html(node) {
  if ("text" in node) return node.text;
  if ("comment" in node) return `<!--${node.comment}-->`;
  const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}="${value}"`);
  return `<${node.tag}${attributes.join("")}>` + (VOID.has(node.tag) ? "" : `${node.kids.map(html).join("")}</${node.tag}>`);
}

/** Give a tree as text, its attributes in order, texts in one, and what its fields show. */
function canonical(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeType === Node.TEXT_NODE ? node.nodeValue : `<!--${node.nodeValue}-->`;
  const names = node.getAttributeNames().sort();
  const attributes = names.map((name) => ` ${name}="${node.getAttribute(name)}"`).join("");
  const inside = node.localName === "template" ? node.content : node;
  return `<${node.nodeName}${attributes}>${shown(node)}${Array.from(inside.childNodes, canonical).join("")}</>`;
}

function shown(node) {
  if (node.localName === "select") return `{${Array.from(node.selectedOptions, (option) => option.value)}}`;
  if (node.type === "checkbox" || node.type === "radio") return `{${node.checked}}`;
  return node.matches("input,textarea") ? `{${node.value}}` : "";
}

/** What the user and scripts may do to an element: each gives what it expects of the result, and takes its traces away. */
const DEEDS = {
  type(element, dice) {
    if (!element.matches("[type=text],[type=number],textarea")) return undefined;
    const mine = String(100 + dice.below(9));
    element.value = mine;
    return fieldDeed(mine, (field) => field.value, (field) => (field.value = field.defaultValue));
  },
  tick(element) {
    if (element.type !== "checkbox") return undefined;
    element.checked = !element.checked;
    return fieldDeed(element.checked, (field) => field.checked, (field) => (field.checked = field.defaultChecked));
  },
  choose(element) {
    if (element.type !== "radio" || element.checked) return undefined;
    element.checked = true;
    const group = (tree) => [...tree.querySelectorAll(`[name="${element.name}"]`)];
    return {
      expected(was, want, isSent) {
        const checked = group(want.getRootNode()).find((radio) => radio.checked);
        const isTaken = checked && checked !== want && !group(was.getRootNode()).find((radio) => radio.id === checked.id)?.checked;
        return !(isSent && isTaken);
      },
      actual: (radio) => radio.checked,
      undo() {
        for (const radio of group(document)) radio.removeAttribute("data-tf-conflict");
        for (const radio of group(document)) radio.checked = radio.defaultChecked;
      },
    };
  },
  select(element, dice) {
    if (element.localName !== "select" || !element.options.length) return undefined;
    const option = dice.pick([...element.options]);
    option.selected = element.multiple ? !option.selected : true;
    const values = (field) => Array.from(field.selectedOptions, (one) => one.value).join();
    const undo = (field) => {
      for (const one of field.options) one.selected = one.defaultSelected;
    };
    return fieldDeed(values(element), values, undo);
  },
  edit(element) {
    if (!element.hasAttribute("contenteditable")) return undefined;
    element.append("mine");
    const undo = (field, theirs) => field.replaceChildren(...document.importNode(theirs, true).childNodes);
    return { ...fieldDeed(element.innerHTML, (field) => field.innerHTML, undo), expected: (was, want, isSent, mine = element.innerHTML) => mine };
  },
  open(element) {
    if (element.localName !== "details") return undefined;
    element.open = !element.open;
    const mine = element.open;
    return {
      expected: (was, want) => (was.open === want.open ? mine : want.open),
      actual: (field) => field.open,
      undo: (field, theirs) => (field.open = theirs.open),
    };
  },
  style(element) {
    element.classList.add("mine");
    const undo = (one, theirs) => {
      one.classList.remove("mine");
      if (!one.classList.length && !theirs.hasAttribute("class")) one.removeAttribute("class");
      else if (tokens(one) === tokens(theirs)) one.className = theirs.getAttribute("class");
    };
    return { expected: () => true, actual: (one) => one.classList.contains("mine"), undo };
  },
  mark(element) {
    element.dataset.mine = "1";
    return { expected: () => "1", actual: (one) => one.dataset.mine, undo: (one) => delete one.dataset.mine };
  },
  add(element) {
    const added = document.createElement("hr");
    const parent = element.parentNode;
    element.after(added);
    return { expected: () => true, actual: () => added.isConnected || !parent.isConnected, undo: () => added.remove() };
  },
};

const tokens = (element) => [...element.classList].sort().join();

function fieldDeed(mine, actual, reset) {
  return {
    expected: (was, want, isSent) => (isSent && actual(was) !== actual(want) ? actual(want) : mine),
    actual,
    undo(field, theirs) {
      reset(field, theirs);
      field.removeAttribute("data-tf-conflict");
    },
  };
}

/** Do something to some elements that are known by id. */
function deeds(root, dice) {
  const done = new Map();
  const elements = [...root.querySelectorAll("[id]")].filter((element) => !(element instanceof SVGElement));
  for (let count = elements.length ? dice.below(5) : 0; count > 0; count--) {
    const element = dice.pick(elements);
    const isInGroup = element.type === "radio" && [...done.keys()].some((other) => other.name === element.name);
    if (!done.has(element) && !isInGroup) act(element, dice, done);
  }
  return done;
}

function act(element, dice, done) {
  const isField = element.matches("input,textarea,select,[contenteditable]");
  const kinds = isField ? ["type", "tick", "choose", "select", "edit"] : ["open", dice.pick(["style", "mark", "add"])];
  for (const kind of kinds) {
    const deed = done.has(element) ? undefined : DEEDS[kind](element, dice);
    if (deed) done.set(element, deed);
  }
}

const { parse } = window.stage;
const parsed = (text) => parse(text).firstElementChild;
const counterpart = (tree, { id }) => tree.querySelector(`[id="${id}"]:not([contenteditable] *)`);
const isSameThing = (one, other) => one && other && ["nodeName", "type", "name"].every((key) => one[key] === other[key]);

function records(action) {
  const observer = new MutationObserver(() => {});
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  action();
  const seen = observer.takeRecords();
  observer.disconnect();
  return seen;
}

class Wrong extends Error {}

function check(isRight, what) {
  if (!isRight) throw new Wrong(what);
}

/** A live tree, and what was said of it and done to it. */
class Triple {
  constructor(seed) {
    const dice = new Dice(seed);
    const tree = dice.tree();
    this.isSame = dice.isLucky(0.1);
    this.before = html(tree);
    this.after = html(this.isSame ? tree : dice.changed(tree));
    this.said = [this.before, this.after].map(parsed);
    this.live = document.importNode(this.said[0], true);
    document.body.replaceChildren(this.live);
    remember(this.live);
    this.done = dice.isLucky(0.2) ? new Map() : deeds(this.live, dice);
    this.isSent = dice.isLucky(0.3);
    this.policy = this.isSent ? { draft: "server", sent: draftsOf(this.live) } : { draft: "user" };
    this.focus = dice.isLucky(0.3) ? dice.pick([...this.live.querySelectorAll("input,textarea,select"), document.body]) : document.body;
    if (this.focus !== document.body) this.focus.focus();
  }

  merge(text, policy = this.policy) {
    check(morph(this.live, parsed(text), policy) === this.live, "it does not merge");
  }

  checkAll() {
    const hadFocus = document.activeElement === this.focus;
    const changes = records(() => this.merge(this.after));
    check(!this.isSame || !changes.length, "what the server did not change was touched");
    check(!records(() => this.merge(this.after)).length, "the second merge is not idle");
    if (hadFocus) this.checkFocus();
    for (const [element, deed] of this.done) this.checkDeed(element, deed);
    this.checkText(this.said[1]);
    this.merge(this.before, { draft: "user" });
    this.checkText(this.said[0]);
  }

  checkFocus() {
    const heir = counterpart(this.said[1], this.focus);
    if (!isSameThing(this.focus, heir) || !this.focus.checkVisibility()) return;
    check(document.activeElement === this.focus, `the focus of ${this.focus.outerHTML} is lost`);
  }

  checkDeed(element, deed) {
    const [was, want] = this.said.map((tree) => counterpart(tree, element));
    if (isSameThing(was, want)) this.checkShown(element, deed, was, want);
    deed.undo(element, want ?? element);
  }

  checkShown(element, deed, was, want) {
    const where = `${element.outerHTML} against ${want.outerHTML}`;
    check(element.isConnected, `${where} is lost`);
    const [expected, actual] = [deed.expected(was, want, this.isSent), deed.actual(element)];
    const isPossible = element.localName !== "select" || expected.split(",").every((value) => hasOption(want, value));
    check(!isPossible || actual === expected, `${where} has ${actual} instead of ${expected}`);
  }

  /** Check that nothing else differs from what the server said. */
  checkText(said) {
    const [actual, expected] = [this.live, said].map(canonical);
    check(actual === expected, `${actual}\n  instead of\n${expected}`);
  }
}

const hasOption = (select, value) => [...select.options].some((option) => option.value === value);

function problem(seed) {
  const triple = new Triple(seed);
  try {
    triple.checkAll();
    return [];
  } catch (error) {
    return [[`seed ${seed}: ${error.message}`, triple.before, triple.after, error instanceof Wrong ? "" : error.stack].join("\n")];
  }
}

/** Try the triples of some seeds, and give what is wrong with the first few. */
export function problems(from, to) {
  const found = [];
  for (let seed = from; seed < to && found.length < 3; seed++) found.push(...problem(seed));
  return found;
}
