/** The parts of the package that its own declarations leave out. */
declare module "@journeyapps/wa-sqlite/src/examples/AccessHandlePoolVFS.js" {
  import type { Base } from "@journeyapps/wa-sqlite/src/VFS.js";
  export class AccessHandlePoolVFS extends Base {
    /** `directory` is a path in the origin's private file system. Throws where the host refuses it or another holds it. */
    static create(directory: string, module: unknown): Promise<AccessHandlePoolVFS>;
  }
}
