// Written by `twofold client`. Changes are lost.
/* eslint-disable */
// Actions that give their results item by item.

import { ask, bodyOf, failed, named, read, same, settings, type Decode, type Options } from "./_runtime.js";

const FRAMES = "application/vnd.twofold.frames";

export interface Stream<A extends unknown[], T> {
  /** Call the action, and give its items as they come; throws an `ActionError` where it fails. */
  (...values: A): AsyncGenerator<T, void>;
  with(options: Options): Stream<A, T>;
  readonly id: string;
}

/** An exported action that gives its result item by item. */
export function stream<A extends unknown[], T>(id: string, schema: string, names: string[], decode: Decode = same, options: Options = {}): Stream<A, T> {
  async function* call(...values: A): AsyncGenerator<T, void> {
    const response = await ask(id, schema, bodyOf(named(names, values)), FRAMES, options);
    for await (const { item, failure, status, redirect } of frames(response)) {
      if (failure) throw await failed(failure, status);
      if (redirect) await settings.redirect(redirect);
      if (item !== undefined) yield read(decode, item);
    }
  }
  return Object.assign(call, { id, with: (more: Options) => stream<A, T>(id, schema, names, decode, { ...options, ...more }) });
}

async function* frames(response: Response): AsyncGenerator<any, void> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let rest = "", end = false; !end; ) {
      const { done, value = "\n" } = await reader.read();
      const lines = (rest + value).split("\n");
      rest = lines.pop()!;
      for (const line of lines) if (line) yield JSON.parse(line);
      end = done;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
