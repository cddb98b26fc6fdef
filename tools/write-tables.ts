/** Rewrites the generated parts of the documents. `npm test` fails while one of them is not current. */
import { generated, writePart } from "./lib/generated.ts";

for (const part of generated) writePart(part);
