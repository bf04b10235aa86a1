// Live news: the tab that listens to the server tells all tabs, and so the panel.

/**
 * @param {string} url Of the stream.
 * @param {(sequence: string, tags: string[] | undefined) => void} take Without tags: whatever was revalidated up to there.
 */
export function followLive(url, take) {
  let last = "";
  const open = () => {
    const channel = new BroadcastChannel("twofold:" + url);
    channel.onmessage = ({ data }) => {
      if (!Array.isArray(data) || data[0] === last) return; // every tab repeats how far it is when another one asks
      last = data[0];
      take(data[0], data[1]);
    };
    // A page with an open channel may not be kept for going back to.
    addEventListener("pagehide", () => channel.close(), { once: true });
  };
  addEventListener("pageshow", ({ persisted }) => persisted && open());
  open();
}
