/** The worker through which every frame of a call passes. */
import "./freeze.ts";
import "@megachat/media/worker";
