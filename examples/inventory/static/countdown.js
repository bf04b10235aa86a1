// Counts down what the server wrote in words: `<span class="countdown" data-seconds-left="840">14 minutes</span>`.
// The end is measured on the visitor's own clock from the moment the page came, so that a wrong clock does no harm.

const ends = new WeakMap();

/** Give the end of a hold; a page that was refreshed in place says anew how many seconds are left. */
function endOf(element) {
  const left = element.dataset.secondsLeft;
  const known = ends.get(element);
  if (known?.left === left) return known.end;
  const end = performance.now() + 1000 * Number(left);
  ends.set(element, { left, end });
  return end;
}

function show(element) {
  const seconds = Math.max(0, Math.round((endOf(element) - performance.now()) / 1000));
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} minutes`;
  element.textContent = seconds ? text : "no time";
  element.classList.toggle("is-short", seconds < 60);
}

const tick = () => document.querySelectorAll(".countdown").forEach(show);

tick();
setInterval(tick, 1000);
