// Everything here compiles under the strictest options.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useActionState, useEffect, useOptimistic, useTransition } from "react";
import { live } from "client/_live.js";
import { ActionError, configure, type Result } from "client/_runtime.js";
import {
  delete_, echo, getStock, go, maybe, nothing, raw, requiresNamed, reserveStock, spread, ticks, upload,
  type Card, type Everything, type EverythingInput, type Page_Card, type ReserveStockError,
} from "client/client_app.js";

export async function calls(signal: AbortSignal): Promise<Page_Card> {
  const page: Page_Card = await reserveStock("A-1", 2);
  await reserveStock("A-1");
  await reserveStock("A-1", undefined);
  await reserveStock.with({ signal, key: "k".repeat(22) })("A-1");
  const level: "red" | "dark blue" | null = await maybe(null);
  await maybe("2026-01-02");
  await nothing();
  await go("/there");
  await requiresNamed(undefined, { second: 1 });
  await delete_(1, "f", { class_: true });
  await upload(new Blob(), { streetName: "s", zipCode: "1" }, [new File([], "a")], null);
  const [moment, big, bytes, tags]: [Date, bigint, Uint8Array, Set<bigint>, ...unknown[]] = await spread(new Date(), 5n, Uint8Array.of(1), new Set([1n]), "1.50");
  for await (const { expires } of ticks(3)) expires.getTime();
  void [level, moment, big, bytes, tags];
  return page;
}

export async function handlers(): Promise<Card[]> {
  const text: string = await (await raw()).text();
  const page = await getStock({ sku: "A", limit: 2 });
  await getStock.safe({ sku: text, limit: 1, moment: new Date(), x_token: "t" });
  return page.items;
}

/** What has a default may be left out of what is sent, and is always in what comes back. */
export async function defaults(value: EverythingInput): Promise<number> {
  const found: Everything = await echo({ ...value, payment: { expires: new Date(), kind: "card" } });
  if (found.payment.kind === "card") found.payment.expires.getTime();
  else found.payment.notes.length.toFixed();
  return found.size + found.node.children.length + (found.options.until?.getTime() ?? 0) + (found.by_colour["dark blue"] ?? 0);
}

export async function failures(): Promise<string> {
  const result = await reserveStock.safe("A", 1);
  if (result.ok) return String(result.data.next_at?.toISOString());
  const { error } = result;
  const messages: readonly string[] | undefined = error.fields.quantity ?? error.fields["quantity.0"] ?? error.fields[""];
  switch (error.code) {
    case "OUT_OF_STOCK":
      return `${error.data.available} left in ${error.data.colours.join()}`;
    case "GONE":
    case "VALIDATION":
    case "UNREACHABLE":
      return `${messages} ${error.retryAfter}`;
    default:
      return error.message;
  }
}

export const caught = async () => {
  try {
    await reserveStock("A");
  } catch (error) {
    if (error instanceof ActionError && error.code === "OUT_OF_STOCK") return error.message;
    throw error;
  }
  return "";
};

export function WithState() {
  const [state, action, isPending] = useActionState(reserveStock.form, null);
  const known: Result<Page_Card, ReserveStockError> | null = state;
  return (
    <form action={action}>
      <input name="quantity" aria-invalid={!!(known && !known.ok && known.error.fields.quantity)} />
      {state?.ok && <p>{state.data.items.length}</p>}
      {state && !state.ok && <p role="alert">{state.error.message}</p>}
      <button disabled={isPending}>Reserve</button>
    </form>
  );
}

export function WithReducer() {
  const [state, action] = useActionState(async (_: string | null, data: FormData) => {
    const result = await reserveStock.safe(String(data.get("sku")), Number(data.get("quantity")));
    return result.ok ? null : result.error.message;
  }, null);
  return <form action={action}>{state}</form>;
}

export const Plain = () => <form action={reserveStock.form} />;

export function Live({ sku }: { sku: string }) {
  const queries = useQueryClient();
  useEffect(() => live(() => void queries.invalidateQueries()), [queries]);
  const { data } = useQuery({ queryKey: ["stock", sku], queryFn: ({ signal }) => getStock.with({ signal })({ sku, limit: 1 }) });
  const [isPending, start] = useTransition();
  const [shown] = useOptimistic(data?.items.length ?? 0);
  return <button onClick={() => start(async () => void (await reserveStock(sku)))}>{isPending ? "…" : shown}</button>;
}

configure({ base: "/shop", redirect: (url) => history.pushState(null, "", url) });
