import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { altered } from "./altered.ts";
import { callerOf, openHub, otherTenant, vendor, type Answer, type Asked, type TestHub } from "./hub.ts";

/** Change tracking (R132-R142). */
let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
});
afterAll(() => hub.close());

const scores = "/v1.0/security/secureScores";
const base = "https://hub.example";
const score = (maxScore: number, more = {}): object => ({ maxScore, currentScore: 1, vendorInformation: vendor, ...more });

/** The target of a link. */
const targetOf = (link: string): string => link.slice(base.length);

interface Seen {
  /** What came, in its order: the entity, or the reason of its removal. */
  readonly items: readonly any[];
  readonly pages: number;
  readonly deltaLink: string;
}

/** Follows the links to the last page; each page has exactly one of both. */
async function follow(target: string, { on = hub, ...asked }: Asked & { readonly on?: TestHub } = {}): Promise<Seen> {
  const items: any[] = [];
  for (let [next, pages] = [target, 1]; ; pages += 1) {
    const answer = await on.get(next, asked);
    expect(answer.status, answer.text).toBe(200);
    const { value, "@odata.nextLink": nextLink, "@odata.deltaLink": deltaLink } = answer.json;
    expect([nextLink, deltaLink].filter((link) => link !== undefined)).toHaveLength(1);
    items.push(...value);
    if (deltaLink !== undefined) return { items, pages, deltaLink: targetOf(deltaLink) };
    next = targetOf(nextLink);
  }
}

const ids = ({ items }: Seen): string[] => items.map(({ id }) => id);
const refusal = ({ status, json }: Answer): string => `${status} ${json.error?.code}: ${json.error?.message}`;

async function ownHub(settings: Parameters<typeof openHub>[0] = {}): Promise<TestHub> {
  const own = await openHub(settings);
  onTestFinished(() => own.close());
  return own;
}

async function make(own: TestHub, count: number): Promise<string[]> {
  const made: string[] = [];
  for (let n = 0; n < count; n += 1) made.push((await own.post(scores, score(n))).json.id);
  return made;
}

