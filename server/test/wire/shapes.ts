import { defaultBudgets, type Budgets } from "../../src/base/limits.ts";
import { createModel } from "../../src/edm/createModel.ts";
import type { Model } from "../../src/edm/model.ts";
import { testResource } from "../store/fixture.ts";
import { everything, openHub, type TestHub } from "./hub.ts";

/** The stores' test model (hub, items of three types, their notes), to which the tests' caller may do everything. */
export function openModel(): Model {
  const resource = testResource();
  const all = { read: everything, write: everything };
  const places = (resource.places ?? []).map((place) => ({ ...place, permissions: all }));
  return createModel({ namespace: "test.store", container: "Service", resources: [{ ...resource, places }] });
}

/** A hub with items that have notes, by name: `a` has three notes and parts, `b` one, `c` (a special) none. */
export interface Shapes {
  readonly hub: TestHub;
  readonly ids: Readonly<Record<string, string>>;
}

/** Opens it in a profile; close its hub. */
export async function openShapes(profile: "graph" | "odata", budgets: Partial<Budgets> = {}): Promise<Shapes> {
  const hub = await openHub({ model: openModel(), profile, budgets: { ...defaultBudgets, ...budgets } });
  const part = (name: string, score: number | null, labels: readonly string[] = [], made: string | null = null): object => ({
    name,
    score,
    labels,
    made,
    maker: { vendor: "V", provider: name, size: 7 },
  });
  const items = [
    { name: "a", rank: 1, weight: 1.5, big: 9007199254740993n, price: 12.5, active: true, color: "red", rights: "read", created: "2026-01-03T00:00:00+01:00", day: "2026-01-03", time: "10:00:00", lasts: "P1DT2H", ref: "0b4a4f6e-0000-4000-8000-000000000001", maker: { vendor: "Contoso", provider: "p1", size: 3 }, tags: ["x", "y", "z"], parts: [part("p", 3, ["l2", "l1"]), part("q", 1, [], "2026-01-01T00:00:00Z"), part("r", null), part("s", 2, ["l3"])], mood: "blue" },
    { name: "b", rank: 2, weight: 2.25, created: "2026-01-02T00:00:00Z", maker: { vendor: "Fabrikam", provider: "p2", size: null }, tags: ["y"], parts: [] },
    { "@odata.type": "#test.store.special", name: "c", rank: 3, created: "2026-01-01T00:00:00Z", extra: "e", maker: null, tags: [], parts: [part("p", 9)] },
  ]; // prettier-ignore
  const ids: Record<string, string> = {};
  for (const item of items) {
    const body = JSON.stringify(item, (_, value: unknown) => (typeof value === "bigint" ? JSON.rawJSON(String(value)) : value));
    const { json, text } = await hub.post("/v1.0/hub/items", body);
    if (json.id === undefined) throw new Error(text);
    ids[item.name] = json.id;
  }
  for (const [item, text, at] of [
    ["a", "n1", 1],
    ["a", "n2", 2],
    ["a", "n3", 3],
    ["b", "m1", 1],
  ] as const)
    // prettier-ignore
    await hub.post(`/v1.0/hub/items/${ids[item]}/notes`, { text, at: `2026-02-0${at}T00:00:00Z` });
  await hub.post("/v1.0/hub/logs", { text: "log", at: null });
  return { hub, ids };
}

/** A path as it is sent: spaces and the like encoded. */
export function url(text: string): string {
  return `/v1.0/${text.replaceAll("%", "%25").replaceAll(" ", "%20").replaceAll("#", "%23").replaceAll("+", "%2B")}`;
}
