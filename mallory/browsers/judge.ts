/**
 * After an attack: the server is honest again, people try again what did not work, and what their screens show is
 * compared with what they really did.
 */
import { join } from "node:path";
import type { Page } from "@playwright/test";
import type { Person } from "../../e2e/support/person.ts";
import { en } from "../../packages/ui/src/words/en.ts";
import type { Verdict } from "../case.ts";
import { say, type Act, type Couple, type Said } from "./acts.ts";
import type { World } from "./world.ts";

export interface Judgement {
  readonly verdict: Verdict;
  readonly faults: readonly string[];
  /** What the victim is told. */
  readonly told: readonly string[];
  /** People had to reload before they could go on. */
  readonly late: boolean;
}

/** How long people wait for what should come by itself, and after a reload; milliseconds. */
const SOON = 20_000;
const AT_LAST = 45_000;

const PICTURES = join(import.meta.dirname, "../../test-results/mallory-browsers");

let counted = 0;

export async function judge(world: World, act: Act, couple: Couple): Promise<Judgement> {
  const { victim } = couple;
  const gone = victim.page.isClosed() ? ["the page is gone"] : [];
  const doors = world.doorsOpen();
  const left = await healed(act, couple);
  const seen = act.needs === "nobody" ? [] : [...(await shown(couple, "victim")), ...(await shown(couple, "friend"))];
  const wrong = [
    ...seen,
    ...(await strangersAt(victim, couple)),
    ...(doors > 0 ? ["takes for a frame what is none"] : []),
    ...(world.leaks() > 0 ? ["a password is on its way to the server"] : []),
  ];
  const complaints = [...victim.complaints.splice(0), ...couple.friend.complaints.splice(0)];
  const told = await toldTo(victim.page);
  const faults = [...wrong, ...complaints.map((text) => `threw: ${text}`), ...gone, ...left.faults];
  const verdict = ((): Verdict => {
    if (wrong.length > 0) return "silentAccept";
    if (complaints.length > 0) return "threw";
    if (gone.length > 0 || left.faults.length > 0) return "hang";
    return told.length > 0 ? "alarmed" : "refused";
  })();
  return { verdict, faults, told, late: left.late };
}

// —— Going on ————————————————————————————————————————————————————————————————————————————————————————————

/** By itself if it can be, with a reload if it must. */
async function healed(act: Act, couple: Couple): Promise<{ readonly late: boolean; readonly faults: readonly string[] }> {
  const goOn = async (patience: number): Promise<string | undefined> => {
    const until = Date.now() + patience;
    let why: string | undefined = "no time";
    while (Date.now() < until) {
      why = await goesOn(act, couple).catch((fault: unknown) => (fault instanceof Error ? fault.message : "an unknown fault"));
      if (why === undefined) return undefined;
    }
    return why;
  };
  const first = await goOn(SOON);
  if (first === undefined) return { late: false, faults: [] };
  for (const person of new Set([couple.victim, couple.friend])) await picture(person);
  await couple.victim.open().catch(() => undefined);
  const last = await goOn(AT_LAST);
  return { late: true, faults: last === undefined ? [] : [`people cannot go on: ${last.split("\n", 3).join(" ")}`] };
}

/** Of what people saw who could not go on. */
async function picture({ page, complaints }: Person): Promise<void> {
  const before = complaints.length;
  await page.screenshot({ path: join(PICTURES, `${counted++}.png`), timeout: 5000 }).catch(() => undefined);
  // Taking one puts a style into the page, which its policy refuses aloud.
  await page.waitForTimeout(300);
  complaints.length = Math.min(complaints.length, before);
}

async function goesOn(act: Act, couple: Couple): Promise<undefined> {
  const { victim, friend } = couple;
  if (act.needs === "nobody") return arriveAtLast(victim);
  await arriveAtLast(victim);
  for (const { page } of [victim, friend]) await page.keyboard.press("Escape");
  await putAwayCalls(victim);
  await putAwayCalls(friend);
  if (act.needs === "strangers") await meetAtLast(victim, friend);
  await victim.openChat(friend.name);
  await friend.openChat(victim.name);
  await retryFailed(victim);
  for (const [by, to] of [
    ["victim", friend],
    ["friend", victim],
  ] as const) {
    const text = `last word ${counted++}`;
    await say(couple, by, text);
    await to.lineOf(text).first().waitFor({ timeout: 8000 });
  }
  // Everything before must have come as well: it was said first.
  for (const { text } of couple.said.slice(-8)) await victim.lineOf(text).first().waitFor({ timeout: 3000 });
  for (const { text } of couple.said.slice(-8)) await friend.lineOf(text).first().waitFor({ timeout: 3000 });
  return undefined;
}

/** Whoever stands at the door goes in: by signing in, or by signing up where the account never came to be. */
async function arriveAtLast(person: Person): Promise<undefined> {
  const { page } = person;
  const inside = page.getByRole("navigation", { name: en.places.label });
  const door = page.getByRole("form", { name: /./u });
  await page.getByRole("button", { name: en.recovery.later }).or(inside).or(door).first().waitFor();
  if (await inside.isVisible()) return undefined;
  const later = page.getByRole("button", { name: en.recovery.later, exact: true });
  if (await later.isVisible()) {
    await later.click();
    await page.getByRole("button", { name: en.recovery.laterConfirm, exact: true }).click();
  } else {
    await person.trySignIn();
    const refused = page.getByRole("alert").first();
    await inside.or(refused).first().waitFor();
    if (!(await inside.isVisible())) await person.signUp();
  }
  await inside.waitFor();
  return undefined;
}

