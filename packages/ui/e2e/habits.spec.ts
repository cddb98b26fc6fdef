/** What people do with the screens, found by role and name as a screen reader would, and by keyboard alone where that is the point. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Locator, Page } from "@playwright/test";
import decodeQR from "qr/decode.js";
import { axe, expect, test } from "./open.ts";

const text = (page: Page | Locator, words: string | RegExp) => page.getByText(words);
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });
const composer = (page: Page) => page.getByRole("textbox", { name: /^Message to/u });
const lines = (page: Page) => page.getByRole("list", { name: "Messages" }).getByRole("listitem");

test("[U4] a sign-up goes from the form through its work and the recovery key to the first screen", async ({ open }) => {
  const page = await open("entry-sign-up");
  await page.getByLabel("Name others find you by").fill("bob");
  await button(page, "Take five random words").click();
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("copper violin harbour seldom meadow");
  await expect(text(page, "Very strong")).toBeVisible();
  await button(page, "Create account").click();
  await expect(page.getByRole("heading", { name: "Your recovery key" })).toBeVisible();
  await button(page, "I have written them down").click();
  await page.getByLabel("Word 3").fill("candle");
  await page.getByLabel("Word 10").fill("wrong");
  await page.getByLabel("Word 18").fill("saddle");
  await button(page, "Confirm").click();
  await expect(text(page, "Look again at Word 10 and Word 18.")).toBeVisible();
  await page.getByLabel("Word 10").fill("jungle");
  await page.getByLabel("Word 18").fill("ribbon");
  await button(page, "Confirm").click();
  await expect(page.getByRole("heading", { name: "Chats" })).toBeVisible();
});

test("[U4] a postponed recovery key says what that means and leaves a reminder", async ({ open }) => {
  const page = await open("recovery-key");
  await button(page, "Remind me later").click();
  await expect(page.getByRole("alertdialog")).toContainText("gone for good");
  await button(page, "Postpone anyway").click();
  await expect(page.getByRole("heading", { name: "Invite someone to talk to" })).toBeVisible();
  await expect(text(page, "Your recovery key is not written down yet.")).toBeVisible();
});

test("[U4] a refusal stands beside its field and keeps what was typed; an account elsewhere is named as such", async ({ open }) => {
  const page = await open("entry-sign-up-taken");
  await page.getByLabel("Name others find you by").fill("bob");
  await page.getByLabel("Password", { exact: true }).fill("a long enough sentence");
  await button(page, "Create account").click();
  await expect(page.getByLabel("Name others find you by")).toHaveAccessibleDescription(/Someone has this name already/u);
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("a long enough sentence");
  await open("entry-sign-in-elsewhere");
  await page.getByLabel("Password", { exact: true }).fill("a long enough sentence");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "lives in another browser" })).toBeVisible();
});

test("[U4] the form keeps what was typed while the core starts anew behind it, and after a wrong password", async ({ open }) => {
  const page = await open("entry-sign-in");
  await page.getByLabel("Password", { exact: true }).fill("half a passw");
  const known = await page.evaluate(() => window.fake.snapshot().session);
  const become = (session: typeof known) => page.evaluate((next) => window.fake.push({ type: "session", session: next }), session);
  await become({ at: "starting" });
  await become({ at: "working", work: "signIn", stage: "askingServer", until: null, cancellable: false });
  await expect(page.getByRole("heading", { name: "Signing in" })).toBeVisible();
  await become(known);
  await expect(page.getByRole("heading", { name: "Sign in", exact: true })).toBeVisible();
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("half a passw");
});

test("[U28] a slowed sign-in counts down; called off, the form is back with the name and without the password", async ({
  open,
}) => {
  const page = await open("entry-sign-in-slowed");
  await page.getByLabel("Password", { exact: true }).fill("a long enough sentence");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "Signing in" })).toContainText("Too many tries for this name.");
  const timer = page.getByRole("timer");
  const left = async () => Number(/^Trying again in (\d+) sec$/u.exec(await timer.innerText())?.[1]);
  const first = await left();
  expect(first).toBeGreaterThan(30);
  await expect.poll(left).toBeLessThan(first);
  await button(page, "Cancel").click();
  await expect(page.getByLabel("Name")).toHaveValue("bob");
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await expect(page.getByRole("alert").filter({ hasText: /./u })).toHaveCount(0);
});

test("[U28] a password that the server slows says so where the recovery key is asked for, and is sent once", async ({ open }) => {
  const page = await open("recovery-slowed");
  await page.getByLabel("Password").fill("a long enough sentence");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "up to a minute" })).toBeVisible();
  // Without a password when the step opens, and with it once.
  expect(await page.evaluate(() => window.fake.asked.filter((name) => name === "showRecoveryKey").length)).toBe(2);
});

test("[U3] an invitation is read once: its secret leaves the address, survives a reload, and Back works afterwards", async ({
  open,
}) => {
  const page = await open("entry-invited");
  await expect(page.getByRole("heading", { name: "alice invited you" })).toBeVisible();
  expect(page.url()).not.toContain("AQfragment");
  await page.reload();
  await expect(page.getByRole("heading", { name: "alice invited you" })).toBeVisible();
  await open("chats");
  await page.getByRole("link", { name: /^Alice/u }).click();
  expect(page.url()).toMatch(/#\/c\/[A-Za-z0-9_-]+$/u);
  await page.getByRole("link", { name: /^Dave/u }).click();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Alice" })).toBeVisible();
});

test("[U7] Enter sends, Shift+Enter breaks the line, and the message goes from sending to read", async ({ open }) => {
  const page = await open("conversation-empty");
  await composer(page).fill("first");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second");
  await page.keyboard.press("Enter");
  await expect(composer(page)).toHaveValue("");
  const line = lines(page).filter({ hasText: "first" });
  await expect(line).toContainText("first\nsecond");
  await expect(line.getByRole("img", { name: "Read" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(line).toHaveCount(1);
});

test("[U7] above 64 KiB sending is refused, in words, and the text stays", async ({ open }) => {
  const page = await open("conversation-empty");
  const long = "é".repeat(33_000);
  await composer(page).fill(long);
  await expect(text(page, "Too long by 464 byte")).toBeVisible();
  await page.keyboard.press("Enter");
  // One sentence, however often it is tried.
  await expect(page.getByRole("alert").filter({ hasText: "Too long by 464 byte" })).toHaveCount(1);
  await expect(composer(page)).toHaveValue(long);
  await expect(lines(page).filter({ hasText: "ééé" })).toHaveCount(0);
});

test("[U7] a paste above the limit stays as a draft; one that would freeze the tab is kept out, in words, and touches nothing", async ({
  open,
}) => {
  const page = await open("conversation-empty");
  const pasted = (length: number) =>
    page.evaluate((length) => {
      const copy = (event: ClipboardEvent): void => {
        event.preventDefault();
        event.clipboardData?.setData("text/plain", "a huge log ".repeat(Math.ceil(length / 11)).slice(0, length));
      };
      document.addEventListener("copy", copy, { once: true });
    }, length);
  const paste = async (length: number): Promise<void> => {
    await pasted(length);
    await composer(page).press("ControlOrMeta+a");
    await composer(page).press("ControlOrMeta+c");
    await composer(page).press("ControlOrMeta+End");
    await composer(page).press("ControlOrMeta+v");
  };
  await composer(page).fill("Look: ");
  await paste(5_000_000);
  const refusal = page.getByRole("alert").filter({ hasText: "Not taken in" });
  await expect(refusal).toContainText("5,000 kB long, and at most 65.5 kB");
  await expect(composer(page)).toHaveValue("Look: ");
  await composer(page).press("!");
  await expect(refusal).toHaveCount(0);
  await expect(composer(page)).toHaveValue("Look: !");
  await paste(200_000);
  await expect(text(page, "Too long by 134")).toBeVisible();
  expect(await composer(page).evaluate((field: HTMLTextAreaElement) => field.value.length)).toBe(200_007);
  // No taller than any long text, and it scrolls.
  const box = await composer(page).evaluate((field) => [field.clientHeight, field.scrollHeight - field.clientHeight]);
  expect(box[0]).toBeLessThanOrEqual(320);
  expect(box[1]).toBeGreaterThan(1_000);
  await paste(900_000);
  await expect(refusal).toContainText("1,100 kB long");
  expect(await composer(page).evaluate((field: HTMLTextAreaElement) => field.value.length)).toBe(200_007);
  await composer(page).fill("Short again");
  await expect.poll(() => composer(page).evaluate((field) => field.clientHeight)).toBeLessThan(60);
});

test("[U7] what was written survives leaving the conversation, and a failed message its discarding", async ({ open }) => {
  const page = await open("conversation-hostile");
  await composer(page).fill("half a thought");
  await page.getByRole("link", { name: /^Alice/u }).click();
  await expect(page.getByRole("link", { name: /Draft: ?half a thought/u })).toBeVisible();
  await page.goBack();
  await expect(composer(page)).toHaveValue("half a thought");
  const failed = lines(page).filter({ hasText: "waits for its chance" });
  await failed.getByRole("button", { name: "Discard" }).click();
  await expect(failed).toHaveCount(0);
  await button(page, "Undo").click();
  await expect(composer(page)).toHaveValue("This one waits for its chance\nhalf a thought");
  const other = lines(page).filter({ hasText: "Too many messages" });
  await other.getByRole("button", { name: "Try again" }).click();
  await expect(text(page, "Too many messages")).toHaveCount(0);
});

test("[U11] [U18] hostile text stays the text it was; a look-alike address is spelled out before it opens", async ({ open }) => {
  const page = await open("conversation-hostile");
  await expect(lines(page).filter({ hasText: "waits for its chance" })).toBeVisible();
  await page.getByRole("group", { name: "History" }).evaluate((box) => box.scrollTo(0, 0));
  await expect(text(page, '<img src=x onerror="alert(1)"><script>alert(1)</script> javascript:alert(1) {{7*7}}')).toBeVisible();
  await expect(page.getByRole("heading", { name: "ecila" })).toBeVisible();
  await page.getByRole("link", { name: /аррӏе/u }).click();
  await expect(page.getByRole("dialog")).toContainText("https://www.xn--80ak6aa92e.com/login");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.getByRole("link", { name: /bank\.example/u }).click();
  await expect(page.getByRole("dialog")).toContainText("evil.example");
});

test("[U14] 100,000 messages open at the first unread, hold their place while older ones load, and jump to the latest", async ({
  open,
}) => {
  const page = await open("conversation-long");
  const history = page.getByRole("group", { name: "History" });
  await expect(page.getByText("New", { exact: true })).toBeVisible();
  await expect(text(page, "(99961)")).toBeVisible();
  // The page of older ones takes its time: a line is looked at before it has come and afterwards.
  const length = () => history.evaluate((box) => box.scrollHeight);
  await history.evaluate((box) => box.scrollTo(0, 1_000));
  await page.waitForTimeout(200);
  const before = await length();
  const anchor = await history.evaluate((box) => {
    const shown = [...box.querySelectorAll("[role=listitem]")].filter((line) => line.getBoundingClientRect().top > 200);
    return shown.map((line) => /\(\d+\)/u.exec(line.textContent)?.[0]).find((number) => number !== undefined);
  });
  const line = lines(page).filter({ hasText: anchor ?? "none" });
  const place = await line.evaluate((each) => each.getBoundingClientRect().top);
  await expect.poll(length).toBeGreaterThan(before + 1_000);
  await page.waitForTimeout(200);
  expect(Math.abs((await line.evaluate((each) => each.getBoundingClientRect().top)) - place)).toBeLessThan(2);
  await history.hover();
  for (let step = 0; step < 25; step++) {
    await page.mouse.wheel(0, -4_000);
    await page.waitForTimeout(30);
  }
  expect(await page.getByRole("listitem").count()).toBeLessThan(120);
  await button(page, /^To the latest message/u).click();
  await expect(text(page, "(100000)")).toBeVisible();
  await expect(page.getByRole("link", { name: /erin.lindqvist.*unread/u })).toHaveCount(0);
});

test("[U6] an alarm says what to do, and goes when it was understood", async ({ open }) => {
  const page = await open("conversation-alarms");
  const alarms = page.getByRole("region", { name: "Alarms" });
  await expect(alarms).toContainText("You two may see different histories");
  await expect(alarms).toContainText("3 messages have not arrived");
  const before = await alarms.getByRole("button", { name: "Understood" }).count();
  await alarms.getByRole("button", { name: "Understood" }).first().click();
  await expect(alarms.getByRole("button", { name: "Understood" })).toHaveCount(before - 1);
  await open("chats-account-alarms");
  const older = page.getByRole("region", { name: "The server shows an older state of your account" });
  await older.getByRole("button", { name: "Understood" }).click();
  await expect(older).toHaveCount(0);
  await expect(page.getByRole("region", { name: "A change came from a browser that is not yours" })).toBeVisible();
});

test("[U5] the changed keys of a verified person hold sending back until a decision", async ({ open }) => {
  const page = await open("conversation-keys-changed");
  await expect(composer(page)).toHaveCount(0);
  await expect(button(page, "Audio call")).toBeDisabled();
  await page.getByRole("region", { name: "Alarms" }).getByRole("button", { name: "Go on without comparing" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Go on without comparing" }).click();
  await expect(composer(page)).toBeVisible();
  await open("person-unverified");
  await button(page, "Compare safety number").click();
  const dialog = page.getByRole("dialog", { name: "Safety number with Carol Ferreira" });
  await expect(dialog.getByRole("list", { name: "Safety number" }).getByRole("listitem")).toHaveCount(12);
  await dialog.getByRole("button", { name: "They differ" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Send nothing secret");
  await dialog.getByRole("button", { name: "They are the same" }).click();
  await expect(page.getByRole("heading", { name: /Verified on/u })).toBeVisible();
});

test("[U12] a request under a name that looks like a contact's is told apart", async ({ open }) => {
  const page = await open("person-look-alike");
  await expect(page.getByRole("note")).toContainText("looks like that of your contact Alice");
});

test("[U8] a refused camera is explained for this browser, and the call goes on without it", async ({ open, browserName }) => {
  const page = await open("call-refused");
  await button(page, "Video call").click();
  const dialog = page.getByRole("dialog", { name: "The camera is not available" });
  await expect(dialog).toContainText(browserName === "firefox" ? "crossed-out icon" : "Site settings");
  await dialog.getByRole("button", { name: "Go on without camera" }).click();
  await expect(page.getByRole("region", { name: "Call with Alice" })).toContainText("Ringing…");
  await expect(button(page, "Turn camera on")).toBeVisible();
  expect(await page.evaluate(() => window.fake.asked.filter((name) => name === "startCall").length)).toBe(1);
});

test("[U20] an incoming call is armed half a second after it appeared, and its keys work", async ({ open }) => {
  const page = await open("conversation");
  await composer(page).fill("in the middle of");
  const ring = () =>
    page.evaluate(() => {
      const call = window.fake.snapshot();
      const conversation = [...call.conversations.values()][0];
      if (conversation === undefined) return;
      window.fake.push({
        type: "call",
        call: {
          call: `ring-${performance.now()}` as never,
          conversation: conversation.conversation,
          contact: conversation.contact,
          direction: "incoming",
          media: "audio",
          state: { at: "ringing", since: 0 as never },
          owner: "nowhere",
          self: { muted: false, camera: false, screen: false, held: false },
          peer: { muted: false, camera: false, screen: false, held: false },
          code: null,
          quality: null,
          browsers: null,
        },
      });
      // A click that was meant for what stood there before.
      requestAnimationFrame(() =>
        requestAnimationFrame(() =>
          [...document.querySelectorAll("button")].find((each) => each.textContent === "Accept")?.click(),
        ),
      );
    });
  await ring();
  const card = page.getByRole("alertdialog", { name: "Alice is calling" });
  await expect(card).toBeVisible();
  await expect(composer(page)).toBeFocused();
  expect(await page.evaluate(() => window.fake.asked.includes("acceptCall"))).toBe(false);
  await expect(card).toHaveAttribute("data-armed", "true");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("region", { name: "Call with Alice" })).toBeVisible();
  await expect(button(page, "Mute microphone")).toBeVisible();
});

test("[U16] a call shows its code, what was measured, and what the server sees; it moves aside and ends", async ({ open }) => {
  const page = await open("call-video");
  const call = page.getByRole("region", { name: "Call with Alice" });
  await expect(call).toContainText("Verified · only you two");
  await button(page, "Security and quality").click();
  const panel = page.getByRole("complementary", { name: "Security and quality" });
  await expect(panel).toContainText("4071 8823");
  await expect(panel).toContainText("18,422 opened with their keys, 0 refused");
  await page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
  await page.keyboard.press("Control+d");
  await expect(button(page, "Unmute microphone")).toBeVisible();
  await expect(call).toContainText("You are muted.");
  await page.keyboard.press("Escape");
  await expect(button(page, "Return to the call")).toBeVisible();
  await expect(composer(page)).toBeVisible();
  await button(page, "Hang up").click();
  await expect(page.getByRole("dialog", { name: "Call ended" })).toContainText("You hung up");
  await button(page, "Close").click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("[U27] a call's panel says who is in it, by which browser, and since when", async ({ open }) => {
  const page = await open("call-video");
  await button(page, "Security and quality").click();
  const members = page.getByRole("complementary", { name: "Security and quality" }).getByRole("listitem");
  await expect(members.nth(0)).toContainText(
    /Alice.*You compared keys with this person on \S+ \d+, 2026.*Browser .*3fK9xW.*in this call/su,
  );
  await expect(members.nth(1)).toContainText(/You.*This browser, .*b7Qz_1.*in this call/su);
  await expect(page.getByRole("complementary")).toContainText("Connected since 14:35");
  await open("call-names");
  await button(page, "Security and quality").click();
  await expect(members.nth(0)).toContainText("Keys not compared yet. In your contacts since");
  await expect(members.nth(0).getByText("not in this call")).toHaveCount(2);
  await open("call-outgoing");
  await button(page, "Security and quality").click();
  await expect(members.nth(0)).toContainText("The browser is named once both sides' keys are there.");
  await expect(page.getByRole("complementary")).toContainText("Not connected yet");
});

test("[U16] without measured frames nothing is called protected", async ({ open }) => {
  const page = await open("call-audio");
  await page.evaluate(() => {
    const { call } = window.fake.snapshot();
    if (call !== null) window.fake.push({ type: "call", call: { ...call, quality: null } });
  });
  await expect(page.getByRole("region", { name: "Call with Alice" })).toContainText("Not yet measured");
  await expect(page.getByRole("region", { name: "Call with Alice" })).not.toContainText("only you two");
});

test("[U9] a theme takes effect at once, and settings close by Esc", async ({ open }) => {
  const page = await open("chats");
  await button(page, /^Settings of/u).click();
  await page.getByRole("radio", { name: "Dark" }).check({ force: true });
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("switch", { name: "Tell others when you have read" }).uncheck();
  expect(await page.evaluate(() => window.fake.snapshot().settings.readReceipts)).toBe(false);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("[U9] the browser is asked to keep what is stored, and its answer is told", async ({ open }) => {
  const page = await open("chats");
  await button(page, /^Settings of/u).click();
  const here = page.getByRole("region", { name: "On this device" });
  await expect(here).toContainText("may delete your messages");
  await button(page, "Keep them").click();
  await expect(here).toContainText("would not promise it now");
  await button(page, "Keep them").click();
  await expect(here).toContainText("are kept, sealed");
  await expect(button(page, "Keep them")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await button(page, /^Settings of/u).click();
  await expect(here).toContainText("are kept, sealed");
});

test("[U26] a row whose last line is a change says what changed", async ({ open }) => {
  const page = await open("chats-system");
  const row = (name: string | RegExp) => page.getByRole("list", { name: "Conversations" }).getByRole("link", { name });
  await expect(row(/^Alice/u)).toContainText("Alice added a browser");
  await expect(row(/^Carol/u)).toContainText("You marked Carol Ferreira as verified");
  await expect(row(/^Dave/u)).toContainText("No messages yet");
  await expect(row(/^erin/u)).toContainText("Something did not arrive here");
});

test("[U4] what looks like a private window is told as a suspicion, in settings and when signing out", async ({ open }) => {
  const page = await open("chats-private");
  await button(page, /^Settings of/u).click();
  const here = page.getByRole("region", { name: "On this device" });
  await expect(here).toContainText("This looks like a private window. If it is one");
  await here.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page.getByRole("alertdialog")).toContainText("this looks like a private window: if it is one");
});

test("[U24] what was said before a call stands does not lie over it, and nothing lies over the call's bar", async ({ open }) => {
  const page = await open("call-outgoing");
  const notice = () =>
    page.evaluate(() => {
      const [account] = window.fake.snapshot().contacts.keys();
      if (account !== undefined) window.fake.push({ type: "notice", notice: { type: "requestAccepted", account } });
    });
  const controls = page.getByRole("toolbar", { name: "Call controls" });
  await expect(controls).toBeVisible();
  await notice();
  const toast = page.getByRole("status").getByText(/^You and .*Alice.* are connected\.$/u);
  await expect(toast).toBeVisible();
  // It rises to its place.
  await page.waitForTimeout(400);
  const [box, bar] = [await toast.boundingBox(), await controls.boundingBox()];
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(bar?.y ?? 0);
  await page.evaluate(() => {
    const { call } = window.fake.snapshot();
    if (call !== null) window.fake.push({ type: "call", call: { ...call, state: { at: "connected", since: 0 as never } } });
  });
  await expect(toast).toHaveCount(0, { timeout: 2_000 });
});

test("[U25] deleting what is here asks first, says what is lost, and leaves nothing; signing out keeps it", async ({ open }) => {
  const page = await open("chats");
  const ask = async (name: string) => {
    await button(page, /^Settings of/u).click();
    await page.getByRole("region", { name: "On this device" }).getByRole("button", { name, exact: true }).click();
    return page.getByRole("alertdialog");
  };
  const question = await ask("Sign out and delete my data");
  await expect(question).toContainText("would be gone for good");
  await expect(question).toContainText("neither your password nor your recovery key");
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(question).toHaveCount(0);
  expect(await page.evaluate(() => window.fake.asked.includes("signOut"))).toBe(false);
  await page.keyboard.press("Escape");
  await (await ask("Sign out and delete my data")).getByRole("button", { name: "Delete and sign out" }).click();
  await expect(page.getByRole("form", { name: "Create your account" })).toBeVisible();
  await open("chats");
  await (await ask("Sign out")).getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page.getByRole("form", { name: "Sign in" }).getByLabel("Name")).toHaveValue("bob");
});

test("[U17] [U22] by keyboard alone: the finder, the lists, a message, and back", async ({ open }) => {
  const page = await open("chats");
  await expect(page.getByRole("link", { name: /^Carol Ferreira/u })).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(page.getByRole("link", { name: /^Carol Ferreira/u })).toBeFocused();
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type("by keys{");
  await page.keyboard.press("Enter");
  await expect(lines(page).filter({ hasText: "by keys{" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("mall");
  await expect(page.getByRole("option", { name: /Mallory/u })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: /Mallory/u })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(text(page, "Choose a conversation")).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("[U22] the title counts what is unread, the icon carries a dot, and a dropped file replaces nothing", async ({ open }) => {
  const page = await open("conversation");
  await expect(page).toHaveTitle(/^\(1\) Alice/u);
  await page.evaluate(() => {
    const dave = [...window.fake.snapshot().conversations.values()].find((each) => each.contact.startsWith("erin"));
    if (dave) window.fake.receive(dave.conversation, "knock");
  });
  await expect(page).toHaveTitle(/^\(2\) Alice/u);
  await expect(page.locator('link[rel="icon"]')).toHaveAttribute("href", /unread/u);
  const stopped = await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["x"], "x.html", { type: "text/html" }));
    const drop = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.body.dispatchEvent(drop);
    return drop.defaultPrevented;
  });
  expect(stopped).toBe(true);
});

test("[U23] contacts: find by exact name, ask, accept, decline, block", async ({ open }) => {
  const page = await open("contacts");
  await button(page, "Add contact").click();
  await page.getByLabel("Their name on this server").fill("nobody");
  await page.keyboard.press("Enter");
  await expect(text(page, "Nobody here has exactly this name.")).toBeVisible();
  await page.getByLabel("Their name on this server").fill("dora");
  await button(page, "Find").click();
  await page.getByLabel("A line about who you are").fill("Hello, it's Bob");
  await button(page, "Ask to connect").click();
  await expect(page.getByRole("link", { name: /dora/u })).toContainText("Waiting for an answer");
  await page.getByRole("link", { name: /grace/u }).click();
  await button(page, "Accept").click();
  await expect(composer(page)).toBeVisible();
  await page.getByRole("link", { name: /^Contacts/u }).click();
  await page.getByRole("link", { name: /^Dave/u }).click();
  await button(page, "Block").click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Block" }).click();
  await expect(button(page, "Unblock")).toBeVisible();
});

test("[U23] an invitation link is made, shown whole, and withdrawn", async ({ open }) => {
  const page = await open("invite");
  await button(page, "Create a link").click();
  await expect(page.getByRole("textbox", { name: "Invitation link" })).toHaveValue(/#\/i\/bob\/[A-Za-z0-9_-]+$/u);
  await button(page, "Withdraw link").click();
  await expect(text(page, "Withdrawn").first()).toBeVisible();
});

/** What a camera reads from a picture on the screen. */
async function scan(picture: Locator): Promise<string> {
  // With a caret to hide a style would be put into the page, and its policy allows none.
  const png = await picture.screenshot({ scale: "css", caret: "initial" });
  const seen = await picture.page().evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
    context?.drawImage(image, 0, 0);
    const { data } = context?.getImageData(0, 0, image.width, image.height) ?? { data: [] };
    const pixels = Array.from(data, (value) => String.fromCharCode(value)).join("");
    return { width: image.width, height: image.height, pixels: btoa(pixels) };
  }, png.toString("base64"));
  return decodeQR({ width: seen.width, height: seen.height, data: Uint8ClampedArray.from(Buffer.from(seen.pixels, "base64")) });
}

