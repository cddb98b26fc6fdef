/** What each request may be answered with. A server that answers with anything else breaks the protocol. [V4] */
import type { Reply, ReplyTo, Request } from "@megachat/wire";

type Table = { readonly [R in Request["type"]]: { readonly [A in ReplyTo[R]]: true } };

const answers: Table = {
  hello: { helloAnswer: true },
  signUpStart: { signUpAnswer: true },
  signUpFinish: { session: true },
  loginStart: { loginAnswer: true },
  loginFinish: { loggedIn: true },
  openSession: { session: true },
  resume: { resumed: true },
  signOut: { done: true },
  lookUpHandle: { found: true },
  lookUpIdentity: { found: true },
  lookUpAccount: { found: true },
  sendRequest: { done: true },
  clearInbox: { done: true },
  fetchInbox: { inbox: true },
  publishKeyPackages: { done: true },
  takeKeyPackages: { keyPackages: true },
  foundConversation: { appended: true, exists: true },
  append: { appended: true, staleTurn: true, outOfSequence: true },
  fetchRows: { rows: true },
  acknowledge: { done: true },
  fetchHeads: { heads: true },
  postGroupInfo: { done: true, staleTurn: true },
  fetchGroupInfo: { groupInfos: true },
  sendTransient: { done: true },
  fetchIceServers: { iceServers: true },
  ping: { pong: true },
};

/** `refused` and `slowDown` answer everything. */
export const mayAnswer = (request: Request["type"], reply: Reply["type"]): boolean =>
  reply === "refused" || reply === "slowDown" || Object.hasOwn(answers[request], reply);
