// Written by `twofold client` from checkout.stock._sku_.route. Changes are lost.
/* eslint-disable */

import * as $ from "../../../_runtime.js";
import * as $handlers from "../../../_handlers.js";

/** How many units of a product there are to reserve, and on hold. */
export type Level = {
  available: number;
  held: number;
};

/**
 * Tell the stock level of one product.
 *
 * GET /stock/{sku}
 */
export const GET: $handlers.Handler<[values: { sku: string }], Level, $.Failure<"sku">> = /* @__PURE__ */ $handlers.handler("GET", "/stock/{sku}", { sku: ["path", "sku"] });