// In Firefox a picture of an element is not to be had without a style put into the page.
test(
  "[U29] a camera reads the invitation link and the safety number from the screen, in the dark too",
  { tag: "@once" },
  async ({ open }) => {
    const page = await open("invite");
    await page.emulateMedia({ colorScheme: "dark" });
    await button(page, "Create a link").click();
    await text(page, "Show it as a QR code").click();
    const link = await page.getByRole("textbox", { name: "Invitation link" }).inputValue();
    expect(await scan(page.getByRole("img", { name: "The invitation link as a QR code" }))).toBe(link);

    await open("person-unverified");
    await button(page, "Compare safety number").click();
    const dialog = page.getByRole("dialog");
    await text(dialog, "Show it as a QR code").click();
    const digits = await dialog.getByRole("list", { name: "Safety number" }).getByRole("listitem").allInnerTexts();
    expect(await scan(dialog.getByRole("img", { name: "The safety number as a QR code" }))).toBe(digits.join(""));
  },
);

test("[U8] whoever opens the devices sees how loud the microphone is, and can hear which speaker is chosen", async ({ open }) => {
  const page = await open("call-video");
  await button(page, "Devices").click();
  const panel = page.getByRole("region", { name: "Devices" });
  const level = panel.getByRole("img", { name: "How loud your microphone is" });
  await expect.poll(() => level.evaluate((bar) => getComputedStyle(bar).getPropertyValue("--level"))).toBe("0.1");
  const noise = panel.getByRole("checkbox", { name: "Less noise" });
  await expect(noise).toBeChecked();
  await noise.uncheck();
  await expect.poll(() => page.evaluate(() => window.fake.snapshot().settings.noiseSuppression)).toBe(false);
  await expect(panel.getByRole("checkbox", { name: "No echo" })).toBeChecked();
  await button(page, "Play a sound").click();
  await expect(button(page, "Play a sound")).toBeVisible();
  await expect(panel.getByRole("alert")).toHaveCount(0);
});

