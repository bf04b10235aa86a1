import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// Twofold serves the page, and finds what is built by the manifest.
export default defineConfig({
  base: '/assets/',
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: { manifest: true, assetsDir: '', target: 'es2022', rollupOptions: { input: 'src/main.tsx' } },
})
