// Builds the tracker and prints its size.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const outfile = new URL("../dist/tracker/d.js", import.meta.url).pathname;
await build({
  entryPoints: [new URL("src/tracker.ts", import.meta.url).pathname],
  bundle: true,
  format: "iife",
  minify: true,
  target: "es2017",
  outfile,
});
const code = readFileSync(outfile);
const gz = gzipSync(code, { level: 9 }).length;
console.log(JSON.stringify({ bench: "tracker", file: "d.js", raw: code.length, gz }));
