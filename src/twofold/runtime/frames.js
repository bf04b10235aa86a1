// Frames: JSON objects, one a line, each read as soon as it is there.

export const MEDIA = "application/vnd.twofold.frames";

/** @typedef {Record<string, any>} Frame */

/**
 * Tell what a response says it is.
 *
 * @param {Response} response
 * @param {string} media
 */
export const is = ({ headers }, media) => (headers.get("content-type") ?? "").includes(media);

/**
 * Read frames.
 *
 * @param {Response} response
 * @returns {AsyncGenerator<Frame, void>}
 */
export async function* framesOf(response) {
  const reader = /** @type {ReadableStream<BufferSource>} */ (response.body).pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let end = false; !end; ) {
      const { done, value = "\n" } = await reader.read();
      const lines = (rest + value).split("\n");
      rest = /** @type {string} */ (lines.pop());
      for (const line of lines) if (line.trim()) yield JSON.parse(line);
      end = done;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
