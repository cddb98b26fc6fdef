/** Which cases there are: every operation on every field, each where some life reaches it. */
import { seededRandom } from "../packages/group/test-kit/people.ts";
import { caseName, isMessage, runHonestly, type Case, type Honest } from "./case.ts";
import { fieldsOfFrames, type Field } from "./frame.ts";
import { beginnings, lives, type Life } from "./lives.ts";
import { bend, operationsOn, type Chance, type Operation, type Sent } from "./operations.ts";
import type { Kept } from "./play.ts";

export interface Stage {
  readonly fields: readonly Field[];
  readonly beginnings: Readonly<Record<Life["from"], Kept>>;
  readonly honest: (life: string) => Honest;
}

/** All that cases need: two beginnings, made once, and every life as it is honestly, once it is wanted. */
export function setStage(seed: string): Stage {
  const begun = beginnings(seed);
  const known = new Map<string, Honest>();
  const honest = (life: string): Honest => {
    const honestly = known.get(life) ?? runHonestly(life, begun);
    known.set(life, honestly);
    return honestly;
  };
  return { fields: fieldsOfFrames(), beginnings: begun, honest };
}

export interface Plan {
  readonly cases: readonly Case[];
  /** Field × operation that exists and that no life reaches, as `field operation`. */
  readonly unreached: readonly string[];
  readonly pairs: number;
}

interface Wanted {
  readonly seed: string;
  readonly rounds: number;
  /** All, where nothing is said. */
  readonly life?: string;
  readonly fields?: RegExp;
  readonly operations?: readonly Operation[];
}

/**
 * One case for each field × operation in each round, at another place of another life where there is one; and for each
 * field one that goes on from then on, with an operation by chance.
 */
export function makePlan(stage: Stage, { seed, rounds, life, fields, operations: wanted }: Wanted): Plan {
  const chance = seededRandom(`${seed} plan`);
  const cases = new Map<string, Case>();
  const unreached: string[] = [];
  let pairs = 0;
  for (const field of stage.fields.filter(({ name }) => fields?.test(name) ?? true)) {
    const places = placesIn(stage, field, life);
    const reached: Case[] = [];
    for (const operation of operationsOn(field).filter((each) => wanted?.includes(each) ?? true)) {
      pairs++;
      const found = search(field, operation, inTurn(places, chance), { seed, rounds });
      if (found.length === 0) unreached.push(`${field.name} ${operation}`);
      reached.push(...found);
    }
    const lasting = reached.filter(({ operation }) => operation !== "drop" || field.name !== field.message);
    const always = lasting[chance.below(Math.max(1, lasting.length))];
    for (const each of [...reached, ...(always ? [{ ...always, from: "always" as const }] : [])]) cases.set(caseName(each), each);
  }
  return { cases: [...cases.values()], unreached, pairs };
}

interface Found {
  readonly life: string;
  readonly sent: Sent;
  readonly nth: number;
  /** What had been sent before. */
  readonly before: readonly Sent[];
}

function placesIn({ honest, beginnings: begun }: Stage, field: Field, life?: string): readonly Found[] {
  const played = lives.filter(({ name }) => life === undefined || name === life);
  return played.flatMap(({ name, from }) => {
    const all = honest(name).sent;
    const counted = new Map<string, number>();
    return all.flatMap((sent, i) => {
      if (!isMessage(sent, field)) return [];
      const nth = counted.get(sent.to) ?? 0;
      counted.set(sent.to, nth + 1);
      return [{ life: name, sent, nth, before: [...begun[from].history, ...all.slice(0, i)] }];
    });
  });
}

/** Any order. Lives that begin among friends are short, so two times of three they come first. */
function inTurn(places: readonly Found[], chance: Chance): readonly Found[] {
  const shortFirst = chance.below(3) > 0;
  const weighed = places.map((place) => ({
    place,
    weight: chance.below(2 ** 30) + (shortFirst && isLong(place.life) ? 2 ** 30 : 0),
  }));
  return weighed.toSorted((a, b) => a.weight - b.weight).map(({ place }) => place);
}
const isLong = (life: string): boolean => lives.find(({ name }) => name === life)?.from === "strangers";

/** Looked at for one operation at most: what cannot be done at so many places cannot be done. */
const MOST_PLACES = 200;

/** The first places at which the operation can be done. */
function search(
  field: Field,
  operation: Operation,
  places: readonly Found[],
  { seed, rounds }: { readonly seed: string; readonly rounds: number },
): readonly Case[] {
  const found: Case[] = [];
  for (const [i, { life, sent, nth, before }] of places.slice(0, MOST_PLACES).entries()) {
    if (found.length === rounds) break;
    const at = {
      life,
      to: sent.to,
      message: sent.message,
      nth,
      field: field.name,
      operation,
      from: "once",
      seed: `${seed}-${i}`,
    } as const;
    if (bend(sent, field, operation, before, seededRandom(at.seed))) found.push(at);
  }
  return found;
}
