import { StockLevel, useStockLevel } from './components/StockLevel'
import { StockReservation } from './components/StockReservation'

export type Product = { sku: string; name: string; price: string; currency: string }

export function App({ products }: { products: Product[] }) {
  return (
    <ul className="catalogue" role="list">
      {products.map((product) => <Card key={product.sku} product={product} />)}
    </ul>
  )
}

function Card({ product: { sku, name, price, currency } }: { product: Product }) {
  const { level, refresh } = useStockLevel(sku)
  const money = new Intl.NumberFormat('en', { style: 'currency', currency }).format(Number(price))
  return (
    <li className="card">
      <div className={`picture medium tint-${sku.charAt(0).toLowerCase()}`}>
        <img src={`/static/products/${sku}.svg`} alt="" width={320} height={320} />
      </div>
      <div className="card-text">
        <h2>{name}</h2>
        <p className="card-line"><span className="price">{money}</span><StockLevel level={level} /></p>
        <StockReservation sku={sku} onReserved={refresh} />
      </div>
    </li>
  )
}
