/**
 * Run on a machine of the test network: hears UDP on every address that the machine has, and prints each packet as a line.
 *
 *   node udp-listener.ts PORT
 */
import { createSocket } from "node:dgram";

const port = Number(process.argv[2]);
for (const type of ["udp4", "udp6"] as const) {
  const socket = createSocket({ type, ipv6Only: type === "udp6" });
  socket.on("message", (message) => console.log(message.toString("utf8")));
  await new Promise<void>((done) => socket.bind(port, done));
}
console.log("listening");
