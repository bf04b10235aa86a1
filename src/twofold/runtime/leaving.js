// Going to another page, as a browser does.

const LEAVING_MS = 5000;

/**
 * Let the browser go somewhere, and give it the time: until the page is left, what was submitted stays pending.
 *
 * @param {string} to
 */
export function leave(to) {
  const url = new URL(to, location.href);
  if (!url.protocol.startsWith("http")) throw new Error("redirect to " + url.protocol);
  location.assign(url);
  // To another place in the same page a browser only scrolls.
  if (url.hash && url.href === location.href) location.reload();
  return new Promise((resolve) => setTimeout(resolve, LEAVING_MS));
}
