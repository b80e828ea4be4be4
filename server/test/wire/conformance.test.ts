import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conformancePage } from "../../../tools/docs/conformance.ts";
import { levels, rows } from "../../../tools/docs/conformanceLevels.ts";
import { openLibrary } from "./library.ts";
import { baseUrl, openHub, vendor, type Answer, type Asked, type TestHub } from "./hub.ts";
import { openHarbour } from "../models/harbour.ts";
import { harbourOperations } from "../models/harbourOperations.ts";

/** The rows of OData's conformance levels, each asked for over the wire; how each stands is said in tools/docs/conformanceLevels.ts. */

const scores = "/v1.0/security/secureScores";
const profiles = "/v1.0/security/secureScoreControlProfiles";
const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const taskType = "microsoft.graph.securityConfigurationTask";

interface Ground {
  readonly hub: TestHub;
  /** Of another model, which has relations of every kind. */
  readonly library: TestHub;
  readonly profile: "graph" | "odata";
  /** The id of a score, of an alert and of a control profile. */
  readonly score: string;
  readonly alert: string;
  readonly control: string;
}

async function layGround(profile: "graph" | "odata"): Promise<Ground> {
  const hub = await openHub({ profile });
  const control = await hub.post(profiles, { id: "c1", title: "t", vendorInformation: vendor, "@ns.unknown": 1 });
  const alert = await hub.post("/v1.0/security/alerts", { title: "t", severity: "high", vendorInformation: vendor });
  const made = async (maxScore: number): Promise<string> =>
    (await hub.post(scores, { maxScore, vendorInformation: vendor, enabledServices: ["mail"] })).json.id;
  await made(1);
  const library = await openLibrary({ profile });
  for (const [set, id] of [["books", "b"], ["shelves", "s"], ["authors", "a"]]) await library.post(`/v1.0/${set}`, { id, title: set === "books" ? "t" : undefined }); // prettier-ignore
  return { hub, library, profile, score: await made(2), alert: alert.json.id, control: control.json.id };
}

async function ok({ hub }: Ground, target: string, asked?: Asked): Promise<Answer> {
  const answer = await hub.get(target.replaceAll(" ", "%20"), asked);
  expect(answer.status, `${target}: ${answer.text}`).toBe(200);
  return answer;
}

const maxScores = async (ground: Ground, query: string): Promise<number[]> =>
  (await ok(ground, `${scores}?${query}`)).json.value.map((one: { maxScore: number }) => one.maxScore);

/** 501 that names what is not served, and nothing else. */
async function later({ hub }: Ground, target: string, named: string, method = "GET"): Promise<void> {
  const answer = await hub.send(method, target.replaceAll(" ", "%20"), method === "GET" ? {} : { body: {} });
  expect(`${answer.status} ${answer.json.error?.message}`).toMatch(/^501 .*not implemented/);
  expect(answer.json.error.message).toContain(named);
}

async function refused(answer: Promise<Answer>, status: number): Promise<Answer> {
  const found = await answer;
  expect(found.status, found.text).toBe(status);
  expect(found.json.error.message).not.toBe("");
  return found;
}

type Check = (ground: Ground) => Promise<unknown>;

/** Of sets with searchable text; of others it is refused by name, in the graph profile in the words of Graph. */
const search: Check = async (ground) => {
  const titles = async (text: string): Promise<string[]> =>
    (await ok(ground, `/v1.0/security/alerts?$search=${text}&$count=true&$top=9`)).json.value.map((one: { title: string }) => one.title);
  expect([await titles("T"), await titles('t AND "x y"'), await titles("(t AND NOT z)")]).toEqual([["t"], [], ["t"]]);
  expect((await ok(ground, "/v1.0/security?$expand=alerts($search=t)")).json.alerts).toHaveLength(1);
  if (ground.profile === "odata") return later(ground, `${scores}?$search=x`, "$search");
  const { json } = await refused(ground.hub.get(`${scores}?$search=x`), 400);
  expect(json.error.message).toContain("$search is not currently supported");
};
/** A change of references, after which the ids at the end of a path are these; where there is nothing but containment `$ref` is refused. */
const references =
  (method: string, target: string, { body, at, ids }: { readonly body?: object; readonly at: string; readonly ids: readonly string[] }): Check =>
  async (ground) => {
    const { library } = ground;
    await later(ground, `${scores}/$ref`, "$ref", method);
    expect((await library.send(method, `/v1.0/${target}`, body === undefined ? {} : { body })).status).toBe(204);
    const { status, json: found } = await library.get(`/v1.0/${at}`);
    expect(status === 204 ? [] : (found.value ?? [found]).map(({ id }: { id: string }) => id)).toEqual(ids);
  };
