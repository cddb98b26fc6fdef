/** The password's worker: composition root. It lives for one sign-up or sign-in. */
import "./freeze.ts";
import { startOpaqueWorker } from "@megachat/worker/opaque";

startOpaqueWorker();
