'use client'

import { useActionState } from 'react'
import { reserveStock } from '@/actions/inventory'

type State = { success: string } | { error: string } | null

export function StockReservation({ sku, onReserved }: { sku: string; onReserved?: () => void }) {
  const [state, formAction, isPending] = useActionState(
    async (_previous: State, formData: FormData): Promise<State> => {
      try {
        const reservation = await reserveStock(sku, Number(formData.get('quantity')))
        onReserved?.()
        const until = reservation.expires_at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
        return { success: `${reservation.quantity} reserved for you until ${until}` }
      } catch (error) {
        return { error: error instanceof Error ? error.message : 'Something went wrong' }
      }
    },
    null,
  )

  return (
    <form action={formAction} className="stacked">
      {state && 'error' in state && <p className="alert" role="alert">{state.error}</p>}
      {state && 'success' in state && <p className="notice" role="status">{state.success}</p>}
      <div className="field">
        <label htmlFor={`quantity-${sku}`}>Quantity</label>
        <input id={`quantity-${sku}`} name="quantity" type="number" min={1} max={100} defaultValue={1} required />
      </div>
      <button className="primary" disabled={isPending}>{isPending ? 'Reserving…' : 'Reserve'}</button>
    </form>
  )
}