describe("from the first call to the last change", () => {
  test("R132, R134 all rows in pages, then a deltaLink; without changes it is empty and leads on", async () => {
    const own = await ownHub();
    const made = await make(own, 5);
    const first = await follow(`${scores}/delta?$top=2`, { on: own });
    expect([ids(first).toSorted(), first.pages]).toEqual([made.toSorted(), 3]);
    const { "@odata.context": _, ...alone } = (await own.get(`${scores}/${made[0]}`)).json;
    expect(first.items).toContainEqual(alone);
    const second = await follow(first.deltaLink, { on: own });
    expect([second.items, second.pages]).toEqual([[], 1]);
    expect((await follow(second.deltaLink, { on: own })).items).toEqual([]);
  });

  test("R135, R136 what was created and changed comes whole and in the order of its last change, what was deleted as @removed", async () => {
    const own = await ownHub();
    const [a, b, c] = (await make(own, 3)) as [string, string, string];
    const { deltaLink } = await follow(`${scores}/delta`, { on: own });
    await own.patch(`${scores}/${b}`, { currentScore: 2 });
    const d = (await own.post(scores, score(9))).json.id;
    await own.remove(`${scores}/${a}`);
    await own.patch(`${scores}/${c}`, { currentScore: 3 });
    await own.patch(`${scores}/${b}`, { currentScore: 4 });
    const e = (await own.post(scores, score(10))).json.id;
    await own.remove(`${scores}/${e}`);
    const seen = await follow(deltaLink, { on: own });
    expect(seen.items.map((item) => [item.id, item["@removed"]?.reason ?? item.currentScore])).toEqual([[d, 1], [a, "deleted"], [c, 3], [b, 4], [e, "deleted"]]); // prettier-ignore
    expect(Object.keys(seen.items[1])).toEqual(["@removed", "id"]);
    const { "@odata.context": _, ...alone } = (await own.get(`${scores}/${b}`)).json;
    expect(seen.items[3]).toEqual(alone);
    expect((await follow(seen.deltaLink, { on: own })).items).toEqual([]);
  });

  test("what changes while the pages are read comes with the changes, and nothing is missed", async () => {
    const own = await ownHub();
    const made = (await make(own, 4)).toSorted();
    const page = (await own.get(`${scores}/delta?$top=2`)).json;
    await own.patch(`${scores}/${made[0]}`, { currentScore: 7 });
    await own.remove(`${scores}/${made[3]}`);
    const late: string = (await own.post(scores, score(5))).json.id;
    const rest = await follow(targetOf(page["@odata.nextLink"]), { on: own });
    const after = await follow(rest.deltaLink, { on: own });
    const known = new Map<string, any>();
    for (const item of [...page.value, ...rest.items, ...after.items]) {
      if (item["@removed"] === undefined) known.set(item.id, item);
      else known.delete(item.id);
    }
    expect([...known.keys()].toSorted()).toEqual([...made.slice(0, 3), late].toSorted());
    expect(known.get(made[0]!).currentScore).toBe(7);
  });

  test.each(["latest", "LATEST", "Latest"])("R133 $deltatoken=%s: nothing now, what comes from now on later", async (word) => {
    const own = await ownHub();
    await make(own, 2);
    const { items, deltaLink } = await follow(`${scores}/delta?$deltaToken=${word}`, { on: own });
    expect(items).toEqual([]);
    const { id } = (await own.post(scores, score(3))).json;
    expect(ids(await follow(deltaLink, { on: own }))).toEqual([id]);
  });

  test("R5, R140 the tokens are taken in both spellings, and behind every form of the name", async () => {
    const own = await ownHub();
    const [id] = await make(own, 1);
    for (const name of ["delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()"]) {
      const { deltaLink } = await follow(`${scores}/${name}`, { on: own });
      expect(deltaLink.startsWith(`${scores}/${name}?$deltatoken=`)).toBe(true);
      await own.patch(`${scores}/${id}`, { currentScore: 5 });
      expect(ids(await follow(deltaLink.replace("$deltatoken", "$deltaToken"), { on: own }))).toEqual([id]);
      expect(ids(await follow(deltaLink.replace("$deltatoken", "deltatoken"), { on: own }))).toEqual([id]);
    }
  });

  test("an empty hub is tracked from its first write on", async () => {
    const own = await ownHub();
    const { items, deltaLink } = await follow(`${scores}/delta`, { on: own });
    expect(items).toEqual([]);
    const made = await make(own, 2);
    expect(ids(await follow(deltaLink, { on: own }))).toEqual(made);
  });

  test("changes come in pages too, each row once where it changed last", async () => {
    const own = await ownHub();
    const made = await make(own, 6);
    const { deltaLink } = await follow(`${scores}/delta?$top=2`, { on: own });
    for (const id of [...made, made[0]!]) await own.patch(`${scores}/${id}`, { currentScore: 8 });
    const seen = await follow(deltaLink, { on: own });
    expect(seen.pages).toBe(4);
    expect([...new Set(ids(seen))].toSorted()).toEqual(made.toSorted());
    expect(ids(seen).at(-1)).toBe(made[0]);
  });

  test("collections apart: other sets, other hubs and contained collections do not show", async () => {
    const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
    const cast = `${tasks}/microsoft.graph.securityConfigurationTask`;
    const own = await ownHub();
    const links = { scores: (await follow(`${scores}/delta`, { on: own })).deltaLink, tasks: (await follow(`${cast}/delta`, { on: own })).deltaLink };
    await make(own, 1);
    await own.post(scores, score(1), { caller: callerOf({ tenant: otherTenant }) });
    const task = (await own.post(cast, { displayName: "x", category: "advancedThreatProtection" })).json;
    expect(ids(await follow(links.tasks, { on: own }))).toEqual([task.id]);
    expect((await follow(links.scores, { on: own })).items).toHaveLength(1);
    const stranger = await own.get(links.scores, { caller: callerOf({ tenant: otherTenant }) });
    expect([stranger.status, stranger.json.error.code]).toEqual([400, "BadRequest"]);
    const named = `/v1.0/securities/${(await own.get("/v1.0/security")).json.id}/secureScores/delta`;
    expect((await follow(named, { on: own })).items).toHaveLength(1);
  });
});

