import { useCallback, useEffect, useState } from 'react'
import { live } from '@/actions/_live'
import { GET as getLevel, type Level } from '@/actions/checkout/stock/_sku_/route'

/** What is left of a product, now and after everything that anyone reserves. */
export function useStockLevel(sku: string) {
  const [level, setLevel] = useState<Level>()
  const refresh = useCallback(async () => {
    const result = await getLevel.safe({ sku })
    if (result.ok) setLevel(result.data)
  }, [sku])

  useEffect(() => live(refresh), [refresh])

  return { level, refresh }
}

export function StockLevel({ level }: { level: Level | undefined }) {
  if (!level) return <span className="badge plain">…</span>
  const { available, held } = level
  if (available > 5) return <span className="badge good">{available} in stock</span>
  if (available > 0) return <span className="badge warn">Only {available} left</span>
  return <span className="badge bad">{held ? 'All on hold' : 'Sold out'}</span>
}
