// Calls a real server through the generated client; BASE names it.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as $ from "client/_runtime.js";
import * as app from "client/client_app.js";

const BASE = process.env.BASE!;
const sent: { url: string; init: RequestInit }[] = [];
let answer: (url: string, init: RequestInit) => Promise<Response> = fetch;

// What a browser adds by itself.
$.configure({
  base: BASE,
  fetch: (url, init) => {
    sent.push({ url, init });
    return answer(url, { ...init, headers: { ...(init.headers as object), Origin: BASE } });
  },
});

const reset = () => {
  sent.length = 0;
  answer = fetch;
};

const moment = new Date("2026-01-02T03:04:05.678Z");
const leaf: app.NodeInput = { at: moment };
const everything: app.EverythingInput = {
  moment,
  day: "2026-01-02",
  clock: "03:04:05",
  lasts: "P1DT2H",
  wall: "2026-01-02T03:04:05",
  price: "1234567890.12345678901234567890",
  id: "00000000-0000-4000-8000-000000000000",
  big: 2n ** 200n,
  raw: Uint8Array.from({ length: 256 }, (_, index) => index),
  tags: new Set(["a", "b", "é\u2028"]),
  moments: new Set([moment]),
  frozen: new Set([1, 2]),
  colour: "dark blue",
  level: 2,
  word: "b",
  pair: [1, moment],
  many: [new Uint8Array(), Uint8Array.of(255)],
  point: [1.5, -2],
  by_day: { "2026-01-02": moment },
  by_number: { 7: 2n ** 64n },
  by_colour: { red: 1 },
  address: { streetName: "Main", zipCode: "12345" },
  payment: { kind: "card", expires: moment },
  never: "never",
  mixed: [1n, -1n],
  options: { loud: true, until: moment },
  node: { at: moment, children: [leaf, { ...leaf, named: { deep: leaf } }] },
  page: { items: [moment] },
  tree: { a: [1, { b: 2 }] },
  json_value: { any: ["thing", null, 1.5, true], constructor: {} },
};

test("every rich type comes back as it was sent, with its defaults", async () => {
  reset();
  const found = await app.echo(everything);
  const whole = (node: app.NodeInput): app.Node => ({
    at: node.at,
    children: (node.children ?? []).map(whole),
    named: Object.fromEntries(Object.entries(node.named ?? {}).map(([name, one]) => [name, whole(one)])),
  });
  assert.deepEqual(found, {
    ...everything,
    address: { streetName: "Main", zipCode: "12345", movedIn: null },
    node: whole(everything.node),
    page: { items: [moment], next_at: null },
    size: 1,
    "__pro to__": "p",
  });
});

test("the other members of the unions come back too", async () => {
  const other: app.EverythingInput = { ...everything, never: moment, mixed: moment, payment: { kind: "cash", notes: [5] }, tree: 3, options: { loud: false } };
  const found = await app.echo(other);
  assert.deepEqual([found.never, found.mixed, found.payment, found.tree, found.options], [moment, moment, { kind: "cash", notes: [5] }, 3, { loud: false }]);
  assert.equal((await app.echo({ ...other, mixed: null })).mixed, null);
  assert.equal((await app.echo({ ...other, mixed: 7 })).mixed, 7);
});

test("arguments go one by one, named ones in an object at the end", async () => {
  const raw = Uint8Array.of(1, 2, 3);
  assert.deepEqual(await app.spread(moment, 5n, raw, new Set([1n]), "1.50", "1234", { node: leaf }), [
    moment, 5n, raw, new Set([1n]), "1.50", { at: moment, children: [], named: {} },
  ]);
  assert.deepEqual((await app.spread(moment, 5n, raw, new Set(), "0")).at(-1), null);
  assert.equal(await app.requiresNamed(undefined, { second: 2 }), 3);
  assert.equal(await app.delete_(1, "f", { class_: true }), 1);
  assert.equal(await app.größeInM(2, 4), 8);
  assert.equal(await app.dunderName("a", "b"), "ab");
  assert.deepEqual([await app.maybe(), await app.maybe("2026-01-02"), await app.nothing()], [null, "red", null]);
});

test("a failure is thrown, or given as a value that its code tells apart", async () => {
  await assert.rejects(app.reserveStock("A", 99), (error) => error instanceof $.ActionError && error.code === "OUT_OF_STOCK" && error.status === 409);
  const result = await app.reserveStock.safe("A", 99);
  assert(!result.ok);
  assert(result.error.code === "OUT_OF_STOCK");
  assert.equal(result.error.message, "Out of stock");
  assert.deepEqual(result.error.data, { available: 3, colours: ["red"], since: "2026-01-02T03:04:05Z" });
  const gone = await app.reserveStock.safe("A", 98);
  assert(!gone.ok && gone.error.code === "GONE");
  const good = await app.reserveStock.safe("A", 1);
  assert.deepEqual(good, { ok: true, data: { items: [], next_at: null } });
});

test("wrong input is a failure with all its messages", async () => {
  const result = await app.reserveStock.safe("A", 0);
  assert(!result.ok && result.error.code === "VALIDATION");
  assert.deepEqual(Object.keys(result.error.fields), ["quantity"]);
  const nested = await app.echo.safe({ ...everything, address: { streetName: "", zipCode: 1 as any } });
  assert(!nested.ok && nested.error.code === "VALIDATION");
  assert.deepEqual(nested.error.fields["value.address.zipCode"], ["Must be text"]);
});

test("what JSON cannot hold is refused before it is sent", async () => {
  reset();
  for (const number of [NaN, Infinity]) await assert.rejects(app.requiresNamed(number, { second: 1 }), RangeError);
  await assert.rejects(app.echo({ ...everything, moment: new Date(NaN) }), RangeError);
  assert.equal(sent.length, 0);
});