describe("options", () => {
  test("R137 are given once: the links carry them, and others beside a token are 400", async () => {
    const own = await ownHub();
    await make(own, 3);
    const first = (await own.get(`${scores}/delta?$select=maxScore&$filter=maxScore%20ge%200&$top=2`)).json;
    expect(first["@odata.nextLink"]).toMatch(/^https:\/\/hub\.example\/v1\.0\/security\/secureScores\/delta\?\$skiptoken=[\w.~-]+$/);
    for (const item of first.value) expect(Object.keys(item).filter((name) => !name.startsWith("@"))).toEqual(["id", "maxScore"]);
    const next = targetOf(first["@odata.nextLink"]);
    expect(Object.keys((await own.get(next)).json.value[0])).toEqual(Object.keys(first.value[0]));
    for (const option of ["$select=id", "$filter=maxScore%20gt%201", "$top=5"]) {
      expect(refusal(await own.get(`${next}&${option}`))).toMatch(
        /^400 BadRequest: The query option \$\w+ cannot be applied to a link of delta, which carries/,
      );
    }
  });

  test("R138 with $select changes of other properties do not show", async () => {
    const own = await ownHub();
    const [a, b] = (await make(own, 2)) as [string, string];
    const { deltaLink } = await follow(`${scores}/delta?$select=id,maxScore`, { on: own });
    await own.patch(`${scores}/${a}`, { currentScore: 4 });
    await own.patch(`${scores}/${b}`, { maxScore: 44 });
    const seen = await follow(deltaLink, { on: own });
    expect(seen.items.map(({ id, maxScore }) => [id, maxScore])).toEqual([[b, 44]]);
    await own.remove(`${scores}/${a}`);
    expect((await follow(seen.deltaLink, { on: own })).items).toEqual([{ "@removed": { reason: "deleted" }, id: a }]);
  });

  test("R142 $filter holds for changes as well; what leaves it is removed as changed", async () => {
    const own = await ownHub();
    const [a, b, c] = (await make(own, 3)) as [string, string, string];
    const first = await follow(`${scores}/delta?$filter=maxScore%20le%201`, { on: own });
    expect(ids(first).toSorted()).toEqual([a, b].toSorted());
    await own.patch(`${scores}/${a}`, { maxScore: 50 });
    await own.patch(`${scores}/${c}`, { maxScore: 0 });
    await own.remove(`${scores}/${b}`);
    const seen = await follow(first.deltaLink, { on: own });
    expect(seen.items.map((item) => [item.id, item["@removed"]?.reason])).toEqual([[a, "changed"], [c, undefined], [b, "deleted"]]); // prettier-ignore
  });

  test.each(["$orderby=maxScore", "$skip=1", "$count=true", "$expand=x", "$search=x", "$compute=maxScore%20as%20x"])(
    "R142 %s is refused, not passed over",
    async (option) => {
      expect((await hub.get(`${scores}/delta?${option}`)).status).toBeGreaterThanOrEqual(400);
    },
  );

  test("R141 Prefer: odata.maxpagesize sizes the pages of rows and of changes", async () => {
    const own = await ownHub();
    const made = await make(own, 3);
    const asked = { on: own, headers: { Prefer: "odata.maxpagesize=1" } };
    const first = await follow(`${scores}/delta`, asked);
    expect(first.pages).toBe(3);
    expect((await own.get(`${scores}/delta`, asked)).headers["Preference-Applied"]).toBe("odata.maxpagesize=1");
    for (const id of made) await own.patch(`${scores}/${id}`, { currentScore: 2 });
    expect((await follow(first.deltaLink, asked)).items).toHaveLength(3);
  });

  test.each(["", "odata.maxpagesize=2"])("R137 $top is the size of a page and never an end: all rows come, with Prefer '%s' too", async (prefer) => {
    const own = await ownHub();
    const made = await make(own, 5);
    const asked = { on: own, ...(prefer === "" ? {} : { headers: { Prefer: prefer } }) };
    for (const target of [`${scores}/delta?$top=3`, "/v1.0/security/delta?$top=3"]) {
      const { items, deltaLink } = await follow(target, asked);
      expect(made.filter((id) => items.some((item) => item.id === id))).toEqual(made);
      for (const id of made) await own.patch(`${scores}/${id}`, { currentScore: 6 });
      expect((await follow(deltaLink, asked)).items).toHaveLength(5);
      expect(refusal(await own.get(target.replace("=3", "=0")))).toMatch(/^400 BadRequest: \$top is the size of a page of changes: expected 1 at least/);
    }
  });

  test("only GET and HEAD; nothing lies behind delta", async () => {
    expect(refusal(await hub.post(`${scores}/delta`, {}))).toMatch(/^405 /);
    expect((await hub.send("HEAD", `${scores}/delta`)).status).toBe(200);
    expect((await hub.get(`${scores}/delta/x`)).status).toBe(400);
    expect([(await hub.get(`${scores}/delta(x=1)`)).status, (await hub.get("/v1.0/security/delta(x=1)")).status]).toEqual([400, 400]);
  });

  test("the odata profile says in the context that these are changes (OData Protocol 10.12), Graph does not", async () => {
    const own = await ownHub({ profile: "odata" });
    const first = (await own.get(`${scores}/delta`)).json;
    expect(first["@odata.context"]).toBe(`${base}/v1.0/$metadata#security/secureScores`);
    expect((await own.get(targetOf(first["@odata.deltaLink"]))).json["@odata.context"]).toBe(`${base}/v1.0/$metadata#security/secureScores/$delta`);
    expect((await hub.get(`${scores}/delta?$select=id`)).json["@odata.context"]).toBe(`${base}/v1.0/$metadata#security/secureScores(id)`);
  });
});

