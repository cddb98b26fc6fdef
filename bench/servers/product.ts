/** The server as it is, but for its limits: all of the load comes from one address. */
import process from "node:process";
import { startServer } from "../../apps/server/src/testing/start-server.ts";

const [dataDir = ""] = process.argv.slice(2);
const free = { burst: 1e9, perSecond: 1e9 };
const server = await startServer({
  dataDir,
  stunPort: null,
  limits: {
    connections: 100_000,
    connectionsPerAddress: 100_000,
    dialsPerAddress: free,
    requestsPerConnection: free,
    requestsPerAddress: free,
    bytesPerAccount: free,
    transientsPerAccount: free,
    contactRequestsPerAccount: free,
    signUpsPerAddress: free,
  },
});
console.log(`listening ${server.socketUrl}`);
process.once("SIGTERM", () => void server.stop());
// Compacts: what is measured is what is needed, not what arriving left behind.
process.on("SIGUSR2", () => gc?.({ execution: "sync", type: "major", flavor: "last-resort" }));
