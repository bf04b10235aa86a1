// What the panel knows from one page to the next, as long as the tab is open. A page that may not store anything forgets it.

/**
 * @param {string} name
 * @returns {unknown}
 */
export function saved(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export function save(name, value) {
  try {
    sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // the panel works on without
  }
}
