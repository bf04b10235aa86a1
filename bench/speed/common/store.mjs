// The in-memory store that the plain Node contenders share (copied beside them by the runner).
export const SECRET = process.env.WEBHOOK_SECRET ?? 'whsec_measured_and_public';
export const nRoutes = Number(process.env.EXTRA_ROUTES ?? 0);
export const store = { stock: new Map(), price: new Map(), n: 0, computes: 0 };
for (let i = 0; i < 100; i++) {
  const sku = `SKU-${String(i).padStart(4, '0')}`;
  store.stock.set(sku, 1e12); store.price.set(sku, { price: 1000 + i, version: 1 });
}
export function reserve(sku, quantity) {
  const have = store.stock.get(sku);
  if (have === undefined || have < quantity) return { success: false, error: 'out of stock' };
  store.stock.set(sku, have - quantity);
  store.n += 1;
  return { success: true, reservationId: 'res-' + store.n.toString(16).padStart(8, '0') };
}
export function setPrice(sku, price) {
  const p = store.price.get(sku), v = { price, version: p.version + 1 };
  store.price.set(sku, v); return v.version;
}
const values = new Map(), byTag = new Map();
export function cachedPrice(sku) {
  const key = `price ${sku}`;
  let v = values.get(key);
  if (v === undefined) {
    store.computes += 1;
    v = { sku, ...store.price.get(sku) };
    values.set(key, v);
    const tag = `price:${sku}`;
    if (!byTag.has(tag)) byTag.set(tag, new Set());
    byTag.get(tag).add(key);
  }
  return v;
}
export function invalidate(tag) {
  for (const key of byTag.get(tag) ?? []) values.delete(key);
  byTag.delete(tag);
}
