/**
 * A person at a browser. Does what people do, and finds everything as a screen reader would: by role and name, in the
 * words of the interface itself.
 */
import type { WireTap } from "@megachat/testing/wire-tap";
import { expect, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { en } from "../../packages/ui/src/words/en.ts";
import type { BrowserKind } from "./browsers.ts";
import { watchMedia } from "./media.ts";

/** Five words of nobody's: accepted by the estimator, the same in every run. */
export const PASSWORD = "umber lattice quorum saddle finch";

/** Long work has this long on two busy cores: OPAQUE's Argon2id, new keys, an encrypted database. */
const LONG_WORK = 30_000;

/**
 * A line that was cut on purpose makes browsers complain about the socket that was on it: Chromium on the console, Firefox
 * as an error of the page.
 */
const OF_A_CUT_LINE = /WebSocket|wss?:\/\/|ERR_|NS_ERROR/i;

export interface Seat {
  readonly kind: BrowserKind;
  readonly context: BrowserContext;
  /** Where this person finds the server. */
  readonly url: string;
  /** The person's connection to the server. */
  readonly line: Pick<WireTap, "cut" | "mend">;
}

export interface Person extends Seat {
  readonly name: string;
  readonly page: Page;
  /** What went wrong in the page meanwhile: errors, refusals of the security policy. A test ends with none. */
  readonly complaints: string[];

  readonly open: (address?: string) => Promise<void>;
  /** Gives the words of the recovery key, as the screen shows them. */
  readonly signUp: (password?: string) => Promise<string>;
  /** Name and password, sent. What comes of it is the test's to see. */
  readonly trySignIn: (password?: string) => Promise<void>;
  readonly signIn: (password?: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
  readonly isInside: () => Promise<void>;

  /** Asks the person of this handle to connect. */
  readonly ask: (handle: string, text: string) => Promise<void>;
  readonly accept: (handle: string) => Promise<void>;
  readonly decline: (handle: string) => Promise<void>;
  readonly withdraw: (handle: string) => Promise<void>;
  readonly block: (handle: string) => Promise<void>;
  readonly unblock: (handle: string) => Promise<void>;
  readonly remove: (handle: string) => Promise<void>;
  readonly goTo: (place: "chats" | "contacts") => Promise<void>;
  /** The person's row in the list of the place. */
  readonly rowOf: (place: "chats" | "contacts", handle: string) => Locator;
  readonly makeInvitation: () => Promise<string>;
  /** Comes by a link, which the inviter's browser accepts by itself the first time. */
  readonly followInvitation: (link: string, text: string) => Promise<void>;

  /** Fills a field as a paste does, replacing what is there. */
  readonly type: (field: Locator, text: string) => Promise<void>;
  readonly openChat: (handle: string) => Promise<void>;
  readonly write: (text: string) => Promise<void>;
  /** The line of the history with exactly this text. */
  readonly lineOf: (text: string) => Locator;
  /** Sees the text, once. */
  readonly reads: (text: string) => Promise<void>;
  /** Sees how far the own message has come. */
  readonly seesState: (text: string, state: "stored" | "delivered" | "read") => Promise<void>;

  readonly call: (what: "audio" | "video") => Promise<void>;
  readonly acceptCall: () => Promise<void>;
  readonly declineCall: () => Promise<void>;
  readonly inCall: (label: string) => Locator;
  readonly hangUp: () => Promise<void>;
  /** Puts away what is said of a call that is over. */
  readonly dismissEnded: () => Promise<void>;
  /** The card of a call that rings here. */
  readonly ringing: (caller: string) => Locator;
  /** Sees the newest call of the open conversation, and what its line says of it. */
  readonly seesCall: (outcome: string) => Promise<void>;

  /** Another tab of the same browser. */
  readonly newTab: () => Promise<Person>;
}

export async function personAt(name: string, seat: Seat): Promise<Person> {
  await seat.context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  await watchMedia(seat.context);
  return atTab(name, seat, await seat.context.newPage(), []);
}

const containing = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "u");

/** What a paste does to a field, told to whoever listens. Runs in the page. */
function pasteInto(element: HTMLElement | SVGElement, text: string): void {
  element.focus();
  // The prototype's own setter: React watches the element's.
  Reflect.set(Object.getPrototypeOf(element) as object, "value", text, element);
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

function atTab(name: string, seat: Seat, page: Page, complaints: string[]): Person {
  const { kind } = seat;
  const complain = (text: string): void => {
    if (!OF_A_CUT_LINE.test(text)) complaints.push(`${name}: ${text}`);
  };
  page.on("pageerror", (error) => complain(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complain(message.text());
  });
  const button = (label: string, within: Page | Locator = page): Locator =>
    within.getByRole("button", { name: label, exact: true });
  const places = page.getByRole("navigation", { name: en.places.label });
  const goTo = (label: string): Promise<void> => places.getByRole("link", { name: containing(label) }).click();
  const rowOf = (list: string, handle: string): Locator =>
    page.getByRole("list", { name: list, exact: true }).getByRole("link", { name: containing(handle) });
  const history = page.getByRole("list", { name: en.conversation.messages, exact: true });
  const lineOf = (text: string): Locator => history.getByRole("listitem").filter({ has: page.getByText(text, { exact: true }) });

  const form = async (title: string, toIt: string): Promise<Locator> => {
    const wanted = page.getByRole("form", { name: title, exact: true });
    const other = button(toIt);
    // The door opens with the form that suits what the browser knows; the other is one click away.
    await expect(async () => {
      if (await other.isVisible()) await other.click({ timeout: 1_000 });
      await expect(wanted).toBeVisible({ timeout: 1_000 });
    }).toPass({ timeout: LONG_WORK });
    return wanted;
  };
  const sendRequest = async (within: Page | Locator, text: string): Promise<void> => {
    await type(within.getByLabel(en.people.requestText), text);
    await button(en.people.sendRequest, within).click();
    await expect(within.getByLabel(en.people.requestText)).toBeHidden();
  };

  const type = async (field: Locator, text: string): Promise<void> => {
    if (kind === "chromium") return field.fill(text);
    // Firefox's driver sets a field's value in a way that React takes for its own, and so never hears of.
    await field.evaluate(pasteInto, text);
  };

  const openPerson = async (handle: string): Promise<void> => {
    await goTo(en.places.contacts);
    await rowOf(en.people.list, handle).click();
  };
  /** Asked whether one means it, one does. */
  const surely = (label: string): Promise<void> => button(label, page.getByRole("alertdialog")).click();

  const person: Person = {
    ...seat,
    type,
    name,
    page,
    complaints,

    open: async (address = "/") => {
      // A link made at somebody else's address is opened at one's own: people here reach one server by several.
      const { pathname, search, hash } = new URL(address, seat.url);
      await page.goto(new URL(`${pathname}${search}${hash}`, seat.url).href);
    },

    signUp: async (password = PASSWORD) => {
      const signUp = await form(en.signUp.title, en.signIn.toSignUp);
      await type(signUp.getByLabel(en.signUp.handle), name);
      await type(signUp.getByLabel(en.signUp.password, { exact: true }), password);
      await button(en.signUp.submit, signUp).click();
      await page.getByRole("heading", { name: en.recovery.title }).waitFor({ timeout: LONG_WORK });
      const shown = page.getByRole("list", { name: en.recovery.words });
      await shown.waitFor();
      const words = await shown.getByRole("listitem").evaluateAll((items) => items.map(({ lastChild }) => lastChild?.textContent));
      await button(en.recovery.later).click();
      await button(en.recovery.laterConfirm).click();
      await person.isInside();
      return words.join(" ");
    },
    trySignIn: async (password = PASSWORD) => {
      const signIn = await form(en.signIn.title, en.signUp.toSignIn);
      await type(signIn.getByLabel(en.signIn.handle), name);
      await type(signIn.getByLabel(en.signIn.password, { exact: true }), password);
      await button(en.signIn.submit, signIn).click();
    },
    signIn: async (password) => {
      await person.trySignIn(password);
      await person.isInside();
    },
    signOut: async () => {
      await places.getByRole("button", { name: containing(en.places.you("").slice(2)) }).click();
      await button(en.settings.signOut, page.getByRole("dialog", { name: en.settings.title })).click();
      await button(en.settings.signOut, page.getByRole("alertdialog")).click();
      await page.getByRole("form", { name: containing(en.signIn.title) }).waitFor();
    },
    isInside: () => expect(places).toBeVisible({ timeout: LONG_WORK }),

    ask: async (handle, text) => {
      await goTo(en.places.contacts);
      await button(en.people.add).click();
      const dialog = page.getByRole("dialog", { name: en.people.addTitle });
      await type(dialog.getByLabel(en.people.addHandle), handle);
      await button(en.people.lookUp, dialog).click();
      await sendRequest(dialog, text);
    },
    accept: async (handle) => {
      await openPerson(handle);
      await button(en.people.accept).click();
      await expect(page.getByRole("textbox", { name: containing(handle) })).toBeVisible();
    },
    decline: async (handle) => {
      await openPerson(handle);
      await button(en.people.decline).click();
      await expect(button(en.people.decline)).toBeHidden();
    },
    withdraw: async (handle) => {
      await openPerson(handle);
      await button(en.people.withdraw).click();
      await expect(button(en.people.withdraw)).toBeHidden();
    },
    block: async (handle) => {
      await openPerson(handle);
      await button(en.people.block).click();
      await surely(en.people.block);
      await expect(button(en.people.unblock)).toBeVisible();
    },
    unblock: async (handle) => {
      await openPerson(handle);
      await button(en.people.unblock).click();
      await expect(button(en.people.block)).toBeVisible();
    },
    remove: async (handle) => {
      await openPerson(handle);
      await button(en.people.remove).click();
      await surely(en.people.remove);
    },
    goTo: (place) => goTo(en.places[place]),
    rowOf: (place, handle) => rowOf(place === "contacts" ? en.people.list : en.chats.list, handle),
    makeInvitation: async () => {
      await goTo(en.places.contacts);
      await button(en.people.invite).first().click();
      await button(en.invite.create).click();
      return page.getByRole("textbox", { name: en.invite.link }).inputValue();
    },
    followInvitation: async (link, text) => {
      await person.open(link);
      await sendRequest(page, text);
    },

    openChat: async (handle) => {
      await goTo(en.places.chats);
      await rowOf(en.chats.list, handle).click();
      await expect(page.getByRole("textbox", { name: containing(handle) })).toBeVisible();
    },
    write: async (text) => {
      const box = page.getByPlaceholder(en.conversation.placeholder);
      await box.click();
      // Key by key: this field listens to them.
      await box.pressSequentially(text);
      await box.press("Enter");
    },
    lineOf,
    reads: (text) => expect(lineOf(text)).toHaveCount(1),
    seesState: async (text, state) => {
      const atLeast = (["stored", "delivered", "read"] as const).slice(["stored", "delivered", "read"].indexOf(state));
      const marks = atLeast.map((each) => lineOf(text).getByRole("img", { name: en.conversation.state[each], exact: true }));
      await expect(marks.reduce((all, mark) => all.or(mark))).toBeVisible();
    },

    call: async (what) => {
      await button(what === "audio" ? en.conversation.audioCall : en.conversation.videoCall).click();
    },
    acceptCall: async () => {
      const ringing = page.getByRole("alertdialog").filter({ has: button(en.call.incoming.accept) });
      const accept = button(en.call.incoming.accept, ringing);
      // Armed half a second after it appeared, so that no click meant for something else answers.
      await expect(accept).toHaveAttribute("aria-disabled", "false", { timeout: LONG_WORK });
      await accept.click();
    },
    declineCall: async () => {
      const decline = button(en.call.incoming.decline);
      await expect(decline).toHaveAttribute("aria-disabled", "false", { timeout: LONG_WORK });
      await decline.click();
    },
    inCall: (label) => page.getByRole("toolbar", { name: en.call.bar }).getByRole("button", { name: label, exact: true }),
    hangUp: async () => {
      // The bar hides while nothing moves.
      await page.mouse.move(200, 200);
      await page.mouse.move(210, 210);
      await person.inCall(en.call.leave).click();
    },
    dismissEnded: () => button(en.callEnd.close, page.getByRole("dialog", { name: en.callEnd.title })).click(),
    ringing: (caller) => page.getByRole("alertdialog", { name: en.call.incoming.label(caller) }),
    seesCall: async (outcome) => {
      const { audio, video, line } = en.call;
      const calls = history
        .getByRole("listitem")
        .filter({ hasText: new RegExp([audio, video, line.missed, line.missedVideo].join("|"), "u") });
      await expect(calls.last()).toContainText(outcome);
    },

    newTab: async () => atTab(name, seat, await seat.context.newPage(), complaints),
  };
  return person;
}
