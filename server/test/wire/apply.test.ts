import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callerOf, openHub, type TestHub } from "./hub.ts";

let hub: TestHub;

interface Score {
  readonly day: string;
  readonly provider: string | null;
  readonly score: number | null;
  readonly controls: readonly (readonly [name: string, score: number | null])[];
}

const scores: readonly Score[] = [
  { day: "2026-01-01", provider: "A", score: 0.1, controls: [["mfa", 1], ["dlp", 2]] },
  { day: "2026-01-01", provider: "A", score: 0.2, controls: [["mfa", 3]] },
  { day: "2026-01-01", provider: "B", score: 10, controls: [] },
  { day: "2026-01-02", provider: "A", score: null, controls: [["dlp", null]] },
  { day: "2026-01-02", provider: "B", score: 7.25, controls: [["mfa", 5], ["lock", 4]] },
  { day: "2026-01-02", provider: null, score: 1, controls: [] },
]; // prettier-ignore

const importer = callerOf({
  permissions: ["SecurityEvents.ReadWrite.All", "SecurityData.Import", "Security.ReadWrite.All", "DeviceManagementApps.ReadWrite.All"],
});

beforeAll(async () => {
  hub = await openHub();
  for (const [index, { day, provider, score, controls }] of scores.entries()) {
    const body = {
      createdDateTime: `${day}T0${index}:00:00Z`,
      currentScore: score,
      activeUserCount: index,
      ...(index === 0 ? { undeclared: 1.5 } : index === 1 ? { undeclared: "text" } : index === 2 ? { undeclared: 2 } : {}),
      vendorInformation: { vendor: "Contoso", provider },
      enabledServices: ["HasExchange", `Has${index % 2}`],
      controlScores: controls.map(([controlName, points]) => ({ controlName, score: points })),
    };
    const { status, text } = await hub.post("/v1.0/security/secureScores", body, { caller: importer });
    if (status !== 201) throw new Error(text);
  }
});
afterAll(() => hub.close());

const address = (apply: string, rest = ""): string => `/v1.0/security/secureScores?$apply=${encodeURIComponent(apply)}${rest}`;

/** The rows of a result without control information. */
async function rows(apply: string, rest = ""): Promise<unknown[]> {
  const answer = await hub.get(address(apply, rest), { headers: { accept: "application/json;odata.metadata=none" } });
  expect(answer.text).not.toContain("error");
  return answer.json.value;
}

const by = (provider: string | null, more: object) => ({ vendorInformation: { provider }, ...more });

it("aggregates with every method: sums are exact, values that are missing do not count", async () => {
  const all =
    "currentScore with sum as s,currentScore with min as low,currentScore with max as high,currentScore with average as mean,vendorInformation/provider with countdistinct as p,$count as n";
  expect(await rows(`aggregate(${all})`)).toEqual([{ s: 18.55, low: 0.1, high: 10, mean: 18.55 / 5, p: 2, n: 6 }]);
  expect(await rows(`filter(currentScore gt 1000)/aggregate(${all})`)).toEqual([{ s: null, low: null, high: null, mean: null, p: 0, n: 0 }]);
  expect(await rows("groupby((vendorInformation/provider),aggregate(currentScore with sum as s))")).toEqual([
    by(null, { s: 1 }),
    by("A", { s: 0.3 }),
    by("B", { s: 17.25 }),
  ]);
});

it("aggregates expressions, and extremes of text, whole numbers and instants", async () => {
  const all =
    "currentScore mul 2 add activeUserCount with sum as x,vendorInformation/provider with max as p,activeUserCount with sum as u,createdDateTime with min as t";
  expect(await rows(`aggregate(${all})`)).toEqual([{ x: 49.1, p: "B", u: 15, t: "2026-01-01T00:00:00Z" }]);
});

it("says the types of what it made, the shape in the context URL, and that rows are none that can be read", async () => {
  const text = "aggregate(currentScore with sum as s,$count as n,createdDateTime with max as t,activeUserCount with max as u)";
  const { json } = await hub.get(address(text));
  expect(json["@odata.context"]).toBe("https://hub.example/v1.0/$metadata#security/secureScores(s,n,t,u)");
  expect(json.value).toEqual([
    {
      "@odata.id": null,
      s: 18.55,
      "n@odata.type": "#Decimal",
      n: 6,
      "t@odata.type": "#DateTimeOffset",
      t: "2026-01-02T05:00:00Z",
      "u@odata.type": "#Int32",
      u: 5,
    },
  ]);
});

