/** Takes every frame that arrives, after SRTP and before any decoder, and hands nothing on. */
interface TapScope {
  onrtctransform: (event: {
    readonly transformer: {
      readonly options: { readonly track: string };
      readonly readable: ReadableStream<{ readonly data: ArrayBuffer }>;
    };
  }) => void;
  readonly postMessage: (message: unknown) => void;
}
const scope = globalThis as unknown as TapScope;

scope.onrtctransform = ({ transformer }) => {
  const { track } = transformer.options;
  const take = new WritableStream<{ readonly data: ArrayBuffer }>({
    write: ({ data }) => scope.postMessage({ track, data: new Uint8Array(data) }),
  });
  transformer.readable.pipeTo(take).catch(() => {});
};
