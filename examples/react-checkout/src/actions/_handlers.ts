// Written by `twofold client`. Changes are lost.
/* eslint-disable */
// Requests to route handlers.

import { RETRIES, callable, fill, is, newKey, plain, read, same, send, type Decode, type Options, type Result, type Values } from "./_runtime.js";

export interface Handler<A extends unknown[], R, E> {
  /** Send the request; throws an `ActionError` where it is refused. */
  (...values: A): Promise<R>;
  safe(...values: A): Promise<Result<R, E>>;
  with(options: Options): Handler<A, R, E>;
}

/** Where a request has a value, and its name there: `["query", "limit"]`. */
type Place = readonly [place: "path" | "query" | "header" | "body" | "form" | "raw", name: string];

/** A route handler. */
export function handler<A extends [values?: Values], R, E>(
  method: string, path: string, places: Record<string, Place>, decode: Decode | null = same, isKeyed = false, options: Options = {},
): Handler<A, R, E> {
  const call = async (...[values = {}]: A): Promise<R> => {
    const { url, ...init } = requestOf(path, places, plain(values));
    if (isKeyed) init.headers["Idempotency-Key"] = options.key ?? newKey();
    const response = await send(url, { method, signal: options.signal ?? null, ...init }, method === "GET" || isKeyed ? RETRIES : 0);
    return (decode ? is(response, "json") ? read(decode, await response.json()) : undefined : response) as R;
  };
  return callable(call, { with: (more: Options) => handler<A, R, E>(method, path, places, decode, isKeyed, { ...options, ...more }) });
}

function requestOf(url: string, places: Record<string, Place>, values: Values) {
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  let body: BodyInit | null = null;
  for (const [name, value] of Object.entries(values)) {
    const [place, as] = places[name]!;
    const texts = [value ?? []].flat();
    if (place === "path") url = url.replace(`{${as}}`, texts.map(encodeURIComponent).join("/"));
    if (place === "query") for (const one of texts) query.append(as, one);
    if (place === "header" && texts.length) headers[as] = texts.join(", ");
    if (place === "raw") body = value;
    if (place === "form") fill((body ??= new FormData()) as FormData, as, value);
    if (place === "body") (body = JSON.stringify(value)), (headers["Content-Type"] = "application/json");
  }
  return { url: url + "?" + query, headers, body };
}