it("adds up what no type declares where it is a number, and groups by none of it", async () => {
  expect(await rows("aggregate(undeclared with sum as s,undeclared with average as a)")).toEqual([{ s: 3.5, a: 1.75 }]);
  expect((await hub.get(address("groupby((undeclared))"))).json.error.message).toBe(
    "$apply: grouping by 'undeclared', which no type declares, is not implemented (position 9).",
  );
  expect((await hub.get(address("aggregate(never with sum as s)"))).status).toBe(400);
});

describe("groups", () => {
  it("are in the order of what they are grouped by, each once, nothing first", async () => {
    expect(await rows("groupby((vendorInformation/provider))")).toEqual([by(null, {}), by("A", {}), by("B", {})]);
    expect(await rows("groupby((VendorInformation/Provider,vendorInformation/provider))")).toHaveLength(3);
  });
  it("stay when a filter within leaves them nothing", async () => {
    const apply = "groupby((vendorInformation/provider),filter(currentScore gt 5)/aggregate($count as n,currentScore with sum as s))";
    expect(await rows(apply)).toEqual([by(null, { n: 0, s: null }), by("A", { n: 0, s: null }), by("B", { n: 2, s: 17.25 })]);
    expect(await rows("groupby((vendorInformation/provider),filter(currentScore gt 5)/aggregate(controlScores/$count as n))")).toEqual([
      by(null, { n: 0 }),
      by("A", { n: 0 }),
      by("B", { n: 2 }),
    ]);
  });
  it("are rolled up from the finest on, level by level; with $all to the whole", async () => {
    const levels = "vendorInformation/vendor,vendorInformation/provider";
    const fine = [null, "A", "B"].map((provider, index) => ({ vendorInformation: { vendor: "Contoso", provider }, n: [1, 3, 2][index] }));
    const vendor = { vendorInformation: { vendor: "Contoso" }, n: 6 };
    expect(await rows(`groupby((rollup(${levels})),aggregate($count as n))`)).toEqual([...fine, vendor]);
    expect(await rows(`groupby((rollup($all,${levels})),aggregate($count as n))`)).toEqual([...fine, vendor, { n: 6 }]);
    expect(await rows(`filter(false)/groupby((rollup($all,${levels})),aggregate($count as n))`)).toEqual([]);
  });
  it("give their best rows, whole", async () => {
    const { json } = await hub.get(address("groupby((vendorInformation/provider),topcount(1,currentScore))"));
    expect(json["@odata.context"]).toBe("https://hub.example/v1.0/$metadata#security/secureScores");
    expect(json.value.map((row: any) => [row.id !== undefined, row["@odata.etag"] !== undefined, row.currentScore])).toEqual(
      [10, 1, 0.2].map((score) => [true, true, score]),
    );
  });
  it("tell what was aggregated away from what is null", async () => {
    const apply = "groupby((rollup(vendorInformation/vendor,vendorInformation/provider)),aggregate($count as n))";
    const isdefined = "&$filter=not%20isdefined(vendorInformation/provider)";
    expect(await rows(apply, isdefined)).toEqual([{ vendorInformation: { vendor: "Contoso" }, n: 6 }]);
    expect(await rows(apply, "&$filter=vendorInformation/provider%20eq%20null")).toHaveLength(2);
    expect(await rows("aggregate($count as n)", "&$filter=isdefined(currentScore)")).toEqual([]);
  });
});

