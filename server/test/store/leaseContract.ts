import { array, assert, asyncProperty, constant, constantFrom, integer, oneof, record, type Arbitrary } from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Lease, Leases } from "../../src/store/leases.ts";
import { seeded } from "../fuzz/seeded.ts";

/** The lease table of one database as two servers see it. */
export interface LeaseGround {
  readonly one: Leases;
  readonly two: Leases;
  /** Lets so many milliseconds pass for the database. */
  readonly pass: (milliseconds: number) => Promise<void>;
}

const hub = "h1";
const kind = "dispatch";
const minute = 60_000;
const of = (key: string) => ({ hub, kind, key });
const taking = (owner: string, more: { readonly most?: number; readonly life?: number } = {}) => ({ owner, kinds: [kind], most: 10, life: minute, ...more });
const keysOf = (leases: readonly Lease[]): string[] => leases.map(({ key }) => key).toSorted();

/** What every engine's lease table does. */
export function leaseContract(open: () => Promise<LeaseGround>): void {
  describe("leases", () => {
    tellWhoHolds(open);
    tellWhenDue(open);
    tellCrowds(open);
    test("do as the model does, whatever is asked in which order", async () => {
      const ground = await open();
      let round = 0;
      await assert(
        asyncProperty(array(command, { minLength: 5, maxLength: 40 }), (commands) => compare(ground, `r${(round += 1)}`, commands)),
        seeded(40),
      );
    });
  });
}

function tellWhoHolds(open: () => Promise<LeaseGround>): void {
  test("one holder at a time; who holds on keeps it, whose time is over loses it to the next, with a larger token", async () => {
    const { one, two, pass } = await open();
    await one.put([{ ...of("a"), payload: '{"x":1}' }]);
    const [first] = await one.take(taking("s1"));
    expect(first).toMatchObject({ ...of("a"), owner: "s1", attempts: 1, payload: '{"x":1}' });
    expect(await two.take(taking("s2"))).toEqual([]);
    await pass(minute - 1000);
    expect(await one.extend(first!, 2 * minute)).toBe(true);
    await pass(minute);
    expect(await two.take(taking("s2"))).toEqual([]);
    await pass(minute);
    const [second] = await two.take(taking("s2"));
    expect(second).toMatchObject({ ...of("a"), owner: "s2", attempts: 2 });
    expect(second!.token).toBeGreaterThan(first!.token);
    expect(await Promise.all([one.extend(first!, minute), one.complete(first!), one.later(first!, 0), one.giveUp(first!, "x")])).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(await two.extend(second!, minute)).toBe(true);
    expect([await two.complete(second!), await two.complete(second!), await one.nextDue([kind])]).toEqual([true, false, undefined]);
  });

  test("a holder whose time is over, but whom nobody followed, may still complete", async () => {
    const { one, pass } = await open();
    await one.put([of("a")]);
    const [lease] = await one.take(taking("s1"));
    await pass(5 * minute);
    expect(await one.complete(lease!)).toBe(true);
  });

  test("tokens grow over all work, also where the same comes anew; an owner is not told apart by its name alone", async () => {
    const { one, two } = await open();
    const tokens: number[] = [];
    let before: Lease | undefined;
    for (let round = 0; round < 5; round += 1) {
      await one.put([of("a"), of(`b${round}`)]);
      const taken = await two.take(taking("s"));
      tokens.push(...taken.map(({ token }) => token).toSorted((x, y) => x - y));
      if (before !== undefined) expect(await one.complete(before)).toBe(false);
      for (const lease of taken) expect(await one.complete(lease)).toBe(true);
      before = taken.find(({ key }) => key === "a");
    }
    expect(tokens).toHaveLength(10);
    expect(tokens).toEqual([...new Set(tokens)].toSorted((x, y) => x - y));
  });

  test("clocks of servers do not matter", async () => {
    const { one, two, pass } = await open();
    const now = Date.now();
    await one.put([of("a"), { ...of("later"), dueIn: 2 * minute }]);
    const [lease] = await one.take(taking("s1"));
    for (const jump of [24 * 60 * minute, -24 * 60 * minute]) {
      vi.spyOn(Date, "now").mockReturnValue(now + jump);
      try {
        expect(await two.take(taking("s2"))).toEqual([]);
        expect(await one.extend(lease!, minute)).toBe(true);
      } finally {
        vi.restoreAllMocks();
      }
    }
    await pass(minute);
    expect(keysOf(await two.take(taking("s2")))).toEqual(["a"]);
  });
}

