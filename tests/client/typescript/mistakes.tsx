// Each line after a mark fails to compile, with that code and for that reason.

import { useActionState } from "react";
import { live } from "client/_live.js";
import { configure } from "client/_runtime.js";
import * as app from "client/client_app.js";
import type { EverythingInput, NodeInput } from "client/client_app.js";

declare const input: EverythingInput;
declare const data: FormData;

// TS2345 text for a number
app.reserveStock("A-1", "2");
// TS2554 a missing argument
app.reserveStock();
// TS2554 an argument too many
app.reserveStock("A-1", 2, 3);
// TS2345 null for what is not nullable
app.reserveStock(null);
// TS2551 a misspelt action
app.reserveStok("A-1");
// TS2339 an action that is not exported
app.internal();
// TS2345 a text that is no date
app.maybe("tomorrow");
// TS2345 a Date for a day without time
app.maybe(new Date());
// TS2345 a number for a decimal, which would have lost digits
app.spread(new Date(), 5n, Uint8Array.of(), new Set<bigint>(), 1.5);
// TS2345 a number for a big integer
app.spread(new Date(), 5, Uint8Array.of(), new Set<bigint>(), "1.5");
// TS2345 text for a moment
app.spread("2026-01-02T03:04:05Z", 5n, Uint8Array.of(), new Set<bigint>(), "1.5");
// TS2740 an array for a set
app.spread(new Date(), 5n, Uint8Array.of(), [1n], "1.5");
// TS2345 text for bytes
app.spread(new Date(), 5n, "bytes", new Set<bigint>(), "1.5");
// TS2353 a named argument that there is not
app.spread(new Date(), 5n, Uint8Array.of(), new Set<bigint>(), "1.5", "", { laud: true });
// TS2554 a required named argument left out
app.requiresNamed(1);
// TS2322 an option that the enumeration lacks
app.echo({ ...input, colour: "green" });
// TS2322 a level between two
app.echo({ ...input, level: 3 });
// TS2322 a tag that no alternative has
app.echo({ ...input, payment: { kind: "cheque" } });
// TS2353 a member of another alternative
app.echo({ ...input, payment: { kind: "cash", expires: new Date() } });
// TS2741 a member left out deep inside
app.echo({ ...input, node: { at: new Date(), children: [{}] } });
// TS2561 a member by its Python name instead of its alias
app.echo({ ...input, address: { streetName: "s", zipCode: "1", zip_code: "1" } });
// TS2322 a pair of one
app.echo({ ...input, pair: [1] });
// TS2322 a UUID without its dashes
app.echo({ ...input, id: "00000000000000000000000000000000" });
// TS2322 a result that is something else
const wrong: Promise<string> = app.reserveStock("A-1");
// TS2551 a result's member that there is not
(await app.echo(input)).colours;
// TS2322 a default that may be missing in what is sent
const sent: Date[] = ({ at: new Date() } as NodeInput).children;
// TS2531 a result that may be null
(await app.maybe()).length;
// TS2339 data before its failure is ruled out
(await app.reserveStock.safe("A-1")).data;
const failed = await app.reserveStock.safe("A-1");
// TS2367 an error code that is not declared
if (!failed.ok && failed.error.code === "SOLD_OUT") void 0;
// TS18048 the data of another error
if (!failed.ok && failed.error.code === "GONE") failed.error.data.available;
// TS18048 data before its error is known
if (!failed.ok) failed.error.data.available;
// TS2551 the messages of a field that there is not
if (!failed.ok) failed.error.fields.quantty;
// TS2769 a state that the form never has
useActionState(app.reserveStock.form, "none");
// TS2345 a form for an argument
app.reserveStock(data);
// TS2353 an option that there is not
app.reserveStock.with({ abort: true });
// TS2345 a number for a signal
live(5);
// TS2353 a setting that there is not
configure({ url: "/" });
// TS2345 text for a file
app.upload("photo.png", { streetName: "s", zipCode: "1" }, []);
// TS2504 the items of an action that is no stream
for await (const one of app.nothing()) void one;
// TS2345 an item that is something else
for await (const { expires } of app.ticks(1)) ((one: string) => one)(expires);
// TS2741 a path parameter left out
app.getStock({ limit: 1 });
// TS2353 a query parameter that there is not
app.getStock({ sku: "A", limit: 1, page: 2 });
// TS2339 a member of a response that is typed
(await app.getStock({ sku: "A", limit: 1 })).status;
// TS2304 a webhook, which is for its provider
handleWebhook();