describe("tokens", () => {
  test("R139 last thirty days, then 410 with the URL of a fresh start", async () => {
    let now = Date.UTC(2026, 0, 1);
    const own = await ownHub({ clock: () => now });
    await make(own, 2);
    const first = await follow(`${scores}/delta`, { on: own });
    now += 29 * 86_400_000;
    expect((await own.get(first.deltaLink)).status).toBe(200);
    now += 2 * 86_400_000;
    const late = await own.get(first.deltaLink);
    expect([late.status, late.json.error.code, late.headers["Location"]]).toEqual([410, "resyncRequired", `${base}${scores}/delta?$deltatoken=`]);
    expect((await follow(targetOf(late.headers["Location"]!), { on: own })).items).toHaveLength(2);
  });

  test("that belong elsewhere, were altered or are none are 400", async () => {
    const { deltaLink } = await follow(`${scores}/delta?$select=id`);
    const token = deltaLink.slice(deltaLink.indexOf("=") + 1);
    const [options = "", sealed = ""] = token.split(".", 2);
    const profiles = "/v1.0/security/userSecurityProfiles/delta";
    for (const target of [
      `${profiles}?$deltatoken=${token}`,
      `${scores}/delta?$deltatoken=${Buffer.from("$select=maxScore").toString("base64url")}.${sealed}`,
      `${scores}/delta?$deltatoken=${options}.${altered(sealed)}`,
      `${scores}/delta?$deltatoken=${token}x`,
      `${scores}/delta?$deltatoken=x`,
      `${scores}/delta?$deltatoken=.`,
      `${scores}/delta?$deltatoken=${token}&$skiptoken=${token}`,
      `${scores}?$skiptoken=${token}`,
    ]) {
      expect((await hub.get(target)).status, target).toBe(400);
    }
  });

  test("of a page of rows are no tokens of changes, and the other way round", async () => {
    const own = await ownHub();
    await make(own, 2);
    const page = (await own.get(`${scores}/delta?$top=1`)).json["@odata.nextLink"];
    expect((await own.get(targetOf(page.replace("$skiptoken", "$deltatoken")))).json.value).toHaveLength(1);
    const list = (await own.get(`${scores}?$top=1`)).json["@odata.nextLink"];
    expect((await own.get(targetOf(list).replace("secureScores?", "secureScores/delta?").replace("$top=1&", ""))).status).toBe(400);
  });

  test("callers that reach only their own rows see no changes of others: 403", async () => {
    const caller = callerOf({ permissions: ["ThreatIndicators.ReadWrite.OwnedBy"] });
    expect((await hub.get("/v1.0/security/tiIndicators/delta", { caller })).status).toBe(403);
    expect((await hub.get("/v1.0/security/tiIndicators/delta", { caller: null })).status).toBe(401);
    expect((await hub.get(`${scores}/delta`, { caller: callerOf({ permissions: ["SecurityActions.Read.All"] }) })).status).toBe(403);
  });
});

