/** Builds the gallery, and serves it under the policy of the product: whatever breaks under it breaks here first. */
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react({ compiler: true })],
  build: {
    outDir: "../dist/gallery",
    emptyOutDir: true,
    target: "es2024",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    manifest: true,
  },
  preview: { headers: { "Content-Security-Policy": policy } },
});