function tellWhenDue(open: () => Promise<LeaseGround>): void {
  test("are given when they are due, the longest due first, of the kinds that are asked for", async () => {
    const { one, two, pass } = await open();
    await one.put([
      { ...of("b"), dueIn: 2 * minute },
      { ...of("a"), dueIn: minute },
      { hub: "", kind: "other", key: "c" },
    ]);
    expect(await two.take(taking("s"))).toEqual([]);
    expect(await two.nextDue([kind])).toSatisfy((wait: number) => wait > 0 && wait <= minute);
    expect(await two.nextDue([kind, "other"])).toBe(0);
    expect(await two.nextDue(["nothing"])).toBeUndefined();
    await pass(3 * minute);
    expect((await two.take(taking("s", { most: 1 }))).map(({ key }) => key)).toEqual(["a"]);
    expect((await two.take(taking("s"))).map(({ key }) => key)).toEqual(["b"]);
    expect(await two.nextDue([kind])).toSatisfy((wait: number) => wait > 0 && wait <= minute);
  });

  test("put again: earlier while it waits, anew when its holder completes, not before its next try, and after it was given up", async () => {
    const { one, two, pass } = await open();
    await one.put([{ ...of("a"), dueIn: 5 * minute, payload: "1" }]);
    await two.put([{ ...of("a"), dueIn: 9 * minute }]);
    await two.put([{ ...of("a"), payload: "2" }]);
    const [lease] = await one.take(taking("s"));
    expect(lease).toMatchObject({ attempts: 1, payload: "2" });
    await two.put([of("a")]);
    expect([await one.take(taking("s")), await one.complete(lease!)]).toEqual([[], true]);
    const [again] = await one.take(taking("s"));
    expect(again).toMatchObject({ attempts: 1 });
    expect(await one.later(again!, 5 * minute, "no answer")).toBe(true);
    await two.put([of("a")]);
    expect(await one.take(taking("s"))).toEqual([]);
    await pass(5 * minute);
    const [third] = await one.take(taking("s"));
    expect(third).toMatchObject({ attempts: 2 });
    expect(await one.giveUp(third!, "never")).toBe(true);
    expect([await one.nextDue([kind]), (await two.figures()).get(kind)]).toEqual([undefined, { waiting: 0, held: 0, givenUp: 1 }]);
    await two.put([of("a")]);
    expect(await one.take(taking("s"))).toMatchObject([{ attempts: 1 }]);
  });

  test("given back without a failure they count from one again", async () => {
    const { one, pass } = await open();
    await one.put([of("a")]);
    for (let round = 0; round < 3; round += 1) {
      const [lease] = await one.take(taking("s"));
      expect(lease!.attempts).toBe(1);
      expect(await one.later(lease!, minute)).toBe(true);
      expect(await one.take(taking("s"))).toEqual([]);
      await pass(minute);
    }
  });

  test("who puts work tells those who listen", async () => {
    const { one, two } = await open();
    const told = new Promise<void>((resolve) => {
      const end = one.listen(() => (end(), resolve()));
    });
    await two.put([of("a")]);
    await told;
    expect(await two.nextDue([kind])).toBe(0);
  });
}

function tellCrowds(open: () => Promise<LeaseGround>): void {
  test("16 takers at once share 200 pieces: each is given once, and none is left", async () => {
    const { one, two } = await open();
    await one.put(Array.from({ length: 200 }, (_, index) => of(`k${index}`)));
    const taken = await Promise.all(
      Array.from({ length: 16 }, async (_, taker) => {
        const all: Lease[] = [];
        for (;;) {
          const some = await (taker % 2 === 0 ? one : two).take(taking(`s${taker}`, { most: 5 }));
          if (some.length === 0) return all;
          all.push(...some);
        }
      }),
    );
    const keys = taken.flat().map(({ key }) => key);
    expect([keys.length, new Set(keys).size, new Set(taken.flat().map(({ token }) => token)).size]).toEqual([200, 200, 200]);
    expect((await Promise.all(taken.flat().map((lease) => two.complete(lease)))).every(Boolean)).toBe(true);
    expect(await one.figures()).toEqual(new Map());
  });

  test("work that is put while its holder completes is never lost", async () => {
    const { one, two } = await open();
    for (let round = 0; round < 40; round += 1) {
      await one.put([of("a")]);
      const [lease] = await one.take(taking("s1"));
      const [completed] = await Promise.all([one.complete(lease!), two.put([of("a")])]);
      expect(completed).toBe(true);
      const [next] = await two.take(taking("s2"));
      expect(next).toMatchObject(of("a"));
      expect(await two.complete(next!)).toBe(true);
    }
  });
}

/** Far longer than a test takes, so that the time that really passes does not matter. */
const unit = 10_000_000;

