// Written by `twofold client` from actions.inventory. Changes are lost.
/* eslint-disable */

import * as $ from "./_runtime.js";

/**
 * Units set aside for one owner. Instants are aware UTC; the hold ends at `expires_at`.
 *
 * `payment_failed_at` is the last failed attempt: the hold goes on, and so may the customer.
 */
export type Reservation = {
  id: string;
  sku: string;
  name: string;
  quantity: number;
  status: "held" | "paid" | "cancelled" | "expired" | "refund_due" | "refunded";
  amount: $.Decimal;
  currency: string;
  created_at: Date;
  expires_at: Date;
  payment_id: string | null;
  payment_failed_at: Date | null;
  paid_at: Date | null;
  refunded_at: Date | null;
};

export type ReserveStockError =
  | $.Failure<"sku" | "quantity">
  | $.ActionError<"OUT_OF_STOCK", { readonly available: number }, "sku" | "quantity">
  | $.ActionError<"UNKNOWN_SKU", undefined, "sku" | "quantity">
  | $.ActionError<"KEY_REUSED", undefined, "sku" | "quantity">;

const $Reservation: $.Decode = $.object(() => ({ created_at: $.date, expires_at: $.date, payment_failed_at: $.date, paid_at: $.date, refunded_at: $.date }));

/** Hold stock for fifteen minutes. */
export const reserveStock: $.Action<[sku: string, quantity: number], Reservation, ReserveStockError> = /* @__PURE__ */ $.action("actions.inventory.reserve_stock", "bee989b5bf74de65", ["sku", "quantity"], $Reservation);