async function putAwayCalls({ page }: Person): Promise<void> {
  // A request for contact has a button of the same name.
  const ringing = page
    .getByRole("alertdialog")
    .filter({ has: page.getByRole("button", { name: en.call.incoming.accept, exact: true }) });
  const decline = ringing.getByRole("button", { name: en.call.incoming.decline, exact: true });
  if (await decline.isVisible()) await decline.click();
  const ended = page.getByRole("dialog", { name: en.callEnd.title });
  const bar = page.getByRole("toolbar", { name: en.call.bar });
  if (await bar.isVisible()) {
    await page.mouse.move(200, 200);
    const leave = bar.getByRole("button", { name: en.call.leave, exact: true });
    await leave
      .or(bar.getByRole("button", { name: en.call.cancel, exact: true }))
      .first()
      .click();
  }
  if (await ended.isVisible()) await ended.getByRole("button", { name: en.callEnd.close, exact: true }).click();
}

async function meetAtLast(victim: Person, friend: Person): Promise<void> {
  const knows = async (one: Person, other: Person): Promise<boolean> => {
    await one.goTo("chats");
    return (await one.rowOf("chats", other.name).count()) > 0;
  };
  if ((await knows(victim, friend)) && (await knows(friend, victim))) return;
  for (const [one, other] of [
    [victim, friend],
    [friend, victim],
  ] as const) {
    await one.goTo("contacts");
    const asks = one.rowOf("contacts", other.name);
    const accept = one.page.getByRole("button", { name: en.people.accept, exact: true });
    if ((await asks.count()) === 0) continue;
    await asks.click();
    await one.page.getByRole("heading", { name: other.name }).waitFor();
    if (await accept.isVisible()) return one.accept(other.name);
  }
  // Nobody has a request: it was taken back, declined, or lost before anybody's eyes.
  await friend.goTo("contacts");
  if ((await friend.rowOf("contacts", victim.name).count()) > 0) await friend.withdraw(victim.name);
  await friend.ask(victim.name, "Once more, may I?");
  await victim.accept(friend.name);
}

async function retryFailed({ page }: Person): Promise<void> {
  const retry = page
    .getByRole("list", { name: en.conversation.messages, exact: true })
    .getByRole("button", { name: en.conversation.retry });
  for (let left = await retry.count(); left > 0; left--) await retry.first().click();
}

// —— What is seen ————————————————————————————————————————————————————————————————————————————————————————

/** P1: every text on the screen was said, by the one it is shown of, once and in order. */
async function shown(couple: Couple, role: Said["by"]): Promise<readonly string[]> {
  const rows = couple[role].page.getByRole("list", { name: en.conversation.messages, exact: true }).getByRole("listitem");
  const texts = await rows.evaluateAll((items) =>
    items.flatMap((item) => {
      const sender = item.querySelector("span.unseen");
      const text = sender?.nextElementSibling?.textContent;
      return text === undefined || text === null ? [] : [{ isOwn: sender?.textContent?.startsWith("You:") === true, text }];
    }),
  );
  return (["victim", "friend"] as const).flatMap((by) => {
    const said = couple.said.filter((each) => each.by === by).map(({ text }) => text);
    const at = texts.filter(({ isOwn }) => isOwn === (by === role)).map(({ text }) => said.indexOf(text));
    return [
      ...(at.includes(-1) ? [`${role} is shown what ${by} never said`] : []),
      ...(new Set(at).size === at.length ? [] : [`${role} is shown a text of ${by} twice`]),
      ...(at.some((place, i) => place < (at[i - 1] ?? -1)) ? [`${role} is shown the texts of ${by} in another order`] : []),
    ];
  });
}

/** P2: nobody is in the lists whom the victim never had to do with, and nobody is verified whom nobody compared. */
async function strangersAt({ page }: Person, { known }: Couple): Promise<readonly string[]> {
  const rows = page.getByRole("list", { name: en.chats.list, exact: true }).getByRole("link");
  const names = (await rows.allInnerTexts()).map((text) => text.replaceAll("\n", " "));
  const verified = await page.getByLabel(en.people.state.verified, { exact: true }).count();
  return [
    ...names.filter((shownName) => ![...known].some((name) => shownName.includes(name))).map((name) => `knows “${name}”`),
    ...(verified > 0 ? ["somebody is verified whom nobody compared"] : []),
  ];
}

/** Alarms and refusals that stand on the screen. */
async function toldTo(page: Page): Promise<readonly string[]> {
  const places = page.getByRole("alert").or(page.getByRole("region", { name: en.alarms.region }));
  const texts = await places.allInnerTexts();
  const lines = await page.getByRole("listitem").allInnerTexts();
  const { system } = en;
  const loud = [system.youRejoined, ...[1, 2, 3].flatMap((n) => [system.missing(n, `${n}`), system.junkSkipped(n, `${n}`)])];
  return [...texts, ...lines.filter((line) => loud.includes(line))].map((text) => text.trim()).filter((text) => text !== "");
}
