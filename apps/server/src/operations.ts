/**
 * Every operation there is, in one table. [S6] [S7]
 *
 * What an operation needs is written here and enforced in one place; whose objects it may touch is decided by the
 * store, which is always given the session's own account and device, never a request's word for them.
 */
import { iceServers } from "./turn.ts";
import type { Operation, OpenOperation, SessionOperation, TypeOf } from "./operation.ts";
import * as contacts from "./handlers/contacts.ts";
import * as conversations from "./handlers/conversations.ts";
import * as entrance from "./handlers/entrance.ts";
import * as login from "./handlers/login.ts";

const fetchIceServers: SessionOperation<"fetchIceServers"> = {
  needs: "session",
  handle: async ({ relay, clock, random }, _request, _me, { host }) => iceServers(relay, host, clock, random),
};

const ping: OpenOperation<"ping"> = { needs: "nothing", handle: async ({ clock }) => ({ type: "pong", time: clock.now() }) };

export const operations: { readonly [T in TypeOf]: Operation<T> } = {
  hello: entrance.hello,
  signUpStart: entrance.signUpStart,
  signUpFinish: entrance.signUpFinish,
  loginStart: login.loginStart,
  loginFinish: login.loginFinish,
  openSession: login.openSession,
  resume: login.resume,
  signOut: login.signOut,
  lookUpHandle: contacts.lookUpHandle,
  lookUpIdentity: contacts.lookUpIdentity,
  lookUpAccount: contacts.lookUpAccount,
  sendRequest: contacts.sendRequest,
  clearInbox: contacts.clearInbox,
  fetchInbox: contacts.fetchInbox,
  publishKeyPackages: contacts.publishKeyPackages,
  takeKeyPackages: contacts.takeKeyPackages,
  foundConversation: conversations.foundConversation,
  append: conversations.append,
  fetchRows: conversations.fetchRows,
  acknowledge: conversations.acknowledge,
  fetchHeads: conversations.fetchHeads,
  postGroupInfo: conversations.postGroupInfo,
  fetchGroupInfo: conversations.fetchGroupInfo,
  sendTransient: conversations.sendTransient,
  fetchIceServers,
  ping,
};
