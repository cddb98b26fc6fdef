/**
 * A person at a browser. Does what people do, and finds everything as a screen reader would: by role and name, in the
 * words of the interface itself.
 */
import { expect, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { en } from "../../packages/ui/src/words/en.ts";
import type { BrowserKind } from "./browsers.ts";
import type { WireTap } from "@megachat/testing/wire-tap";

/** Five words of nobody's: accepted by the estimator, the same in every run. */
export const PASSWORD = "umber lattice quorum saddle finch";

export interface Person {
  readonly name: string;
  readonly kind: BrowserKind;
  readonly page: Page;
  readonly context: BrowserContext;
  /** The person's connection to the server. */
  readonly line: Pick<WireTap, "cut" | "mend">;
  /** What went wrong in the page meanwhile: errors, refusals of the security policy. A test ends with none. */
  readonly complaints: readonly string[];
  readonly open: (address?: string) => Promise<void>;
  readonly signUp: (password?: string) => Promise<void>;
  readonly signIn: (password?: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
  readonly ask: (handle: string, text: string) => Promise<void>;
  readonly accept: (handle: string) => Promise<void>;
  readonly makeInvitation: () => Promise<string>;
  readonly openChat: (handle: string) => Promise<void>;
  readonly write: (text: string) => Promise<void>;
  readonly message: (text: string) => Locator;
  readonly reads: (text: string) => Promise<void>;
  readonly call: (what: "audio" | "video") => Promise<void>;
  readonly acceptCall: () => Promise<void>;
  readonly hangUp: () => Promise<void>;
  /** Another tab of the same browser. */
  readonly newTab: () => Promise<Person>;
}

/** Names stand between isolating marks in the interface, so that a right-to-left name moves nothing. */
const containing = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "u");

export interface Seat {
  readonly kind: BrowserKind;
  readonly context: BrowserContext;
  /** Where this person finds the server. */
  readonly url: string;
  readonly line: Pick<WireTap, "cut" | "mend">;
}

export async function personAt(name: string, seat: Seat): Promise<Person> {
  const { context } = seat;
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return atTab(name, seat, await context.newPage(), []);
}

function atTab(name: string, seat: Seat, page: Page, complaints: string[]): Person {
  const { kind, context, url, line } = seat;
  page.on("pageerror", (error) => complaints.push(`${name}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${name}: ${message.text()}`);
  });
  const button = (label: string | RegExp, within: Page | Locator = page): Locator =>
    within.getByRole("button", { name: label, exact: typeof label === "string" });
  const place = (label: string): Locator =>
    page.getByRole("navigation", { name: en.places.label }).getByRole("link", { name: containing(label) });

  const person: Person = {
    name,
    kind,
    page,
    context,
    line,
    complaints,

    open: async (address = "/") => {
      // A link made at somebody else's address is opened at one's own: people here reach one server by several.
      const { pathname, search, hash } = new URL(address, url);
      await page.goto(new URL(`${pathname}${search}${hash}`, url).href);
    },

    signUp: async (password = PASSWORD) => {
      const form = page.getByRole("form", { name: en.signUp.title });
      if (!(await form.isVisible().catch(() => false))) await button(en.signIn.toSignUp).click();
      await form.getByLabel(en.signUp.handle).fill(name);
      await form.getByLabel(en.signUp.password, { exact: true }).fill(password);
      await button(en.signUp.submit).click();
      await page.getByRole("heading", { name: en.recovery.title }).waitFor({ timeout: 30_000 });
      await button(en.recovery.later).click();
      await button(en.recovery.laterConfirm).click();
      await expect(page.getByRole("navigation", { name: en.places.label })).toBeVisible();
    },

    signIn: async (password = PASSWORD) => {
      const form = page.getByRole("form", { name: containing(en.signIn.title) });
      if (!(await form.isVisible().catch(() => false))) await button(en.signUp.toSignIn).click();
      await form.getByLabel(en.signIn.handle).fill(name);
      await form.getByLabel(en.signIn.password, { exact: true }).fill(password);
      await button(en.signIn.submit).click();
    },

    signOut: async () => {
      await place(en.places.settings).click();
      await button(en.settings.signOut).click();
      await button(en.settings.signOut, page.getByRole("alertdialog")).click();
      await page.getByRole("heading", { name: containing(en.signIn.title) }).waitFor();
    },

    ask: async (handle, text) => {
      await place(en.places.contacts).click();
      await button(en.people.add).click();
      const dialog = page.getByRole("dialog", { name: en.people.addTitle });
      await dialog.getByLabel(en.people.addHandle).fill(handle);
      await button(en.people.lookUp, dialog).click();
      await dialog.getByLabel(en.people.requestText).fill(text);
      await button(en.people.sendRequest, dialog).click();
      await expect(dialog.getByText(en.people.state.waiting).or(page.getByText(en.people.state.waiting)).first()).toBeVisible();
    },

    accept: async (handle) => {
      await place(en.places.contacts).click();
      await page
        .getByRole("link", { name: containing(handle) })
        .first()
        .click();
      await button(en.people.accept).click();
    },

    makeInvitation: async () => {
      await place(en.places.contacts).click();
      await button(en.people.invite).click();
      await button(en.invite.create).click();
      return page.getByLabel(en.invite.link).inputValue();
    },

    openChat: async (handle) => {
      await place(en.places.chats).click();
      await page
        .getByRole("list", { name: en.chats.list })
        .getByRole("link", { name: containing(handle) })
        .click();
      await expect(page.getByRole("textbox", { name: containing(handle) })).toBeVisible();
    },

    write: async (text) => {
      const box = page.getByPlaceholder(en.conversation.placeholder);
      await box.fill(text);
      await box.press("Enter");
    },

    message: (text) => page.getByRole("log", { name: en.conversation.messages }).getByText(text, { exact: true }),
    reads: async (text) => {
      await expect(person.message(text)).toHaveCount(1);
    },

    call: async (what) => {
      await button(what === "audio" ? en.conversation.audioCall : en.conversation.videoCall).click();
    },
    acceptCall: async () => {
      // The buttons of an incoming call are armed half a second after it appears.
      const accept = button(en.call.incoming.accept);
      await accept.waitFor();
      await expect(accept).toBeEnabled();
      await page.waitForTimeout(600);
      await accept.click();
    },
    hangUp: async () => {
      await page.mouse.move(10, 10);
      await button(en.call.leave).click();
    },

    newTab: async () => atTab(name, seat, await context.newPage(), complaints),
  };
  return person;
}
