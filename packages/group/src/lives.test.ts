import { expect, test } from "vitest";
import { lifeStates, live, stepKinds, type Table } from "../test-kit/life.ts";

// More by option: MEGACHAT_LIVES=50 lives in each suite, MEGACHAT_LIVES_SEED=1000 from this seed on.
const LIVES = Number(process.env["MEGACHAT_LIVES"] ?? 4);
const FIRST_SEED = Number(process.env["MEGACHAT_LIVES_SEED"] ?? 1);
const STEPS = 60;

const show = (table: Table): string => {
  const cell = (text: string): string => text.padStart(9);
  const line = (kind: string): string =>
    cell(kind) + lifeStates.map((state) => cell(String(table.get(`${kind} ${state}`) ?? 0))).join("");
  return [cell("") + lifeStates.map(cell).join(""), ...stepKinds.map(line)].join("\n");
};

test.each([
  { name: "our engine alone", foreign: 0 },
  { name: "half of them ts-mls", foreign: 5 },
])(
  "[G29] random lives, $name: all agree after every step, and every kind of step meets every state",
  { timeout: 3_600_000 },
  async ({ name, foreign }) => {
    const table: Table = new Map();
    let epochs = 0;
    for (let i = 0; i < LIVES; i++) {
      for (const suite of [1, 2] as const)
        epochs += await live({ suite, foreign, seed: `${name} ${suite} ${FIRST_SEED + i}`, steps: STEPS, table });
    }
    console.log(
      `${name}, suites 1 and 2: seeds ${FIRST_SEED} to ${FIRST_SEED + LIVES - 1}, ${STEPS} steps each, ${epochs} epochs\n${show(table)}`.replaceAll(
        /^/gmu,
        "* ",
      ),
    );
    const unmet = stepKinds.flatMap((kind) => lifeStates.map((state) => `${kind} ${state}`)).filter((pair) => !table.has(pair));
    expect(unmet).toEqual([]);
  },
);