type Command =
  | { readonly do: "put"; readonly key: number; readonly due: number }
  | { readonly do: "take"; readonly most: number; readonly life: number }
  | { readonly do: "pass"; readonly units: number }
  | { readonly do: "extend" | "complete" | "later" | "fail" | "giveUp"; readonly lease: number; readonly units: number };

const small = integer({ min: 0, max: 3 });
const command: Arbitrary<Command> = oneof(
  { weight: 3, arbitrary: record({ do: constant("put" as const), key: small, due: small }) },
  { weight: 4, arbitrary: record({ do: constant("take" as const), most: integer({ min: 1, max: 4 }), life: integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: record({ do: constant("pass" as const), units: integer({ min: 1, max: 2 }) }) },
  {
    weight: 5,
    arbitrary: record({
      do: constantFrom("extend" as const, "complete" as const, "later" as const, "fail" as const, "giveUp" as const),
      lease: integer({ min: 0, max: 5 }),
      units: integer({ min: 1, max: 3 }),
    }),
  },
);

interface Known {
  ready: number | undefined;
  again: number | undefined;
  holder: number | undefined;
  attempts: number;
}

/** Runs commands on the table and on a model of it, and compares every answer. */
async function compare({ one, two, pass }: LeaseGround, own: string, commands: readonly Command[]): Promise<void> {
  const work = new Map<string, Known>();
  const leases: Lease[] = [];
  let [now, lastToken, turn] = [0, 0, 0];
  for (const each of commands) {
    const server = (turn += 1) % 2 === 0 ? one : two;
    switch (each.do) {
      case "put":
        await server.put([{ hub: own, kind: own, key: `k${each.key}`, dueIn: each.due * unit }]);
        putInModel(work, `k${each.key}`, now + each.due);
        break;
      case "pass":
        await pass(each.units * unit);
        now += each.units;
        break;
      case "take": {
        const due = [...work].filter(([, { ready }]) => ready !== undefined && ready <= now).map(([key]) => key);
        const taken = await server.take({ owner: `s${turn}`, kinds: [own], most: each.most, life: each.life * unit });
        expect(taken.length).toBe(Math.min(each.most, due.length));
        for (const lease of taken) {
          expect(due).toContain(lease.key);
          expect(lease.token).toBeGreaterThan(lastToken);
          const known = work.get(lease.key)!;
          Object.assign(known, { ready: now + each.life, holder: lease.token, attempts: known.attempts + 1 });
          expect(lease.attempts).toBe(known.attempts);
        }
        lastToken = Math.max(lastToken, ...taken.map(({ token }) => token));
        leases.push(...taken);
        break;
      }
      default: {
        const lease = leases.at(-1 - each.lease);
        if (lease !== undefined) expect(await finish(server, each.do, lease, each.units)).toBe(finishInModel(work, lease, { ...each, now }));
      }
    }
    const next = Math.min(...[...work.values()].flatMap(({ ready }) => (ready === undefined ? [] : [ready])));
    const wait = await server.nextDue([own]);
    expect(wait === undefined ? Infinity : Math.ceil(wait / unit)).toBe(next === Infinity ? next : Math.max(0, next - now));
  }
}

function putInModel(work: Map<string, Known>, key: string, due: number): void {
  const known = work.get(key);
  if (known === undefined) work.set(key, { ready: due, again: undefined, holder: undefined, attempts: 0 });
  else if (known.holder !== undefined) known.again = Math.min(known.again ?? due, due);
  else if (known.ready === undefined) Object.assign(known, { ready: due, attempts: 0 });
  else if (known.attempts === 0) known.ready = Math.min(known.ready, due);
}

function finish(server: Leases, what: string, lease: Lease, units: number): Promise<boolean> {
  if (what === "extend") return server.extend(lease, units * unit);
  if (what === "complete") return server.complete(lease);
  if (what === "giveUp") return server.giveUp(lease, "why");
  return what === "later" ? server.later(lease, units * unit) : server.later(lease, units * unit, "why");
}

function finishInModel(
  work: Map<string, Known>,
  { key, token }: Lease,
  { do: what, units, now }: { readonly do: string; readonly units: number; readonly now: number },
): boolean {
  const known = work.get(key);
  if (known?.holder !== token) return false;
  if (what === "extend") {
    known.ready = now + units;
    return true;
  }
  const { again, attempts } = known;
  if (what === "complete" && again === undefined) work.delete(key);
  const ready = what === "fail" ? now + units : what === "later" ? Math.min(again ?? now + units, now + units) : again;
  Object.assign(known, { ready, again: undefined, holder: undefined, attempts: what === "fail" || (what === "giveUp" && again === undefined) ? attempts : 0 });
  return true;
}
