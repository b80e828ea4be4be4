import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filePlace } from "../../src/cli/transfer/place.ts";
import { mentions } from "../../src/store/audit/eraseDetails.ts";
import { secgraph, temporaryFolder } from "../cli/program.ts";
import { callerOf, openHub } from "../wire/hub.ts";
import { verifyPlace } from "./verifyPlace.ts";

const marker = "ann.marker@contoso.example";

describe("whom a record names", () => {
  const named = mentions(marker);
  test.each([
    [{ userPrincipalName: "Ann.Marker@Contoso.example" }, true],
    [{ resourcePath: "users/ann.marker%40contoso.example" }, true],
    [{ resources: [{ before: JSON.stringify({ notes: `asked by\n${marker}.` }) }] }, true],
    [{ resources: [{ changes: [{ after: `"${marker}"` }] }] }, true],
    [{ userAgent: `script (${marker})` }, true],
    [{ userPrincipalName: `jo${marker}` }, false],
    [{ userPrincipalName: `jo.${marker}` }, false],
    [{ userPrincipalName: `${marker}.org` }, false],
    [{ userPrincipalName: `${marker}s`, salt: marker }, false],
    [{ userPrincipalName: "ann-marker@contoso.example" }, false],
    [{ activity: marker, userPrincipalName: null, resources: [] }, false],
  ])("%j: %s", (record, is) => {
    expect(named(JSON.stringify(record))).toBe(is);
  });

  test.each(["a.b*c", "(x)", "a|b", "$x^", "[a]", "a/b-c", "x?+{2}"])("by %s as it stands", (name) => {
    expect([mentions(name)(JSON.stringify({ userPrincipalName: name })), mentions(name)('{"userPrincipalName":"aabbcc"}')]).toEqual([true, false]);
  });
});

/** How often bytes are in the files of a folder. */
function hits(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name), "latin1").toLowerCase().split(marker).length - 1, 0);
}

test("a person is taken out: nothing in the files names her, the chain is what it was, others' records are untouched", async () => {
  const hub = await openHub();
  const ann = { caller: callerOf({ user: marker }) };
  const profile = { userPrincipalName: marker, vendorInformation: { vendor: "V", provider: "P" } };
  const { json } = await hub.post("/v1.0/security/userSecurityProfiles", profile);
  await hub.patch(`/v1.0/security/userSecurityProfiles/${json.id}`, { tags: [marker] });
  await hub.remove(`/v1.0/security/userSecurityProfiles/${json.id}`);
  for (let index = 0; index < 20; index += 1)
    await hub.post("/v1.0/security/secureScores", { vendorInformation: { vendor: "V", provider: "P" } }, index % 2 === 0 ? ann : {});
  for (const one of (await hub.get("/v1.0/security/secureScores?$select=id")).json.value) await hub.remove(`/v1.0/security/secureScores/${one.id}`);
  await hub.store.close();
  const data = join(temporaryFolder(), "data");
  mkdirSync(data, { mode: 0o700 });
  renameSync(join(hub.folder, "hub.sqlite"), join(data, "secgraph.sqlite"));
  rmSync(hub.folder, { recursive: true, force: true });
  const before = await verifyPlace(filePlace(data));
  const points = before.chains.map(({ hub: id, last, seal }) => ({ hub: id, number: last, seal }));
  expect([before.faults, hits(data) > 10]).toEqual([[], true]);

  const erase = (...more: readonly string[]) => secgraph(["audit", "erase", "--data", data, "--user", marker.toUpperCase(), ...more]);
  expect(await erase()).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+ records name that person\. Nothing was changed/) });
  expect(await verifyPlace(filePlace(data))).toEqual(before);
  const done = await erase("--yes");
  expect(done).toMatchObject({ code: 0, error: "", out: expect.stringMatching(/^The details of \d+ records are gone/) });
  expect(hits(data)).toBe(0);
  const erased = Number(/\d+/.exec(done.out)![0]);
  const last = before.chains[0]!.last + 1;
  expect(await verifyPlace(filePlace(data), points)).toMatchObject({ faults: [], chains: [{ first: 1, last, erased }] });
  expect(erased).toBeLessThan(before.chains[0]!.count - 5);
  expect((await erase("--yes")).out).toBe("No record names that person.\n");
  expect(await secgraph(["audit", "erase", "--data", data, "--user", "a", "--yes"])).toMatchObject({ code: 1, out: "" });
});
