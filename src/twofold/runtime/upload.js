// Files on their way: `progress[data-tf-progress]` in the form shows how far they are, and `[data-tf-cancel]` stops them.

import { emit, own } from "./core.js";

/**
 * Send as `fetch` does; only an `XMLHttpRequest` tells how far it is.
 *
 * @param {string} url
 * @param {{method: string, headers: Record<string, string>, body: FormData, signal: AbortSignal}} init
 * @param {HTMLFormElement} form
 * @returns {Promise<Response>}
 */
export const send = (url, { method, headers, body, signal }, form) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted(); // while this module was on its way
    const request = new XMLHttpRequest();
    const over = new AbortController();
    const stop = () => request.abort();
    request.open(method, url);
    for (const name in headers) request.setRequestHeader(name, headers[name]);
    const show = (/** @type {number} */ done) => {
      for (const bar of own(form, "querySelectorAll", "progress[data-tf-progress]")) bar.value = done;
    };
    request.upload.onprogress = ({ loaded, total }) => {
      show(loaded / total);
      emit(form, "progress", { loaded, total });
    };
    request.onload = () => {
      const named = ["content-type", "retry-after"].map((name) => [name, request.getResponseHeader(name) ?? ""]);
      resolve(new Response(request.response, { status: request.status, headers: Object.fromEntries(named) }));
    };
    request.onerror = () => reject(new TypeError("network error"));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.onloadend = () => {
      over.abort();
      show(0);
    };
    signal.addEventListener("abort", stop, over);
    document.addEventListener(
      "click",
      ({ target }) => {
        if (own(form, "contains", target) && /** @type {Element} */ (target).closest("[data-tf-cancel]")) stop();
      },
      over,
    );
    request.send(body);
  });