describe("a whole hub", () => {
  const profiles = "/v1.0/security/userSecurityProfiles";
  const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
  const person = { userPrincipalName: "ann@contoso.example", vendorInformation: { vendor: "Contoso", provider: "Identity" } };
  const task = { "@odata.type": "#microsoft.graph.securityConfigurationTask", displayName: "x" };
  const whole = "/v1.0/security/delta";

  test("R132 its own row and those of every set, page by page, each with its set and its id; then one deltaLink", async () => {
    const own = await ownHub();
    const made = await make(own, 3);
    const one = (await own.post(profiles, person)).json.id;
    const two = (await own.post(tasks, task)).json.id;
    const seen = await follow(`${whole}?$top=2`, { on: own });
    const hubId = (await own.get("/v1.0/security")).json.id;
    expect(new Set(ids(seen))).toEqual(new Set([hubId, ...made, one, two]));
    expect(seen.items).toHaveLength(6);
    const { "@odata.context": context, "@odata.id": id, ...alone } = seen.items.find((item) => item.id === one);
    expect([context, id]).toEqual([`${base}/v1.0/$metadata#security/userSecurityProfiles/$entity`, `${base}${profiles}('${one}')`]);
    expect(alone).toEqual(Object.fromEntries(Object.entries((await own.get(`${profiles}/${one}`)).json).filter(([name]) => name !== "@odata.context")));
    expect((await own.get(targetOf(id))).status).toBe(200);
    expect((await own.get(`${whole}()`)).json["@odata.context"]).toBe(`${base}/v1.0/$metadata#Collection(microsoft.graph.entity)`);
    expect((await follow(seen.deltaLink, { on: own })).items).toEqual([]);
  });

  test("R135, R136 changes of all sets come in the order in which they were made, each row once, of this hub alone", async () => {
    const own = await ownHub();
    const [a, b] = (await make(own, 2)) as [string, string];
    const { deltaLink } = await follow(`${whole}?$deltatoken=latest`, { on: own });
    const one = (await own.post(profiles, person)).json.id;
    await own.patch(`${scores}/${b}`, { currentScore: 3 });
    await own.post(scores, score(1), { caller: callerOf({ tenant: otherTenant }) });
    await own.remove(`${scores}/${a}`);
    await own.patch("/v1.0/security", { displayName: "Ours" });
    const two = (await own.post(tasks, task)).json.id;
    await own.patch(`${profiles}/${one}`, { displayName: "Ann" });
    const seen = await follow(deltaLink, { on: own });
    const hubId = (await own.get("/v1.0/security")).json.id;
    expect(seen.items.map((item) => item["@removed"]?.reason ?? item.displayName ?? item.currentScore)).toEqual([3, "deleted", "Ours", "x", "Ann"]);
    expect(ids(seen)).toEqual([b, a, hubId, two, one]);
    expect(seen.items[1]).toEqual({ "@removed": { reason: "deleted" }, "@odata.id": `${base}${scores}('${a}')`, id: a });
    expect((await follow(seen.deltaLink, { on: own })).items).toEqual([]);
    const paged = await follow(deltaLink, { on: own, headers: { Prefer: "odata.maxpagesize=2" } });
    expect([paged.pages, ids(paged).slice(-2)]).toEqual([3, [two, one]]);
  });

  test("managed hubs have theirs; a stranger's, another path's and an altered link are refused", async () => {
    const own = await ownHub();
    const { id } = (await own.post("/v1.0/security", { displayName: "first" })).json;
    const further = (await own.post("/v1.0/security", { displayName: "customer" })).json.id;
    const named = `/v1.0/securities/${further}/delta`;
    const { items, deltaLink } = await follow(named, { on: own });
    expect(items.map((item) => [item.id, item.displayName, item["@odata.id"]])).toEqual([[further, "customer", `${base}/v1.0/securities('${further}')`]]);
    expect(ids(await follow(`/v1.0/securities/${id}/microsoft.graph.delta`, { on: own }))).toEqual([id]);
    expect((await own.get(deltaLink, { caller: callerOf({ tenant: otherTenant }) })).status).toBe(404);
    expect((await own.get(deltaLink.replace(further, id))).status).toBe(400);
    expect((await own.get(deltaLink.replace(`securities/${further}`, "security"))).status).toBe(400);
    expect((await own.get(deltaLink.replace(named, `/v1.0/securities/${further}/secureScores/delta`))).status).toBe(400);
    expect((await own.get(`${deltaLink}x`)).status).toBe(400);
  });

  describe("has the sets of which the caller may read all rows", () => {
    const reading = ["SecurityEvents.Read.All", "SecurityActions.Read.All", "DeviceManagementApps.Read.All", "Security.Read.All", "ThreatIndicators.Read.All"];
    const as = (...permissions: readonly string[]): Asked => ({ caller: callerOf({ permissions }) });
    const indicator = {
      action: "alert",
      targetProduct: "Azure Sentinel",
      threatType: "WatchList",
      tlpLevel: "white",
      domainName: "evil.example",
      description: "x",
      expirationDateTime: "2099-01-01T00:00:00Z",
    };
    let own: TestHub;
    let made: Readonly<Record<"score" | "task" | "action" | "indicator" | "connector" | "hub", string>>;
    let provider = "F";
    const write = async (): Promise<typeof made> => {
      provider += "F";
      const idOf = async (path: string, body: object): Promise<string> => {
        const { status, json, text } = await own.post(`/beta/${path}`, body);
        expect(status, text).toBe(201);
        return json.id;
      };
      return {
        score: (await make(own, 1))[0]!,
        task: await idOf("deviceAppManagement/deviceAppManagementTasks", task),
        indicator: await idOf("security/tiIndicators", indicator),
        connector: await idOf("security/connectors", { vendor: "C", provider, kind: "mock", actions: [{ name: "B" }] }),
        action: await idOf("security/securityActions", { name: "B", parameters: [{ name: "n", value: "v" }], vendorInformation: { vendor: "C", provider } }),
        hub: (await own.get("/v1.0/security")).json.id,
      };
    };
    beforeAll(async () => {
      own = await openHub();
      made = await write();
    });
    afterAll(() => own.close());

    test.each<readonly [string, readonly string[], readonly (keyof typeof made)[]]>([
      ["events", ["SecurityEvents.Read.All"], ["score", "hub"]],
      ["events and tasks", ["SecurityEvents.Read.All", "DeviceManagementApps.Read.All"], ["score", "task", "hub"]],
      ["hubs", ["Security.Read.All"], ["connector", "hub"]],
      ["events and actions", ["SecurityEvents.Read.All", "SecurityActions.ReadWrite.All"], ["score", "action", "hub"]],
      ["all but the indicators of others", [...reading.slice(0, 4), "ThreatIndicators.ReadWrite.OwnedBy"], ["score", "task", "action", "connector", "hub"]],
      ["everything", reading, ["score", "task", "action", "indicator", "connector", "hub"]],
    ])("%s", async (_, permissions, seen) => {
      const told = async (target: string, from: typeof made): Promise<[readonly string[], string]> => {
        const { items, deltaLink } = await follow(target, { on: own, ...as(...permissions) });
        const names = Object.entries(from).filter(([, id]) => items.some((item) => item.id === id && !String(item["@odata.id"]).includes("actionProviders")));
        return [names.map(([name]) => name).toSorted(), deltaLink];
      };
      const [first, deltaLink] = await told(whole, made);
      expect(first).toEqual(seen.toSorted());
      const [second] = await told(deltaLink, await write());
      // A connector changes what the hub shows of itself, and has an entry of its id in the catalogue.
      expect(second).toEqual(seen.toSorted());
    });

    test("who may not read the hub itself has none of it", async () => {
      expect(refusal(await own.get(whole, as("SecurityActions.Read.All")))).toMatch(/^403 Forbidden: Missing application roles\. API required roles: /);
      expect((await own.get(whole, { caller: null })).status).toBe(401);
    });

    test("R139 a link of other rights starts anew, so that nothing is left out in silence", async () => {
      const few = as("SecurityEvents.Read.All");
      const { deltaLink } = await follow(`${whole}?$deltatoken=latest`, { on: own, ...few });
      const answer = await own.get(deltaLink, as(...reading));
      expect([answer.status, answer.json.error.code, answer.headers["Location"]]).toEqual([410, "resyncRequired", `${base}${whole}?$deltatoken=`]);
      expect((await own.get(deltaLink, few)).status).toBe(200);
    });
  });

  test("options of one set are refused, other methods too", async () => {
    const own = await ownHub();
    for (const option of ["$select=id", "$filter=id%20eq%20'x'", "$expand=x", "$count=true"])
      expect((await own.get(`${whole}?${option}`)).status, option).toBe(400);
    expect(refusal(await own.get(`${whole}?$select=id`))).toContain("$select cannot be applied to delta of a whole hub");
    expect([(await own.post(whole, {})).status, (await own.send("HEAD", whole)).status, (await own.get(`${whole}/x`)).status]).toEqual([405, 200, 400]);
  });
});