describe("further transformations", () => {
  it("compute, filter, order and cut", async () => {
    const daily = "compute(date(createdDateTime) as day)/groupby((day),aggregate(currentScore with average as mean))/orderby(mean desc)/top(1)";
    expect(await rows(daily)).toEqual([{ day: "2026-01-02", mean: 4.125 }]);
    expect(await rows("filter(currentScore gt 0.5)/aggregate($count as n)")).toEqual([{ n: 3 }]);
    expect((await rows("orderby(activeUserCount desc)/skip(1)/top(2)")).map((row: any) => row.activeUserCount)).toEqual([4, 3]);
  });
  it("concat keeps the structure of each row and tells the type of none that all have", async () => {
    const { json } = await hub.get(address("concat(topcount(1,currentScore),aggregate(currentScore with sum as total))"));
    expect(json["@odata.context"]).toBe("https://hub.example/v1.0/$metadata#security/secureScores(@Core.AnyStructure)");
    expect(json.value.map((row: any) => [row.currentScore, row.total])).toEqual([
      [10, undefined],
      [undefined, 18.55],
    ]);
  });
  it.each([
    ["topsum(15,currentScore)", [10, 7.25]],
    ["toppercent(50,currentScore)", [10]],
    ["bottomcount(2,activeUserCount)", [0.1, 0.2]],
    ["bottomsum(0.3,currentScore)", [null, 0.1, 0.2]],
    ["bottompercent(100,currentScore)", [null, 0.1, 0.2, 1, 7.25, 10]],
    ["topsum(0,currentScore)", []],
  ])("%s", async (apply, wanted) => expect((await rows(apply)).map((row: any) => row.currentScore)).toEqual(wanted));
  it("rows without a key come where missing values come", async () => {
    expect(await rows("concat(identity,aggregate($count as n))/bottomcount(1,id)")).toEqual([{ n: 6 }]);
  });
  it("from: in finer groups first", async () => {
    expect(await rows("aggregate(currentScore with sum from vendorInformation/provider with max as best)")).toEqual([{ best: 17.25 }]);
    const twice = "aggregate($count from vendorInformation/vendor,vendorInformation/provider with sum from vendorInformation/vendor with average as mean)";
    expect(await rows(twice)).toEqual([{ mean: 6 }]);
  });
  it("collections are joined, or aggregated through", async () => {
    const controls = "join(controlScores as c)/groupby((c/controlName),aggregate(c/score with average as mean,$count as n))";
    const wanted = [["dlp", 2, 2], ["lock", 4, 1], ["mfa", 3, 3]].map(([controlName, mean, n]) => ({ c: { controlName }, mean, n })); // prettier-ignore
    expect(await rows(controls)).toEqual(wanted);
    expect(await rows("outerjoin(controlScores as c)/filter(c/controlName eq null)/aggregate($count as n)")).toEqual([{ n: 2 }]);
    expect(await rows("aggregate(controlScores/score with sum as s,currentScore with max as m,enabledServices with countdistinct as e)")).toEqual([
      { s: 15, m: 10, e: 3 },
    ]);
    expect(await rows("join(controlScores as c,filter(score gt 2))/groupby((c/controlName),aggregate($count as n))")).toEqual(
      [["lock", 1], ["mfa", 2]].map(([controlName, n]) => ({ c: { controlName }, n })),
    ); // prettier-ignore
    expect(await rows("outerjoin(controlScores as c,filter(score gt 2)/identity)/filter(c/controlName eq null)/aggregate($count as n)")).toEqual([{ n: 4 }]);
    const whole = await rows("join(controlScores as c)/filter(c/score gt 3)/orderby(c/score)");
    expect(whole.map((row: any) => [row.currentScore, row.c.controlName])).toEqual([[7.25, "lock"], [7.25, "mfa"]]); // prettier-ignore
  });
});

describe("search", () => {
  const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
  const counted = async (query: string) => (await hub.get(`${tasks}?${query.replaceAll(" ", "%20")}`)).json;
  it("as a transformation and as an option behind $apply", async () => {
    for (const [displayName, priority] of [
      ["Patch the mail server", "high"],
      ["Patch the proxy", "low"],
      ["Rotate keys", "low"],
    ] as const) {
      const { status } = await hub.post(tasks, { "@odata.type": "#microsoft.graph.securityConfigurationTask", displayName, priority });
      expect(status).toBe(201);
    }
    const found = await counted("$apply=search(patch)/groupby((priority),aggregate($count as n))");
    expect(found.value.map((row: any) => [row.priority, row.n])).toEqual([["high", 1], ["low", 1]]); // prettier-ignore
    expect((await counted("$apply=filter(priority eq 'low')&$search=patch")).value.map((row: any) => row.displayName)).toEqual(["Patch the proxy"]);
    expect((await counted("$apply=aggregate($count as n)&$search=patch")).error.message).toContain("$search needs entities");
  });
});