const deepInsert: Check = async ({ hub, library, profile }) => {
  const id = crypto.randomUUID();
  const made = await library.post("/v1.0/books", { id, title: "t", chapters: [{ id: "c" }], writer: { id, name: "n" } });
  expect([made.status, made.json.chapters[0].id, made.json.writer.id]).toEqual([201, "c", id]);
  if (profile === "graph") await refused(hub.post("/v1.0/securities", { secureScores: [{ maxScore: 1 }] }), 501);
};
const asynchronous: Check = async (ground) => {
  const prefer = { headers: { prefer: "respond-async" } };
  if (ground.profile === "graph") return expect((await ok(ground, scores, prefer)).headers["AsyncResult"]).toBeUndefined();
  const { status, headers } = await ground.hub.get(scores, prefer);
  expect(status).toBe(202);
  const monitor = headers["Location"]!.slice("https://hub.example".length);
  const asked = async (more: object): Promise<Answer> => {
    for (;;) {
      const answer = await ground.hub.get(monitor, { headers: { ...more } });
      if (answer.status !== 202) return answer;
      // What is worked on may wait for a database.
      await sleep(5);
    }
  };
  expect((await asked({})).text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect((await asked({ "odata-maxversion": "4.01" })).headers["AsyncResult"]).toBe("200");
};
const xml: Check = async (ground) => expect((await ok(ground, "/v1.0/$metadata")).headers["Content-Type"]).toMatch(/^application\/xml/);
const json: Check = async (ground) => expect((await ok(ground, "/v1.0/$metadata?$format=json")).json.$EntityContainer).toBe("microsoft.graph.GraphService");
const expand: Check = async (ground) => {
  expect((await ok(ground, "/v1.0/security?$expand=secureScores")).json.secureScores).toHaveLength(2);
  const { json: found } = await ok(ground, `/v1.0/securities?$expand=deviceAppManagementTasks($expand=${taskType}/managedDevices($count=true);$select=id)`);
  expect(found.value[0].deviceAppManagementTasks).toEqual([]);
  await refused(ground.hub.get("/v1.0/security?$expand=secureScores($expand=x)"), 400);
};
const lambdas: Check = async (ground) => {
  expect(await maxScores(ground, "$filter=enabledServices/any(s:s eq 'mail') and controlScores/all(c:c/score gt 1)")).toHaveLength(2);
  const hubs = async (filter: string): Promise<number> => (await ok(ground, `/v1.0/securities?$filter=${filter}`)).json.value.length;
  const found = [
    await hubs("secureScores/any(s:s/maxScore eq 2 and s/enabledServices/any(e:e eq 'mail' and $it/id ne null))"),
    await hubs("secureScores/any() and secureScores/all(s:s/maxScore gt 1000)"),
    await hubs("secureScores/$count gt 1 and not tiIndicators/any()"),
  ];
  expect(found).toEqual([1, 0, 1]);
};
const skip: Check = async (ground) => expect(await maxScores(ground, "$orderby=maxScore&$skip=1")).toEqual([2]);
const count: Check = async (ground) => expect((await ok(ground, `${scores}?$count=true`)).json["@odata.count"]).toBe(2);
const orderby: Check = async (ground) => expect(await maxScores(ground, "$orderby=maxScore desc,id asc")).toEqual([2, 1]);
const inList: Check = async (ground) => expect(await maxScores(ground, "$filter=maxScore in (2,3)")).toEqual([2]);
const compute: Check = async (ground) => {
  const { json: found } = await ok(ground, `${scores}?$compute=maxScore mul 2 as twice&$filter=twice gt 2&$orderby=twice&$select=twice`);
  expect(found.value.map((one: { twice: number }) => one.twice)).toEqual([4]);
  expect((await ok(ground, "/v1.0/security?$expand=secureScores($compute=maxScore mul 2 as twice;$filter=twice gt 2)")).json.secureScores[0].twice).toBe(4);
};
const selectOptions: Check = async (ground) => {
  const { json: found } = await ok(ground, `${scores}?$select=enabledServices($filter=$this ne 'mail';$count=true),vendorInformation($select=vendor)&$top=1`);
  const { enabledServices, "enabledServices@odata.count": counted, vendorInformation } = found.value[0];
  expect([enabledServices, counted, vendorInformation.vendor, vendorInformation.provider]).toEqual([[], 0, "Contoso", undefined]);
};
const filteredCount: Check = async (ground) => expect(await maxScores(ground, "$filter=enabledServices/$count($filter=$this eq 'mail') eq 1")).toHaveLength(2);
const navigationToNull: Check = async ({ library }) => {
  const id = crypto.randomUUID();
  await library.post("/v1.0/books", { id, title: "t", writer: { id, name: "n" } });
  const found = async (filter: string): Promise<readonly string[]> =>
    (await library.get(`/v1.0/books?$filter=${filter} and id eq '${id}'`.replaceAll(" ", "%20"))).json.value.map((one: { id: string }) => one.id);
  const filters = ["writer ne null", "sequel eq null", "writer eq null", "sequel ne null", "writer/name eq 'n'", "null ne writer"];
  expect(await Promise.all(filters.map(found))).toEqual([[id], [id], [], [], [id], [id]]);
};

const batchOf = (body: string): Asked => ({ body, headers: { "Content-Type": "multipart/mixed; boundary=b" } });
const multipart: Check = async ({ hub }) => {
  const part = "--b\r\nContent-Type: application/http\r\n\r\nGET security/secureScores HTTP/1.1\r\n\r\n\r\n--b--\r\n";
  const { status, text } = await hub.send("POST", "/v1.0/$batch", batchOf(part));
  expect(status, text).toBe(200);
  expect(text).toContain("HTTP/1.1 200 OK");
};

/** By row. */
const checks: Readonly<Record<string, Check>> = {
  "MIN40-01": async (ground) => expect((await ok(ground, "/v1.0")).json.value.map((one: { name: string }) => one.name)).toContain("security"),
  "MIN40-02": async (ground) =>
    expect((await ok(ground, scores)).json).toMatchObject({ "@odata.context": expect.stringContaining("$metadata#"), value: [{}, {}] }),
  "MIN40-03": async (ground) => {
    const first = await ok(ground, scores, { headers: { prefer: "maxpagesize=1" } });
    expect(first.json.value).toHaveLength(1);
    const next = await ok(ground, first.json["@odata.nextLink"].replace("https://hub.example", ""), { headers: { prefer: "maxpagesize=1" } });
    expect([next.json.value.length, next.json["@odata.nextLink"]]).toEqual([1, undefined]);
  },
  "MIN40-04": async (ground) => expect((await ok(ground, scores)).headers["OData-Version"]).toBe("4.0"),
  "MIN40-05a": async ({ hub }) => refused(hub.get(scores, { headers: { accept: "application/atom+xml" } }), 406),
  "MIN40-05b": async ({ hub }) => refused(hub.get(scores, { headers: { "odata-maxversion": "3.0" } }), 400),
  "MIN40-06": async (ground) => {
    await ok(ground, `${scores}?x=1&!y`);
    expect((await ok(ground, `${profiles}/${ground.control}`)).json.title).toBe("t");
  },
  "MIN40-07": async (ground) => {
    await later(ground, `${scores}?$apply=nest(identity as n)`, "$apply");
    await search(ground);
  },
  "MIN40-08": async (ground) => {
    const metadata = (await ok(ground, "/v1.0/$metadata")).text;
    const { text } = await ok(ground, scores, { headers: { accept: "application/json;odata.metadata=full" } });
    const types = [...text.matchAll(/"@odata\.type":"#?microsoft\.graph\.(\w+)"/g)].map(([, name]) => name);
    expect(types).toContain("secureScore");
    for (const type of types) expect(metadata).toContain(`Name="${type}"`);
  },
  "MIN40-09": async (ground) => expect(await maxScores(ground, "$filter=maxScore gt 1&$count=true&$orderby=id")).toEqual([2]),
  "MIN40-10": async (ground) => {
    const before = (await ok(ground, `${profiles}/${ground.control}`)).json;
    const sent = { title: "u", vendorInformation: vendor };
    expect((await ground.hub.patch(`${profiles}/${ground.control}`, sent)).status).toBeLessThan(300);
    const { title, ...rest } = (await ok(ground, `${profiles}/${ground.control}`)).json;
    const same = ({ "@odata.etag": _, lastModifiedDateTime: __, ...others }: Record<string, unknown>): unknown => others;
    expect([title, same(rest)]).toEqual(["u", same((({ title: _, ...others }) => others)(before))]);
  },
  "MIN40-12": expand,
  "MIN40-13": xml,
  "MIN40-14": async (ground) => expect((await ok(ground, scores, { headers: { prefer: "odata.maxpagesize=1" } })).json.value).toHaveLength(1),
  "MIN40-15": async (ground) => {
    const filter = "severity eq microsoft.graph.alertSeverity'high' and duration'P1D' eq duration'P1D'";
    expect((await ok(ground, `/v1.0/security/alerts?$filter=${filter}`)).json.value).toHaveLength(1);
  },
  "MIN40-16": asynchronous,
  "UPD40-18": async (ground) => {
    const { json: full } = await ok(ground, `${scores}/${ground.score}`, { headers: { accept: "application/json;odata.metadata=full" } });
    expect(full["@odata.editLink"]).toBe(`https://hub.example${scores}('${ground.score}')`);
  },
  "UPD40-19": async ({ hub }) => expect((await hub.post("/v1.0/securities", {})).status).toBe(201),
  "UPD40-20": async ({ hub }) => expect((await hub.post("/v1.0/security/alerts", { title: "x", vendorInformation: vendor })).status).toBe(201),
  "UPD40-21": references("POST", "shelves('s')/books/$ref", { body: { "@odata.id": "books('b')" }, at: "shelves('s')/books", ids: ["b"] }),
  "UPD40-22": references("PUT", "books('b')/writer/$ref", { body: { "@odata.id": "authors('a')" }, at: "books('b')/writer", ids: ["a"] }),
  "UPD40-23": async ({ hub, alert, control }) => {
    const sent = { vendorInformation: vendor };
    for (const target of [`/v1.0/security/alerts/${alert}`, `${profiles}/${control}`]) expect((await hub.patch(target, sent)).status).toBeLessThan(300);
  },
  "UPD40-24": async ({ hub }) => {
    const { id } = (await hub.post(scores, { maxScore: 9, vendorInformation: vendor })).json;
    expect((await hub.remove(`${scores}/${id}`)).status).toBe(204);
    await refused(hub.get(`${scores}/${id}`), 404);
  },
  "UPD40-25": references("DELETE", "books('b')/writer/$ref", { at: "books('b')/writer", ids: [] }),
  "UPD40-26": async ({ hub, alert }) =>
    refused(hub.patch(`/v1.0/security/alerts/${alert}`, { vendorInformation: vendor }, { headers: { "if-match": 'W/"0"' } }), 412),
  "UPD40-27": async ({ hub }) => {
    const { headers, json: made } = await hub.post("/v1.0/security/alerts", { title: "x", vendorInformation: vendor });
    expect(headers["Location"]).toContain(made.id);
  },
  "UPD40-28": async ({ hub }) => {
    const { status, headers } = await hub.post("/v1.0/security/alerts", { title: "x", vendorInformation: vendor }, { headers: { prefer: "return=minimal" } });
    expect([status, headers["OData-EntityId"]]).toEqual([204, headers["Location"]]);
  },
  "UPD40-29": async ({ hub, profile }) => {
    const sent = { title: "a", vendorInformation: vendor };
    const unasked = hub.patch(`${profiles}/unasked`, sent);
    if (profile === "graph") await refused(unasked, 404);
    else expect((await unasked).status).toBe(201);
    expect((await hub.patch(`${profiles}/new`, sent, { headers: { "if-none-match": "*" } })).status).toBe(201);
    expect((await hub.remove(`${profiles}/new`)).status).toBeLessThan(500);
  },
  "UPD40-30": async ({ hub }) => {
    expect((await hub.send("PUT", "/v1.0/security/displayName", { body: { value: "mine" } })).status).toBe(204);
    expect((await hub.get("/v1.0/security/displayName")).json.value).toBe("mine");
  },
  "UPD40-31": async ({ hub }) => {
    expect((await hub.remove("/v1.0/security/displayName")).status).toBe(204);
    expect((await hub.get("/v1.0/security")).json.displayName).toBeNull();
  },
  "UPD40-32": deepInsert,
  "UPD40-33": async ({ hub }) => {
    await refused(hub.remove(scores), 405);
    expect((await hub.remove(`${scores}/$filter(maxScore%20gt%20100)/$each`)).status).toBe(204);
  },
  "INT40-02": async (ground) => {
    await later(ground, "/v1.0/$all?$apply=aggregate($count as n)", "$all");
    await search(ground);
  },
  "INT40-03": async (ground) => {
    const [first] = (await ok(ground, `${scores}?$select=maxScore`)).json.value;
    expect(Object.keys(first).filter((name) => !name.startsWith("@"))).toEqual(["id", "maxScore"]);
  },
  "INT40-04": async (ground) => ok(ground, `${tasks}/${taskType}`),
  "INT40-05": async (ground) => expect(await maxScores(ground, "$orderby=maxScore&$top=1")).toEqual([1]),
  "INT40-06": async (ground) => expect((await ok(ground, `${scores}/${ground.score}/maxScore/$value`)).text).toBe("2"),
  "INT40-07a": async (ground) => expect(await maxScores(ground, "$filter=maxScore eq 2 and maxScore ne 1")).toEqual([2]),
  "INT40-07b": async (ground) => expect(await maxScores(ground, "$filter=maxScore eq @m&@m=2")).toEqual([2]),
  "INT40-07c": async (ground) =>
    expect(await maxScores(ground, "$filter=not (maxScore lt 2) and maxScore add 1 mul 2 sub 4 div 2 mod 3 eq 2 and -maxScore le -2")).toEqual([2]),
  "INT40-07d": async (ground) => {
    const filter = "$filter=contains(id,'-') and year(createdDateTime) gt 2000 and round(maxScore) eq 2 and case(maxScore eq 2:true)";
    expect(await maxScores(ground, filter)).toEqual([2]);
    const functions = [
      "cast(maxScore,Edm.String) eq '2'",
      "isof(maxScore,Edm.Double)",
      "matchesPattern(id,'^[0-9a-f-]{36}$')",
      "hassubset(enabledServices,['mail'])",
      "hassubsequence(enabledServices,['mail'])",
      "totalseconds(duration'P1D') eq 86400",
      "totaloffsetminutes(createdDateTime) eq 0",
      "createdDateTime add duration'P1D' gt now()",
    ];
    expect(await maxScores(ground, `$filter=maxScore eq 2 and ${functions.join(" and ")}`)).toEqual([2]);
    await later(ground, `${scores}?$filter=geo.length(id) eq 1`, "geo.length");
  },
  "INT40-07e": async (ground) => expect((await ok(ground, "/v1.0/security?$expand=secureScores($filter=maxScore eq 2)")).json.secureScores).toHaveLength(1),
  "INT40-11": search,
  "INT40-12": skip,
  "INT40-13": count,
  "INT40-14": expand,
  "INT40-15": lambdas,
  "INT40-16": async (ground) => expect((await ok(ground, `${scores}/$count`)).text).toBe("2"),
  "INT40-17": orderby,
  "ADV40-02": xml,
  "ADV40-04": async (ground) => {
    expect((await ok(ground, `${scores}/$count`)).text).toBe("2");
    expect((await ok(ground, `${scores}/${ground.score}/enabledServices/$count`)).text).toBe("1");
  },
  "ADV40-05": lambdas,
  "ADV40-06": skip,
  "ADV40-07": count,
  "ADV40-08": orderby,
  "ADV40-09a": async (ground) => {
    const { json: found } = await ok(ground, "/v1.0/security?$expand=secureScores/$ref");
    expect(found.secureScores.map(Object.keys)).toEqual([["@odata.id"], ["@odata.id"]]);
  },
  "ADV40-09b": async (ground) => expect((await ok(ground, "/v1.0/security?$expand=secureScores($filter=maxScore gt 1)")).json.secureScores).toHaveLength(1),
  "ADV40-09c": async (ground) => ok(ground, `${tasks}?$expand=${taskType}/managedDevices`),
  "ADV40-09d": async (ground) => {
    const { json: found } = await ok(ground, "/v1.0/security?$expand=secureScores($orderby=maxScore desc;$count=true;$top=1;$skip=1)");
    expect([found.secureScores[0].maxScore, found["secureScores@odata.count"]]).toEqual([1, 2]);
    expect((await ok(ground, "/v1.0/security?$expand=*($levels=max)")).json.deviceAppManagementTasks).toEqual([]);
    await refused(ground.hub.get("/v1.0/security?$expand=secureScores($levels=2)"), 400);
    expect((await ok(ground, "/v1.0/security?$expand=alerts($search=nothing;$count=true)")).json).toMatchObject({ alerts: [], "alerts@odata.count": 0 });
  },
  "ADV40-10": search,
  "ADV40-11": multipart,
  "ADV40-12": async (ground) => {
    expect((await ok(ground, `/v1.0/$entity?$id=security/secureScores('${ground.score}')`)).json.maxScore).toBe(2);
    expect((await ok(ground, `${scores}/$ref`)).json["@odata.context"]).toBe("https://hub.example/v1.0/$metadata#Collection($ref)");
    expect((await ground.hub.remove(`${scores}/$filter(maxScore%20gt%20100)/$each`)).status).toBe(204);
    if (ground.profile === "graph") return later(ground, "/v1.0/$all", "$all");
    expect((await ok(ground, "/v1.0/$all/microsoft.graph.secureScore?$filter=maxScore eq 2")).json.value).toHaveLength(1);
    expect((await ok(ground, "/v1.0/$all/microsoft.graph.entity/$ref?$orderby=id desc&$top=1")).json.value).toHaveLength(1);
    expect(Number((await ok(ground, "/v1.0/$all/$count")).text)).toBeGreaterThan(2);
    await later(ground, "/v1.0/$all?$orderby=id", "$orderby");
  },
  "ADV40-13": asynchronous,
  "ADV40-14": async (ground) => {
    expect((await ok(ground, `${scores}/microsoft.graph.delta()`)).json["@odata.deltaLink"]).toContain("deltatoken=");
    const { json: tracked } = await ok(ground, scores, { headers: { prefer: "odata.track-changes" } });
    expect("@odata.deltaLink" in tracked).toBe(ground.profile === "odata");
  },
  "ADV40-15": async (ground) => {
    if (ground.profile === "graph") return later(ground, "/v1.0/$crossjoin(security,securities)", "$crossjoin");
    const { json: found } = await ground.library.get("/v1.0/$crossjoin(authors,shelves)?$filter=authors/id%20lt%20shelves/id&$expand=authors&$count=true");
    expect(found.value).toHaveLength(Math.min(found["@odata.count"], 100));
  },
  "ADV40-16": compute,
  "MIN41-02": async (ground) => {
    const { headers, json: found, text } = await ok(ground, scores, { headers: { "odata-maxversion": "4.01" } });
    expect([headers["OData-Version"], Object.keys(found)[0], found.value[0]["@type"]]).toEqual(["4.01", "@context", "#microsoft.graph.secureScore"]);
    expect(text).not.toContain('"@odata.');
  },
  "MIN41-03": asynchronous,
  "MIN41-04": async (ground) => {
    for (const prefer of ["maxpagesize=1", "odata.maxpagesize=1"]) expect((await ok(ground, scores, { headers: { prefer } })).json.value).toHaveLength(1);
  },
  "MIN41-05": async (ground) => {
    await ok(ground, `${scores}?$schemaversion=*`);
    await refused(ground.hub.get(`${scores}?$schemaversion=1`), 404);
  },
  "MIN41-06": async (ground) => expect(await maxScores(ground, "filter=maxScore gt 1&orderby=id&top=5")).toEqual([2]),
  "MIN41-07": async (ground) => expect(await maxScores(ground, "$FILTER=StartsWith(id,'0') AND maxScore GT 1 And NOT (maxScore Eq 5)")).toEqual([2]),
  "MIN41-08": async (ground) => expect(await maxScores(ground, "$select=MAXSCORE&$orderby=MaxScore")).toEqual([1, 2]),
  "MIN41-09a": async (ground) => {
    expect(await maxScores(ground, "$filter=createdDateTime gt '2020-01-01T00:00:00Z'")).toHaveLength(2);
    const number = await ground.hub.get(`${scores}?$filter=maxScore%20eq%20'2'%20and%20true%20eq%20'true'`);
    expect(number.status).toBe(ground.profile === "odata" ? 200 : 400);
  },
  "MIN41-09b": async (ground) => {
    expect((await ok(ground, "/v1.0/security/alerts?$filter=severity eq 'high'")).json.value).toHaveLength(1);
    expect(await maxScores(ground, "$filter=duration'P1D' eq 'P1D'")).toHaveLength(2);
  },
  "MIN41-09c": async ({ profile }) => {
    const harbour = await openHarbour({ profile, operations: harbourOperations });
    expect((await harbour.get("/v1.0/CountVessels")).json).toEqual({ "@odata.context": `${baseUrl}/v1.0/$metadata#Edm.Int32`, value: 0 });
    await harbour.close();
  },
  "MIN41-09d": async ({ hub }) => {
    const sent = { name: "n", parameters: [{ name: "a", value: "b" }], vendorInformation: vendor };
    const { id } = (await hub.post("/v1.0/security/securityActions", sent)).json;
    expect((await hub.send("POST", `/v1.0/security/securityActions/${id}/microsoft.graph.cancelSecurityAction`)).status).toBe(200);
  },
  "MIN41-09e": async ({ hub }) => {
    const sent = { name: "n", parameters: [{ name: "a", value: "b" }], vendorInformation: vendor };
    const { id } = (await hub.post("/v1.0/security/securityActions", sent)).json;
    expect((await hub.send("POST", `/v1.0/security/securityActions/${id}/cancelSecurityAction`)).status).toBe(200);
  },
  "MIN41-09f": async (ground) => expect((await ok(ground, `${scores}(@id)?@id='${ground.score}'`)).json.maxScore).toBe(2),
  "MIN41-09h": navigationToNull,
  "MIN41-09i": inList,
  "MIN41-09j": async (ground) => expect(await maxScores(ground, "$filter=maxScore divby 4 eq 0.5")).toEqual([2]),
  "MIN41-09k": async (ground) => expect(await maxScores(ground, "$filter=substring(vendorInformation/vendor,-3) eq 'oso'")).toHaveLength(2),
  "MIN41-09l": async (ground) => expect((await ok(ground, `${scores}/${ground.score}`)).json.maxScore).toBe(2),
  "MIN41-10": async (ground) => {
    await xml(ground);
    await json(ground);
  },
  "MIN41-12": async (ground) => expect((await ok(ground, "/v1.0/$metadata")).text).toContain('Core.ODataVersions" String="4.0 4.01"'),
  "MIN41-13": async (ground) => expect((await ok(ground, "/v1.0/$metadata")).text).toContain("Capabilities.UpdateRestrictions"),
  "UPD41-19": async (ground) => {
    await ground.library.post("/v1.0/shelves('s')/books/$ref", { "@odata.id": "books('b')" });
    await references("DELETE", "shelves('s')/books('b')/$ref", { at: "shelves('s')/books", ids: [] })(ground);
  },
  "UPD41-20": async ({ library, profile }) => {
    const put = library.send("PUT", "/v1.0/books('b')", { body: { title: "whole", chapters: [{ id: "nested" }] } });
    expect((await put).status).toBe(profile === "graph" ? 405 : 204);
    expect((await library.get("/v1.0/books('b')/chapters('nested')")).status).toBe(profile === "graph" ? 404 : 200);
  },
  "UPD41-21": async (ground) => {
    const { library } = ground;
    await deepInsert(ground);
    expect((await library.patch("/v1.0/books('b')", { "chapters@delta": [{ id: "deep", text: "x" }] })).status).toBe(204);
    expect((await library.get("/v1.0/books('b')/chapters('deep')/text")).json.value).toBe("x");
  },
  "UPD41-26": async ({ library, profile }) => {
    const patch = library.patch("/v1.0/books", {
      value: [
        { id: "b", title: "changed" },
        { id: "n", title: "new" },
      ],
    });
    expect((await patch).status).toBe(profile === "graph" ? 405 : 204);
    expect((await library.get("/v1.0/books('n')")).status).toBe(profile === "graph" ? 404 : 200);
  },
  "INT41-03": navigationToNull,
  "INT41-04": inList,
  "INT41-05": selectOptions,
  "INT41-06": filteredCount,
  "INT41-08": compute,
  "INT41-11": async (ground) => expect((await ok(ground, `${scores}/$filter(maxScore gt 1)`)).json.value).toHaveLength(1),
  "ADV41-03": async (ground) => {
    await filteredCount(ground);
    const filter = "alerts/$count($search=t) eq 1 and alerts/$count($search=t;$filter=title ne 't') eq 0";
    expect((await ok(ground, `/v1.0/securities?$filter=${filter}`)).json.value).toHaveLength(1);
  },
  "ADV41-04": compute,
  "ADV41-05": selectOptions,
  "ADV41-06": json,
  "ADV41-07": async (ground) => {
    await multipart(ground);
    const { json: found } = await ground.hub.post("/v1.0/$batch", { requests: [{ id: "1", method: "GET", url: "/security/secureScores" }] });
    expect(found.responses[0].status).toBe(200);
  },
};

test("every row has a check, and every check a row", () => expect(Object.keys(checks).toSorted()).toEqual(rows.map(([id]) => id).toSorted()));

const listed = new URL("../../../../shared/conformance/odata-conformance-levels.json", import.meta.url);

test.skipIf(!existsSync(listed))("the rows are those of the levels, as strong as there (skipped where shared/conformance is not there)", () => {
  const given = JSON.parse(readFileSync(listed, "utf8")) as readonly { readonly id: string; readonly must: string; readonly level: string }[];
  expect(rows.map(([id, strength]) => [id, strength, levels[id.split("-")[0]!]])).toEqual(given.map(({ id, must, level }) => [id, must, level]));
});

describe.each(["odata", "graph"] as const)("rows of the conformance levels in the profile %s", (profile) => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await layGround(profile);
  });
  afterAll(async () => {
    await ground.hub.close();
    await ground.library.close();
  });

  test.each(rows.map(([id, , what, state]) => [id, state, what] as const))("%s (%s) %s", async (id) => {
    await checks[id]!(ground);
    expect.hasAssertions();
  });
});

test("docs/reference/conformance.md is what the table says (else: node run.mjs tools/docs/write.ts)", () => {
  const committed = readFileSync(join(import.meta.dirname, "../../../docs/reference/conformance.md"), "utf8").replaceAll("\r\n", "\n");
  expect(committed).toBe(conformancePage());
});
