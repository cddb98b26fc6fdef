/**
 * Run in place of a browser: starts it inside a network namespace. Chromium is steered over two inherited pipes, which
 * come along. Firefox listens on a port of its own loopback: that port is opened here as well and carried inside.
 *
 *   node namespace-browser.ts NAMESPACE BROWSER ARGUMENTS…
 */
import { spawn } from "node:child_process";
import { fstatSync } from "node:fs";
import { createServer } from "node:net";

const [namespace = "", browser = "", ...args] = process.argv.slice(2);
const isOpen = (fd: number): boolean => {
  try {
    return fstatSync(fd).isFIFO() || fstatSync(fd).isSocket();
  } catch {
    return false;
  }
};
const isPiped = args.some((arg) => arg.startsWith("--remote-debugging-pipe"));
const child = spawn("ip", ["netns", "exec", namespace, browser, ...args], {
  stdio: ["inherit", "inherit", "pipe", ...(isPiped ? ([3, 4] as const).map((fd) => (isOpen(fd) ? fd : ("ignore" as const))) : [])],
});
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));

const carry = `process.stdin.pipe(require("node:net").connect(+process.argv[1], "127.0.0.1").on("error", () => process.exit())).pipe(process.stdout)`;
const opened = new Set<string>();

child.stderr?.on("data", (chunk: Buffer) => {
  const port = /ws:\/\/127\.0\.0\.1:(\d+)/.exec(chunk.toString("utf8"))?.[1];
  // The one who steers connects as soon as it reads this line, so the port is opened first.
  if (port === undefined || opened.has(port)) return void process.stderr.write(chunk);
  opened.add(port);
  const server = createServer((socket) => {
    const inside = spawn("ip", ["netns", "exec", namespace, process.execPath, "-e", carry, port], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    socket.pipe(inside.stdin);
    inside.stdout.pipe(socket);
    socket.on("error", () => inside.kill());
    socket.on("close", () => inside.kill());
  });
  server.listen(Number(port), "127.0.0.1", () => process.stderr.write(chunk));
});