describe("the preference track-changes, in the odata profile", () => {
  const tracking = { headers: { Prefer: "track-changes, maxpagesize=2" } };

  test("makes an ordinary read one that ends with a deltaLink, and says so; removals as the version has them", async () => {
    const own = await ownHub({ profile: "odata" });
    const [a, b, c] = (await make(own, 3)) as [string, string, string];
    const first = await own.get(`${scores}?$filter=maxScore%20ge%200&$select=maxScore`, tracking);
    expect([first.headers["Preference-Applied"], first.json["@odata.context"]]).toEqual([
      "odata.track-changes, odata.maxpagesize=2",
      `${base}/v1.0/$metadata#security/secureScores(maxScore)`,
    ]);
    const { deltaLink, items } = await follow(targetOf(first.json["@odata.nextLink"]), { on: own });
    expect([...first.json.value, ...items]).toHaveLength(3);
    await own.remove(`${scores}/${a}`);
    await own.patch(`${scores}/${b}`, { maxScore: -1 });
    await own.patch(`${scores}/${c}`, { maxScore: 44 });
    const old = (await own.get(deltaLink)).json;
    expect(old["@odata.context"]).toBe(`${base}/v1.0/$metadata#security/secureScores(maxScore)/$delta`);
    const deleted = `${base}/v1.0/$metadata#security/secureScores/$deletedEntity`;
    expect(old.value.slice(0, 2)).toEqual([
      { "@odata.context": deleted, id: `${base}${scores}('${a}')`, reason: "deleted" },
      { "@odata.context": deleted, id: `${base}${scores}('${b}')`, reason: "changed" },
    ]);
    expect([old.value[2].id, old.value[2].maxScore]).toEqual([c, 44]);
    const { text } = await own.get(deltaLink, { headers: { "OData-MaxVersion": "4.01" } });
    expect(text).toContain(`{"@removed":{"reason":"deleted"},"id":"${a}"},{"@removed":{"reason":"changed"},"id":"${b}"}`);
  });

  test("is passed over where the answer could not be followed, and in the graph profile", async () => {
    const own = await ownHub({ profile: "odata" });
    await make(own, 1);
    for (const options of ["$orderby=maxScore", "$top=1", "$skip=1", "$count=true"]) {
      const answer = await own.get(`${scores}?${options}`, { headers: { Prefer: "track-changes" } });
      expect([answer.status, answer.json["@odata.deltaLink"], answer.headers["Preference-Applied"]], options).toEqual([200, undefined, undefined]);
    }
    expect((await own.get("/v1.0/securities", tracking)).json["@odata.deltaLink"]).toBeUndefined();
    expect((await own.get(`${scores}/`, tracking)).json["@odata.deltaLink"]).toMatch(/secureScores\/delta\?\$deltatoken=/);
    expect((await hub.get(scores, tracking)).json["@odata.deltaLink"]).toBeUndefined();
  });
});

test("16 writers at once: a reader who follows the links sees the last state of every row, and nothing stale", async () => {
  const own = await ownHub();
  const start = await follow(`${scores}/delta?$deltatoken=latest`, { on: own });
  let writing = true;
  const known = new Map<string, any>();
  const reader = (async () => {
    for (let { deltaLink } = start; ;) {
      const over = !writing;
      const seen = await follow(deltaLink, { on: own });
      for (const item of seen.items) known.set(item.id, item);
      deltaLink = seen.deltaLink;
      if (over) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const finals = await Promise.all(
    Array.from({ length: 16 }, async (_, writer) => {
      const { id } = (await own.post(scores, score(writer))).json;
      for (let n = 1; n <= 20; n += 1) await own.patch(`${scores}/${id}`, { currentScore: n });
      if (writer % 4 === 0) await own.remove(`${scores}/${id}`);
      return [id, writer % 4 === 0 ? "deleted" : 20] as const;
    }),
  );
  writing = false;
  await reader;
  const found = finals.map(([id]) => [id, known.get(id)?.["@removed"]?.reason ?? known.get(id)?.currentScore] as const);
  expect(found).toEqual(finals);
});