describe("what follows works on the result", () => {
  const counts = "groupby((vendorInformation/provider),aggregate($count as n))";
  it("$filter, $orderby, $select, $top, $skip, $count, /$count", async () => {
    expect(await rows(counts, "&$filter=n%20gt%201&$orderby=n%20desc")).toEqual([by("A", { n: 3 }), by("B", { n: 2 })]);
    expect(await rows(counts, "&$select=n&$orderby=n&$skip=1&$top=1")).toEqual([{ n: 2 }]);
    const { json } = await hub.get(address(counts, "&$select=n&$count=true&$filter=n%20lt%203"));
    expect([json["@odata.context"].split("#")[1], json["@odata.count"], json.value.length]).toEqual(["security/secureScores(n)", 2, 2]);
    expect((await hub.get(`/v1.0/security/secureScores/$count?$apply=${encodeURIComponent(counts)}`)).text).toBe("3");
  });
  it("$expand works on entities, and is refused for what was aggregated", async () => {
    expect((await hub.get(address(counts, "&$expand=x"))).text).toContain("needs entities");
    expect((await hub.get("/v1.0/security/secureScores?$apply=identity")).json.value).toHaveLength(6);
  });
  it("pages by sealed tokens, which are bound to the request", async () => {
    const seen: unknown[] = [];
    let target: string | undefined = address(counts, "&$orderby=n%20desc");
    for (; target !== undefined;) {
      const { json } = await hub.get(target, { headers: { prefer: "odata.maxpagesize=1" } });
      seen.push(...json.value.map((row: any) => row.vendorInformation.provider));
      const next: string | undefined = json["@odata.nextLink"]?.replace("https://hub.example", "");
      if (next !== undefined) expect((await hub.get(next.replace("desc", "asc"))).status).toBe(400);
      target = next;
    }
    expect(seen).toEqual(["A", "B", null]);
  });
  it("metadata=full says declared types too; IEEE754Compatible writes decimals as text", async () => {
    const accept = { accept: "application/json;odata.metadata=full;IEEE754Compatible=true" };
    const { json } = await hub.get(address("groupby((activeUserCount),aggregate($count as n))/top(1)"), { headers: accept });
    expect(json.value).toEqual([{ "@odata.id": null, "activeUserCount@odata.type": "#Int32", activeUserCount: 0, "n@odata.type": "#Decimal", n: "1" }]);
  });
});

