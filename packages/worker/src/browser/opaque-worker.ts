/** The throw-away worker's global: one procedure of the password, then the end. [V61] */
import { ready } from "@megachat/auth";
import { serveOpaque } from "../password/opaque-remote.ts";
import { serveLender } from "./lent-thread.ts";

declare const self: DedicatedWorkerGlobalScope;

export const startOpaqueWorker = (): void => serveLender(self, serveOpaque(ready()));
