// Builds the dashboard into dist/dashboard; Django finds the hashed files by the manifest.
import { defineConfig } from "vite";
import { gzipSync } from "node:zlib";

const printSizes = {
  name: "print-sizes",
  writeBundle(_, bundle) {
    for (const [file, part] of Object.entries(bundle)) {
      if (!/\.(js|css)$/.test(file)) continue;
      const text = part.code ?? part.source;
      const gz = gzipSync(text, { level: 9 }).length;
      console.log(JSON.stringify({ bench: "dashboard_size", file, raw: text.length, gz }));
    }
  },
};

export default defineConfig({
  root: "dashboard",
  base: "/static/dashboard/",
  logLevel: "warn",
  plugins: [printSizes],
  build: {
    outDir: "../dist/dashboard",
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    rollupOptions: { input: "dashboard/src/main.tsx" },
  },
});
