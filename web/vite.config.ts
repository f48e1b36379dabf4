import { defineConfig } from "vite";

const api = process.env.API_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  build: {
    outDir: process.env.OUT_DIR ?? "dist",
    emptyOutDir: true,
    // A strict Content-Security-Policy has no data: URLs.
    assetsInlineLimit: 0,
    // bpmn-js, loaded by the pages that draw with it, has more than the usual 500 kB.
    chunkSizeWarningLimit: 1000,
  },
  // `npm run dev`: what is none of the page's files is the API's.
  server: {
    proxy: { "^/(?!$|index\\.html|src/|@|node_modules/|docs/bpmn/)": api },
    fs: { allow: [".."] },
  },
});
