/** A client in Node. */
export { startNodeClient, type NodeClient, type NodeClientOptions } from "./start-node-client.ts";
