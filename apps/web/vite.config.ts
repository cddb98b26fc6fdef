/**
 * Builds the web app: hashed files, integrity for every script, compressed beside the original. Nothing is inlined and
 * nothing is fetched from elsewhere.
 */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compressFiles } from "./build/compress.ts";
import { withIntegrity } from "./build/integrity.ts";
import { withoutStringCode } from "./build/string-code.ts";

export default defineConfig({
  plugins: [react({ compiler: true }), withoutStringCode(), withIntegrity(), compressFiles()],
  worker: { format: "es", plugins: () => [withoutStringCode()] },
  build: {
    target: "es2024",
    // Lightning CSS would otherwise rewrite `light-dark()` into two custom properties, and the dark call stage would
    // inherit light colours.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
    reportCompressedSize: false,
  },
});