describe("refusals say where and why", () => {
  it.each([
    [
      "aggregate(currentScore)",
      "400 $apply: there is no custom aggregate 'currentScore': say how to aggregate it, as in 'currentScore with sum as total' (position 10).",
    ],
    ["aggregate(nothing with sum as x)", "400 Could not find a property named 'nothing' on type 'microsoft.graph.secureScore'."],
    ["aggregate(vendorInformation/provider with sum as x)", "400 $apply: 'sum' expects numbers, got values of type string (position 10)."],
    ["aggregate(vendorInformation with max as x)", "400 $apply: 'max' expects single values, got complex ones (position 10)."],
    ["aggregate(currentScore with ns.median as x)", "501 $apply: the aggregation method 'ns.median' is not implemented (position 10)."],
    ["aggregate(currentScore with sum as maxScore)", "400 $apply: 'maxScore' is the name of a property already; choose another alias (position 10)."],
    ["aggregate(currentScore with sum as x,maxScore with sum as x)", "400 $apply: the alias 'x' is given twice (position 0)."],
    ["aggregate(vendorInformation/$count as x)", "400 $apply: '$count' needs a collection of the rows in front of it, or nothing (position 10)."],
    ["aggregate(controlScores with countdistinct as x)", "501 $apply: aggregating 'controlScores' as a whole is not implemented (position 10)."],
    ["groupby((vendorInformation))", "400 $apply: 'vendorInformation' is a complex value: group by its members (position 9)."],
    ["groupby((controlScores))", "400 $apply: 'controlScores' is a collection; use any, all or $count (position 9)."],
    ["groupby((maxScore))/groupby((currentScore))", "400 $apply: 'currentScore' has been aggregated away (position 29)."],
    ["groupby((maxScore))/filter(nothing eq 1)", "400 $apply: there is no 'nothing' here; the rows have maxScore (position 27)."],
    ["groupby((maxScore))/filter(controlScores/any())", "400 $apply: 'controlScores' has been aggregated away (position 27)."],
    ["groupby((rollup(maxScore)))", "501 $apply: rollup over a named hierarchy ('maxScore'): name two levels or more is not implemented (position 9)."],
    ["filter(currentScore add 1)", "400 $apply: expected a condition, got a value of type double (position 7)."],
    ["compute(vendorInformation as x)", "400 $apply: expected a value, got a complex value (position 8)."],
    ["topcount(0,currentScore)", "400 $apply: 'topcount' expects a whole number from 1 on (position 9)."],
    ["topcount(1.5,currentScore)", "400 $apply: 'topcount' expects a whole number from 1 on (position 9)."],
    ["topcount(maxScore,currentScore)", "400 $apply: 'topcount' expects a number here, not a property (position 9)."],
    ["topcount($these/$count,currentScore)", "501 $apply: '$these' is not implemented (position 9)."],
    ["toppercent(101,currentScore)", "400 $apply: 'toppercent' expects a number above 0 and up to 100 (position 11)."],
    ["topsum(1,vendorInformation/provider)", "400 $apply: 'topsum' adds up numbers, got a value of type string (position 9)."],
    ["join(currentScore as c)", "400 $apply: 'currentScore' is not a collection that the rows have (position 0)."],
    ["join(enabledServices as c)", "400 $apply: 'enabledServices' is a collection of plain values; 'join' needs complex values or entities (position 0)."],
    ["join(controlScores as c,topcount(1,score))", "501 $apply: 'topcount' within a join is not implemented (position 24)."],
    ["join(controlScores as c,filter(score))", "400 $apply: expected a condition, got a value of type double (position 31)."],
    [
      "concat(aggregate($count as x),aggregate(vendorInformation/provider with max as x))",
      "400 $apply: 'x' is of type decimal in one sequence of concat and of type string in another (position 0).",
    ],
    ["nest(identity as n)", "501 $apply: the transformation 'nest' is not implemented (position 0)."],
    ["addnested(controlScores,identity as n)", "501 $apply: the transformation 'addnested' is not implemented (position 0)."],
    ["search(x)", "400 $apply: no text of 'microsoft.graph.secureScore' can be searched (position 7)."],
    ["groupby((maxScore))/search(x)", "400 $apply: 'search' needs entities, and there are none left (position 20)."],
    ["ancestors($root/a,q,id,identity)", "501 $apply: the transformation 'ancestors' is not implemented (position 0)."],
    ["traverse($root/a,q,id,preorder)", "501 $apply: the transformation 'traverse' is not implemented (position 0)."],
    ["groupby((rolluprecursive($root/a,q,id)))", "501 $apply: 'rolluprecursive' is not implemented (position 9)."],
    ["ns.best(count=1)", "501 $apply: the function 'ns.best' as a transformation is not implemented (position 0)."],
    ["expand(controlScores)", "400 $apply: expected one of identity, aggregate"],
    [Array.from({ length: 101 }, () => "identity").join("/"), "400 $apply: there are more than 100 transformations"],
  ])("%s", async (apply, refused) => {
    const { status, json } = await hub.get(address(apply));
    expect(`${status} ${json.error?.message}`.slice(0, refused.length)).toBe(refused);
    expect(json.error.target ?? "$apply").toBe("$apply");
  });
  it("where there is no collection", async () => {
    expect((await hub.get("/v1.0/security?$apply=aggregate($count%20as%20n)")).json.error.message).toBe(
      "The query option $apply cannot be applied to a single entity.",
    );
    expect((await hub.post("/v1.0/security/secureScores?$apply=identity", {})).status).toBe(400);
  });
});

it("null is in no list, whatever the types in it", async () => {
  const filter = (text: string): string => `&$filter=${encodeURIComponent(text)}`;
  const groups = "groupby((vendorInformation/provider),aggregate($count as n))";
  expect(await rows(groups, filter("null in ('a',4,true)"))).toEqual([]);
  expect(await rows(groups, filter("null in (4,'a',null) and n gt 100"))).toEqual([]);
  expect(await rows(groups, filter("maxScore in (1,2.5)"))).toEqual([]);
});

describe("permissions and isolation", () => {
  it("the hub of another tenant adds nothing", async () => {
    const stranger = callerOf({ tenant: "33333333-3333-4333-8333-333333333333" });
    expect((await hub.get(address("aggregate($count as n)"), { caller: stranger })).json.value[0].n).toBe(0);
  });
  it("a joined collection asks for its own permission", async () => {
    const apply = "/v1.0/securities?$apply=aggregate(secureScores/currentScore with sum as s,secureScores/$count as n)";
    const target = apply.replaceAll(" ", "%20");
    expect((await hub.get(target)).json.value).toEqual([{ "@odata.id": null, s: 18.55, "n@odata.type": "#Decimal", n: 6 }]);
    const { status, json } = await hub.get(target, { caller: callerOf({ permissions: ["Security.Read.All"] }) });
    expect([status, json.error.code]).toEqual([403, "Forbidden"]);
    const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks?$apply=aggregate($count%20as%20n)";
    expect((await hub.get(tasks, { caller: callerOf({ permissions: ["SecurityEvents.Read.All"] }) })).status).toBe(403);
  });
});
