// What is typed survives a reload that another build of the app makes necessary. The typed client loads it for that.

const KEY = "twofold:drafts";
const MINUTE_MS = 60_000;
const WAIT_MS = 10_000;
const SECRET = ["password", "file", "hidden"];

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */
/** @typedef {Record<string, [value: string, isChecked: boolean | undefined]>} Drafts */

/** @returns {[key: string, field: Field][]} */
const fields = () =>
  [...document.querySelectorAll("input,textarea,select")]
    .map((element) => /** @type {Field} */ (element))
    .filter(({ name, type }) => name && !SECRET.includes(type))
    .map((field, index) => [`${field.id || index}:${field.name}:${"checked" in field && /radio|checkbox/.test(field.type) ? field.value : ""}`, field]);

/** @param {Field} field */
const isTicked = (field) => ("checked" in field ? field.checked : undefined);

/**
 * Keep what is typed and load the page anew. A second time within a minute would not help, and does nothing.
 *
 * @returns {Promise<void> | undefined} Without an end, because the page goes away.
 */
export function reload() {
  const last = Number(sessionStorage.getItem(KEY + ":at"));
  if (Date.now() - last < MINUTE_MS) return;
  /** @type {Drafts} */
  const drafts = Object.fromEntries(fields().map(([key, field]) => [key, [field.value, isTicked(field)]]));
  sessionStorage.setItem(KEY + ":at", String(Date.now()));
  sessionStorage.setItem(KEY, JSON.stringify(drafts));
  location.reload();
  return new Promise(() => {});
}

/**
 * Put drafts into fields that are there by now, as if they were typed, for the scripts that listen to that.
 *
 * @param {Drafts} drafts Those that are put back are taken out.
 */
function restore(drafts) {
  for (const [key, field] of fields()) {
    if (!Object.hasOwn(drafts, key)) continue;
    const [value, isChecked] = drafts[key];
    delete drafts[key];
    if (/radio|checkbox/.test(field.type)) {
      if (isTicked(field) !== isChecked) field.click();
    } else if (field.value !== value) {
      // A library that sets the value itself has its own property on the element; the element's class has the real one.
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value")?.set?.call(field, value);
      for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  }
}

/** Put back what was kept, as soon as its fields are there. */
function putBack() {
  const kept = sessionStorage.getItem(KEY);
  if (!kept) return;
  sessionStorage.removeItem(KEY);
  const drafts = JSON.parse(kept);
  const watch = new MutationObserver(() => restore(drafts));
  watch.observe(document, { childList: true, subtree: true });
  setTimeout(() => watch.disconnect(), WAIT_MS);
  restore(drafts);
}

putBack();