test("a form is read by the rules of forms, for useActionState and for a plain form", async () => {
  const form = new FormData();
  form.set("sku", "A");
  form.set("quantity", "2");
  form.set("$ACTION_KEY", "of React");
  assert.deepEqual(await app.reserveStock.form(null, form), { ok: true, data: { items: [], next_at: null } });
  assert.deepEqual(await app.reserveStock.form(form), { items: [], next_at: null });
  form.set("quantity", "many");
  const refused = await app.reserveStock.form(null, form);
  assert(refused && !refused.ok && refused.error.code === "VALIDATION");
  assert.deepEqual(Object.keys(refused.error.fields), ["quantity"]);
  await assert.rejects(app.reserveStock.form(form), $.ActionError);
});

test("files go beside other values", async () => {
  const png = new File([Uint8Array.of(0x89, 0x50)], "a.png");
  const found = await app.upload(png, { streetName: "é", zipCode: "1", movedIn: null }, [new File(["x"], "b.txt"), new File(["y"], "c.txt")], "T");
  assert.deepEqual(found, ["T", "1", "a.png", "b.txt", "c.txt"]);
  assert.deepEqual(await app.upload(png, { streetName: "s", zipCode: "1" }, []), [null, "1", "a.png"]);
});

test("a stream gives its items as they come, and then its failure", async () => {
  const items: Date[] = [];
  for await (const { expires } of app.ticks(2)) items.push(expires);
  assert.deepEqual(items, [new Date("2026-01-01T00:00:00Z"), new Date("2026-01-02T00:00:00Z")]);
  items.length = 0;
  const all = async () => {
    for await (const { expires } of app.ticks(9)) items.push(expires);
  };
  await assert.rejects(all, (error) => error instanceof $.ActionError && error.status === 500);
  assert.equal(items.length, 3);
  await assert.rejects(app.ticks("x" as any).next(), (error) => error instanceof $.ActionError && error.code === "VALIDATION");
});

test("a call is sent again with its key until it is answered", async () => {
  reset();
  let failures = [() => Promise.reject(new TypeError("fetch failed")), async () => new Response("busy", { status: 503, headers: { "Retry-After": "0.01" } }), async () => new Response("bad gateway", { status: 502 })];
  answer = (url, init) => failures.shift()?.() ?? fetch(url, init);
  assert.equal(await app.requiresNamed(1, { second: 2 }), 3);
  assert.equal(sent.length, 4);
  assert.equal(new Set(sent.map(({ init }) => (init.headers as any)["Twofold-Call"])).size, 1);
});

test("what nobody answers is unreachable, after three more tries", async () => {
  reset();
  answer = () => Promise.reject(new TypeError("fetch failed"));
  const result = await app.nothing.safe();
  assert(!result.ok && result.error.code === "UNREACHABLE" && result.error.status === 0);
  assert.equal(sent.length, 4);
});

test("what is no answer of the app says so, and is not tried again", async () => {
  reset();
  answer = async () => new Response("<h1>Not here</h1>", { status: 404, headers: { "Content-Type": "text/html" } });
  const result = await app.nothing.safe();
  assert(!result.ok && result.error.code === "UNREACHABLE" && result.error.status === 404);
  assert.equal(sent.length, 1);
});

test("a signal ends a call, also between two tries", async () => {
  reset();
  const gone = AbortSignal.abort(new Error("left"));
  await assert.rejects(app.nothing.with({ signal: gone })(), /left/);
  answer = async () => new Response("busy", { status: 503, headers: { "Retry-After": "30" } });
  await assert.rejects(app.nothing.with({ signal: AbortSignal.timeout(20) })(), /timeout|aborted/);
});

test("calls with the same key happen once", async () => {
  reset();
  const twice = app.reserveStock.with({ key: "k".repeat(22) });
  await twice("A", 1);
  const result = await twice.safe("A", 2);
  assert(!result.ok && result.error.code === "KEY_REUSED");
});

test("a redirect is followed by who was told to", async () => {
  const followed: string[] = [];
  $.configure({ redirect: (url) => void followed.push(url) });
  assert.equal(await app.go("/there"), undefined);
  assert.deepEqual(followed, ["/there"]);
});

test("a client of another build keeps what is typed and loads the page anew", async () => {
  reset();
  let reloads = 0;
  $.configure({ stale: () => void reloads++ });
  answer = (url, init) => fetch(url, { ...init, headers: { ...(init.headers as object), "Twofold-Schema": "former" } });
  const result = await app.reserveStock.safe(undefined as any, 1);
  assert(!result.ok && result.error.code === "STALE");
  assert.equal(reloads, 1);
});

test("route handlers take values where they belong and give typed answers", async () => {
  reset();
  const page = await app.getStock({ sku: "A/1 é", limit: 2, moment });
  assert.deepEqual(page, { items: Array(2).fill({ kind: "card", expires: new Date("2026-01-02T03:04:05Z") }), next_at: moment });
  assert(sent[0]!.url.includes("/api/stock/A%2F1%20%C3%A9?limit=2&moment=2026"));
  const refused = await app.getStock.safe({ sku: "A", limit: "many" as any });
  assert(!refused.ok && refused.error.code === "VALIDATION");
  assert.deepEqual(await app.createOrder({ order: { streetName: "s", zipCode: "1" } }), { streetName: "s", zipCode: "1", movedIn: null });
  assert((sent.at(-1)!.init.headers as any)["Idempotency-Key"]);
  assert.equal(await app.deleteOrder({ order_id: 3 }), undefined);
  assert.equal(await (await app.raw()).text(), "as it is");
});