test("[U8] with the security panel open the call's bar stays in reach, at every width", async ({ open }) => {
  const page = await open("call-video");
  await button(page, "Security and quality").click();
  for (const width of [1280, 960, 820, 600, 375]) {
    await page.setViewportSize({ width, height: 720 });
    for (const name of ["Hang up", "Security and quality", "Mute microphone"]) await button(page, name).click({ trial: true });
  }
});

test("[U8] the picture floats above other windows, where the browser lets pages do that", { tag: "@once" }, async ({ open }) => {
  const page = await open("call-video");
  await button(page, "Keep the picture above other windows").click();
  await expect(button(page, "Put the picture back")).toBeVisible();
  expect(await page.evaluate(() => document.pictureInPictureElement?.getAttribute("aria-label"))).toBe("Alice");
  await button(page, "Put the picture back").click();
  await expect(button(page, "Keep the picture above other windows")).toBeVisible();
});

test("[U8] a call on hold says so, and has one thing to do: go on", async ({ open }) => {
  const page = await open("call-held");
  await expect(text(page, "On hold. Alice hears and sees nothing of you, and you hear nothing.")).toBeVisible();
  await expect(button(page, "Resume the call")).toBeVisible();
  await expect(button(page, "Mute microphone")).toHaveCount(0);
  await expect(button(page, "Hang up")).toBeVisible();
});

