/** The shape of an operation: what it needs, and what it answers. The table itself is `operations.ts`. [S6] */
import type { RefusalReason, Reply, ReplyTo, Request } from "@megachat/wire";
import type { Services } from "./services.ts";

/** The session of a connection. */
export interface SignedIn {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly device: Uint8Array<ArrayBuffer>;
  readonly session: Uint8Array<ArrayBuffer>;
  readonly handle: string;
}

/** A login on its way. It belongs to one connection and ends with it. */
export interface Login {
  readonly ticket: Uint8Array<ArrayBuffer>;
  /** In the time of the steady clock. */
  readonly expires: number;
  readonly at:
    | {
        readonly step: "answered";
        readonly account: Uint8Array<ArrayBuffer> | null;
        readonly state: Uint8Array;
        readonly budget: string;
      }
    | { readonly step: "proved"; readonly account: Uint8Array<ArrayBuffer>; readonly handle: string };
}

/** Who asks, before it is known who that is. */
export interface Caller {
  /** For limits only: see `addressKey`. */
  readonly address: string;
  /** The host name that the browser used. */
  readonly host: string;
  login: Login | null;
  /** Whether the client has named a version that we speak. */
  greeted: boolean;
}

export type TypeOf = Request["type"];
export type RequestOf<T extends TypeOf> = Extract<Request, { readonly type: T }>;
export type ReplyOf<T extends TypeOf> = Extract<Reply, { readonly type: ReplyTo[T] | "refused" | "slowDown" }>;

/** A reply, and what the connection does once it is sent. */
export type Answer<R> = R | { readonly reply: R; readonly next: { readonly signIn: SignedIn } | { readonly signOut: true } };

export interface OpenOperation<T extends TypeOf> {
  readonly needs: "nothing";
  readonly handle: (services: Services, request: RequestOf<T>, caller: Caller) => Promise<Answer<ReplyOf<T>>>;
}
export interface SessionOperation<T extends TypeOf> {
  readonly needs: "session";
  readonly handle: (services: Services, request: RequestOf<T>, me: SignedIn, caller: Caller) => Promise<Answer<ReplyOf<T>>>;
}
export type Operation<T extends TypeOf> = OpenOperation<T> | SessionOperation<T>;

export type Refused = Extract<Reply, { readonly type: "refused" }>;
export type SlowDown = Extract<Reply, { readonly type: "slowDown" }>;

export const refused = (reason: RefusalReason): Refused => ({ type: "refused", reason });
export const slowDown = (retryAfterMs: number): SlowDown => ({ type: "slowDown", retryAfterMs, puzzle: null });
export const done = { type: "done" } as const;
