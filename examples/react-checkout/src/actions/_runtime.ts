// Written by `twofold client`. Changes are lost.
/* eslint-disable */
// What the generated modules share: calls of actions, their errors, and what decodes their results. It needs nothing else.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Decimal = `${number}`;
export type PlainDate = `${number}-${number}-${number}`;
export type PlainTime = `${number}:${string}`;
export type PlainDateTime = `${PlainDate}T${PlainTime}`;
export type Duration = `${"" | "-"}P${string}`;
export type Uuid = `${string}-${string}-${string}-${string}-${string}`;

/** The codes that any call can fail with; UNREACHABLE where no server answered, or something else did. */
export type Code =
  | "BAD_REQUEST" | "URI_TOO_LONG" | "VALIDATION" | "AUTH" | "FORBIDDEN" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "CONFLICT"
  | "STALE" | "TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "RATE_LIMITED" | "INTERNAL" | "NOT_IMPLEMENTED" | "UNAVAILABLE"
  | "KEY_REUSED" | "HEADERS_TOO_LARGE" | "REQUEST_TIMEOUT" | "UNREACHABLE";

/** Messages by input path: an argument, a part of one (`address.zip`), or the whole input (the empty path). */
export type Fields<N extends string> = { readonly [path in N | `${N}.${string}` | ""]?: readonly string[] };

/** A failure as the server declares it. */
export class ActionError<C extends string = string, D = unknown, N extends string = string> extends Error {
  override readonly name = "ActionError";
  /** 0 where no server answered. */
  readonly status: number;
  readonly code!: C;
  readonly data!: D;
  readonly fields: Fields<N> = {};
  /** In seconds. */
  readonly retryAfter?: number;
  /** Finds an unexpected failure in the server's log. */
  readonly digest?: string;
  /** In development only. */
  readonly details?: string;

  constructor({ error, ...more }: { error: string; code: C }, status: number) {
    super(error);
    this.status = status;
    Object.assign(this, more);
  }
}

/** What every call can fail with. */
export type Failure<N extends string = never> = ActionError<Code, undefined, N>;

export type Result<R, E> = { readonly ok: true; readonly data: R } | { readonly ok: false; readonly error: E };

export interface Options {
  readonly signal?: AbortSignal;
  /** Names the call, 16 to 64 of A-Z a-z 0-9 _ -: calls with the same key happen once. */
  readonly key?: string;
}

export interface Action<A extends unknown[], R, E> {
  /** Call the action; throws an `ActionError` where it fails. */
  (...values: A): Promise<R>;
  /** Call the action, and give its failure as a value. */
  safe(...values: A): Promise<Result<R, E>>;
  /** For `<form action={...}>`: throws where it fails. */
  form(data: FormData): Promise<void>;
  /** For `useActionState(..., null)`. */
  form(state: Result<R, E> | null, data: FormData): Promise<Result<R, E> | null>;
  /** The same action with a signal, or a call key. */
  with(options: Options): Action<A, R, E>;
  readonly id: string;
}

export type Decode = (wire: any) => any;
export type Values = Record<string, any>;

const DRAFTS = "/_twofold/drafts.js";
export const RETRIES = 3;

// What is exported without a comment is for the modules beside this one.

export const settings = {
  /** Before every path: an origin, or the prefix of a mounted app. */
  base: "",
  fetch: (url: string, init: RequestInit): Promise<Response> => fetch(url, init),
  /** Follow a redirect of an action; the call waits for it. */
  redirect: (url: string): unknown => (location.assign(url), new Promise(() => {})),
  /** Another build answers: save what is typed, and load the page anew, once. */
  stale: async (): Promise<unknown> => (await drafts()).reload(),
};

const drafts = () => import(/* @vite-ignore */ settings.base + DRAFTS);

/** Change how calls are sent, and what a redirect and a stale page lead to. */
export const configure = (changed: Partial<typeof settings>): void => void Object.assign(settings, changed);

export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const is = (response: Response, media: string) => (response.headers.get("content-type") ?? "").includes(media);

const pause = (ms: number, signal?: AbortSignal | null) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)));
  });

/** Send a request until it is answered. */
export async function send(url: string, init: RequestInit, retries = RETRIES): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    let wait = Math.random() * 250 * 2 ** attempt;
    try {
      const response = await settings.fetch(settings.base + url, init);
      const { status } = response;
      // A stream tells its failure itself.
      if (response.ok || is(response, "frames")) return response;
      if (attempt >= retries || !(status === 503 || ((status === 502 || status === 504) && !is(response, "json")))) throw await refused(response);
      wait = Math.min(Number(response.headers.get("retry-after")), 30) * 1000 || wait;
    } catch (error) {
      // Networks fail with a TypeError; whatever else fails would fail again.
      if (!(error instanceof TypeError)) throw error;
      if (attempt >= retries) throw new ActionError({ code: "UNREACHABLE", error: "The server could not be reached" }, 0);
    }
    await pause(wait, init.signal);
  }
}

