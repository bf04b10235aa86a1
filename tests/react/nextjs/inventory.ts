'use server'

// The same action as one writes it for Next.js: what a component that imports it may rely on.

export interface Reservation {
  id: string
  sku: string
  quantity: number
  expires_at: Date
}

export async function reserveStock(sku: string, quantity: number): Promise<Reservation> {
  if (quantity > 100) throw new Error('Out of stock')
  return { id: 'r-1', sku, quantity, expires_at: new Date() }
}