test("[U8] a shown screen is said so on both sides, changed over and stopped", async ({ open }) => {
  const page = await open("call-video");
  await button(page, "Show your screen").click();
  await expect(page.getByRole("status").filter({ hasText: "You are showing your screen." })).toBeVisible();
  await button(page, "Show something else").click();
  await button(page, "Stop showing your screen").click();
  await expect(text(page, "You are showing your screen.")).toHaveCount(0);
  await open("call-screen");
  await expect(text(page, "Alice is showing a screen")).toBeVisible();
});

test("[U21] dialogs and panels are clean to axe in both themes", { tag: "@once" }, async ({ open }) => {
  test.setTimeout(120_000);
  const page = await open("conversation");
  await page.emulateMedia({ reducedMotion: "reduce" });
  const look = async (name: string): Promise<void> => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await axe(page).analyze();
      expect
        .soft(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join("; ")}`),
          `${name} ${colorScheme}`,
        )
        .toEqual([]);
    }
  };
  await button(page, /^Settings of/u).click();
  await look("settings");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("a");
  await look("finder");
  await page.keyboard.press("Escape");
  await button(page, "Add someone").click();
  await page.getByLabel("Their name on this server").fill("dora");
  await page.keyboard.press("Enter");
  await expect(button(page, "Ask to connect")).toBeVisible();
  await look("add contact");
  await page.keyboard.press("Escape");
  await button(page, "More about this conversation").click();
  await look("menu");
  await page.getByRole("menuitem", { name: "Compare safety number" }).click();
  await look("safety number");
  await open("call-video");
  await button(page, "Security and quality").click();
  await button(page, "Devices").click();
  await look("call panels");
});

test("[U14] a core that starts anew is told which conversation is on the screen, so that it is watched again", async ({ open }) => {
  const page = await open("conversation-empty");
  const told = async (): Promise<number> =>
    page.evaluate(() => window.fake.asked.filter((name) => name === "showConversation").length);
  await expect.poll(told).toBeGreaterThan(0);
  const before = await told();
  await page.evaluate(() => window.fake.push({ type: "snapshot", snapshot: window.fake.snapshot() }));
  await expect.poll(told).toBe(before + 1);
});

test("[U19] the first load up to the form is at most 150 KB compressed, fixtures of the gallery included", { tag: "@once" }, () => {
  const root = new URL("../dist/gallery/", import.meta.url);
  interface Chunk {
    readonly file: string;
    readonly isEntry?: boolean;
    readonly imports?: readonly string[];
    readonly css?: readonly string[];
  }
  const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", root), "utf8")) as Record<string, Chunk>;
  const files = new Set<string>(["index.html"]);
  const visit = (key: string): void => {
    const chunk = manifest[key];
    if (chunk === undefined || files.has(chunk.file)) return;
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry === true) visit(key);
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, root))).length, 0);
  expect(bytes).toBeGreaterThan(60_000);
  expect(bytes).toBeLessThan(150_000);
});