async function refused(response: Response) {
  const { status } = response;
  if (is(response, "json")) return failed(await response.json(), status);
  return failed({ code: "UNREACHABLE", error: "Unexpected answer: " + status }, status);
}

export async function failed(failure: any, status: number) {
  if (failure.code === "STALE") await settings.stale();
  return new ActionError(failure, status);
}

// What is sent. Its types are known: each value says how it is written.

export const plain = (value: any): any => {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(""));
  if (value instanceof Set || Array.isArray(value)) return [...value].map(plain);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !isFinite(value)) throw new RangeError(value + " is not a number that can be sent");
  if (!value || typeof value !== "object" || value instanceof Blob) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
};

const isFile = (value: unknown) => value instanceof Blob;

export function fill(form: FormData, name: string, value: any) {
  if (isFile(value)) form.append(name, value);
  else if (Array.isArray(value) && value.some(isFile)) for (const one of value) form.append(name, one);
  else if (value && typeof value === "object") for (const [part, one] of Object.entries(value)) fill(form, name + "." + part, one);
  else if (value !== undefined) form.append(name, value ?? "");
}

/** Write values as JSON; beside files, as the fields of a form. */
export function bodyOf(values: Values, isForm = Object.values(values).flat().some(isFile)): BodyInit {
  if (!isForm) return JSON.stringify(plain(values));
  const form = new FormData();
  for (const [name, value] of Object.entries(plain(values))) fill(form, name, value);
  return form;
}

export const named = (names: string[], values: unknown[]): Values => ({
  ...Object.fromEntries(names.map((name, index) => [name, values[index]])),
  ...(values[names.length] as Values),
});

export function ask(id: string, schema: string, body: BodyInit, accept: string, { signal, key = newKey() }: Options) {
  const headers: Record<string, string> = { Accept: accept, "Twofold-Call": key, "Twofold-Schema": schema };
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  return send("/_twofold/call?/" + id, { method: "POST", headers, body, signal: signal ?? null });
}

const settled = async <R>(call: Promise<R>): Promise<Result<R, any>> => {
  try {
    return { ok: true, data: await call };
  } catch (error) {
    if (error instanceof ActionError) return { ok: false, error };
    throw error;
  }
};

export const callable = <A extends unknown[], R, M>(call: (...values: A) => Promise<R>, more: M) =>
  Object.assign(call, { safe: (...values: A) => settled(call(...values)), ...more });

/** An exported action. */
export function action<A extends unknown[], R, E>(id: string, schema: string, names: string[], decode: Decode = same, options: Options = {}): Action<A, R, E> {
  const post = async (body: BodyInit): Promise<R> => {
    const answer = await (await ask(id, schema, body, "application/json", options)).json();
    // Where the page has regions of the server, it shows the effect before the call resolves.
    await (globalThis as any).twofold?.pull().catch(() => {});
    if (answer.redirect) return (await settings.redirect(answer.redirect)) as R;
    return read(decode, answer.data);
  };
  const call = async (...values: A) => post(bodyOf(named(names, values)));
  return callable(call, {
    id,
    form: (state: unknown, data?: FormData): Promise<any> => (data ? settled(post(data)) : post(state as FormData)),
    with: (more: Options) => action<A, R, E>(id, schema, names, decode, { ...options, ...more }),
  });
}

// What is read. JSON does not say which text is a date, so the declared type does: a decoder for each that holds such values.

export const same: Decode = (wire) => wire;
export const read = (decode: Decode | undefined, wire: any) => (decode && wire != null ? decode(wire) : wire);

const each = (decoderOf: (name: string) => Decode | undefined): Decode => (wire) => {
  for (const name in wire) wire[name] = read(decoderOf(name), wire[name]);
  return wire;
};

export const date: Decode = (wire) => new Date(wire);
export const bigint: Decode = BigInt;
export const bytes: Decode = (wire) => Uint8Array.from(atob(wire.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
/** Decode all items of an array, or all values of an object. */
export const all = (item: Decode): Decode => each(() => item);
export const set = (item?: Decode): Decode => (wire) => new Set(each(() => item)(wire));
export const tuple = (items: (Decode | undefined)[], rest?: Decode): Decode => each((index) => (index in items ? items[Number(index)] : rest));

/** Decode some members; they may refer to decoders that come later, or to this one. */
export const object = (members: () => Record<string, Decode>): Decode => each((name) => own(members(), name));

/** Decode the alternative that a tag names. */
export const tagged = (tag: string, choices: () => Record<string, Decode>): Decode => (wire) => read(own(choices(), wire[tag]), wire);

/** Decode by the kind of JSON, except the texts that are options of their own. */
export const either = (kinds: Record<string, Decode>, except: unknown[] = []): Decode => (wire) =>
  except.includes(wire) ? wire : read(kinds[Array.isArray(wire) ? "array" : typeof wire], wire);

const own = (decoders: Record<string, Decode>, name: string) => (Object.hasOwn(decoders, name) ? decoders[name] : undefined);

// After a reload that `stale` made, the drafts are waiting.
if (typeof sessionStorage === "object" && sessionStorage.getItem("twofold:drafts")) drafts();
