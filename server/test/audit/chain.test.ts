import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { erasable, sealRecord } from "../../src/store/audit/sealRecord.ts";
import { canonical } from "../../src/store/audit/canonical.ts";
import { verifyExport, type Verified } from "../../src/cli/audit/verifyTrail.ts";
import { newCheckpointKey, publicPart, readCheckpoint, signCheckpoint } from "../../src/cli/audit/checkpoint.ts";
import { exported, hubId } from "./records.ts";

const count = 60;
const lines = exported(count);
const seal = (JSON.parse(lines.at(-1)!) as { seal: string }).seal;
const points = [{ hub: hubId, number: count, seal }];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "secgraph-audit-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function verify(changed: readonly string[], isPart = false): Promise<Verified> {
  const file = join(folder, "export.ndjson");
  await writeFile(file, changed.map((line) => `${line}\n`).join(""));
  return verifyExport(file, { points, isPart });
}

const firstFault = async (changed: readonly string[]): Promise<string> => {
  const [fault] = (await verify(changed)).faults;
  return fault === undefined ? "whole" : `${fault.kind} ${fault.number}`;
};

const eachPlace = lines.map((_, index) => index);

describe("a chain that nobody touched", () => {
  test("is whole, whatever tool printed its lines", async () => {
    const printed = lines.map((line) => {
      const members = Object.entries(JSON.parse(line) as Record<string, unknown>).toReversed();
      return JSON.stringify(Object.fromEntries([["@odata.etag", 'W/"1"'], ...members]), null, 1).replaceAll("\n", " ");
    });
    expect(await verify(printed)).toMatchObject({ faults: [], chains: [{ hub: hubId, first: 1, last: count, seal, erased: 0 }] });
  });

  test("in part is whole for who says that it is a part", async () => {
    expect((await verify(lines.slice(10), true)).faults).toEqual([]);
    expect(await firstFault(lines.slice(10))).toBe("missing 1");
  });

  test("with a cut deletion is whole, whether its members were sealed by name or, as once, with isCut before change", async () => {
    const entry = { verb: "delete", at: "2026-11-22T18:00:00.0000000Z", tenant: "t", appId: "a", user: null };
    const rest = { path: "security/secureScores/1", type: "microsoft.graph.secureScore", version: 61 };
    for (const one of [
      { before: "{", isCut: true, change: "delete", ...rest },
      { before: "{", change: "delete", contained: 3, isCut: true, ...rest },
    ] as const) {
      const sealed = sealRecord({ entry, hub: hubId, number: count + 1, previousSeal: seal, first: 61, last: 61, resources: [one] });
      const line = `${sealed.body.slice(0, -1)},"seal":"${sealed.seal}"}`;
      const sorted = canonical(JSON.parse(line));
      for (const text of [line, sorted]) expect(await firstFault([...lines, text])).toBe("whole");
      expect(await firstFault([...lines, sorted.replace('"version":61', '"version":62')])).toBe(`changed ${count + 1}`);
    }
  });

  test("without what can be erased is whole, and says so", async () => {
    const kept = Object.fromEntries(Object.entries(JSON.parse(lines[7]!) as object).filter(([name]) => !erasable.has(name)));
    expect(await verify(lines.with(7, JSON.stringify(kept)))).toMatchObject({ faults: [], chains: [{ erased: 1 }] });
  });
});

describe("the first fault is told, at every record", () => {
  test("a member changed", async () => {
    for (const index of eachPlace) {
      const record = JSON.parse(lines[index]!) as Record<string, unknown>;
      const names = Object.keys(record);
      const name = names[index % names.length]!;
      record[name] = typeof record[name] === "number" ? record[name] + 1000 : `${JSON.stringify(record[name])}!`;
      expect(`${name}: ${await firstFault(lines.with(index, JSON.stringify(record)))}`).not.toContain("whole");
    }
  });

  test("a character changed", async () => {
    for (const index of eachPlace) {
      const line = lines[index]!;
      const at = (index * 37) % line.length;
      const other = line[at] === "7" ? "8" : "7";
      const changed = line.slice(0, at) + other + line.slice(at + 1);
      expect(await firstFault(lines.with(index, changed))).not.toBe("whole");
    }
  });

  test("a member added", async () => {
    for (const index of eachPlace) expect(await firstFault(lines.with(index, lines[index]!.replace("{", '{"approved":true,')))).toBe(`changed ${index + 1}`);
  });

  test("a record taken out", async () => {
    for (const index of eachPlace) {
      const found = await firstFault(lines.toSpliced(index, 1));
      expect(found).toBe(index === count - 1 ? `cut off ${count}` : `missing ${index + 1}`);
    }
  });

  test("two records in each other's place, and one twice", async () => {
    for (const index of eachPlace.slice(1)) {
      const other = lines.with(index, lines[index - 1]!).with(index - 1, lines[index]!);
      // Behind the first line nobody knows yet that it is not a part that is meant.
      expect(await firstFault(other)).toBe(index === 1 ? "reordered 3" : `reordered ${index}`);
      expect(await firstFault(lines.toSpliced(index, 0, lines[index]!))).toBe(index === count - 1 ? "reordered 61" : `reordered ${index + 2}`);
    }
  });

  test("the end cut off", async () => {
    for (const index of eachPlace) expect(await firstFault(lines.slice(0, index))).toBe(`cut off ${index + 1}`);
  });

  test("made anew from a record on", async () => {
    expect(await firstFault(exported(count))).toBe(`changed ${count}`);
  });

  test("a record without details that says it had others", async () => {
    const record = JSON.parse(lines[3]!) as Record<string, unknown>;
    expect(await firstFault(lines.with(3, JSON.stringify({ ...record, userPrincipalName: "bob@contoso.example" })))).toBe("changed 4");
  });

  test("lines that are no records", async () => {
    for (const line of ["x", "[]", "null", "{}", '{"number":1e400}', '{"number":"2"}', "\u0000"])
      expect(await firstFault(lines.with(5, line))).toBe("changed 6");
  });
});

describe("a checkpoint", () => {
  const checkpoint = { made: "2026-11-22T18:00:00Z", hubs: [{ ...points[0]!, at: "" }] };

  test("is read with the public key alone, and by no other", async () => {
    const [key, other] = [await newCheckpointKey(), await newCheckpointKey()];
    const jws = await signCheckpoint(checkpoint, key);
    expect(publicPart(key)).not.toContain('"d"');
    expect(await readCheckpoint(jws, publicPart(key))).toEqual(checkpoint);
    await expect(readCheckpoint(jws, publicPart(other))).rejects.toThrow("not signed by this key");
    const [head, payload, signature] = jws.split(".") as [string, string, string];
    const forged = Buffer.from(JSON.stringify({ ...checkpoint, hubs: [] })).toString("base64url");
    await expect(readCheckpoint(`${head}.${forged}.${signature}`, publicPart(key))).rejects.toThrow("not signed by this key");
    const none = Buffer.from('{"alg":"none","typ":"secgraph-audit-checkpoint"}').toString("base64url");
    await expect(readCheckpoint(`${none}.${payload}.`, publicPart(key))).rejects.toThrow("not signed by this key");
  });
});

test("RFC 8785 text depends on names and values alone", () => {
  expect(canonical(JSON.parse('{ "b": [1.0, "\\u00e9", null], "a": {"10": true, "9": false}, "\\ud83d": 1 }'))).toBe(
    '{"a":{"10":true,"9":false},"b":[1,"é",null],"\\ud83d":1}',
  );
});
