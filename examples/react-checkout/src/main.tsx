import { createRoot } from 'react-dom/client'
import { App } from './App'

const root = document.getElementById('checkout')!
createRoot(root).render(<App products={JSON.parse(root.dataset.products!)} />)
