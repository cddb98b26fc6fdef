import { expect, test } from "./support/test.ts";

test(
  "the server says that it is well, and in which way it may be framed, sniffed and connected from: in none",
  { tag: "@once" },
  async ({ server }) => {
    const health = await fetch(`http://localhost:${server.port}/healthz`);
    expect(health.status).toBe(200);
    const page = await fetch(`http://localhost:${server.port}/`);
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(page.headers.get("content-security-policy")).toContain("require-trusted-types-for 'script'");
    expect(page.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(page.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect(page.headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("set-cookie")).toBeNull();
  },
);
