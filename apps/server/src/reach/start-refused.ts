/** Says why the server will not start, in words for the operator. */
export class StartRefused extends Error {
  override readonly name = "StartRefused";
}
