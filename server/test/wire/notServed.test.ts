import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHub, vendor, type TestHub } from "./hub.ts";

/** What the language has and this version does not serve is refused by name and position, never passed over and never a fault of ours. */

const scores = "/v1.0/security/secureScores";

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
  await hub.post(scores, { maxScore: 1, vendorInformation: vendor, enabledServices: ["mail"] });
});
afterAll(() => hub.close());

async function refusal(target: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const { status, json } = await hub.get(target, { headers });
  return `${status} ${json.error?.message}`;
}
const asked = (option: string, text: string): string => `${scores}?${option}=${encodeURIComponent(text)}`;

describe("expressions: 501, with the position", () => {
  test.each([
    ["isdefined(maxScore)", "the function 'isdefined'", 0],
    ["geo.length(geography'SRID=0;LineString(1 1,2 2)') eq 1", "the function 'geo.length'", 0],
    ["maxScore in [[1]]", "'in' with something else than a list of literals", 12],
    ["maxScore in [maxScore]", "'in' with something else than a list of literals", 12],
    ["maxScore in [{}]", "'in' with something else than a list of literals", 12],
    ["$these/$count gt 1", "'$these'", 0],
    ["controlScores/aggregate(score with sum) gt 1", "aggregate(...) in a path", 14],
    ["controlScores/$filter(score gt 1)/score eq 1", "$filter in a path without any, all or $count behind it", 14],
    ["controlScores/$filter(score gt 1)('a')/any()", "$filter in a path without any, all or $count behind it", 14],
    ["controlScores(1)/score eq 1", "the function 'controlScores' in a path", 0],
    ["microsoft.graph.f(a=1) eq 1", "the function 'microsoft.graph.f' in a path", 0],
  ])("%s", async (filter, what, at) => {
    expect(await refusal(asked("$filter", filter))).toBe(`501 $filter: ${what} is not implemented (position ${at}).`);
    const order = await refusal(asked("$orderby", filter));
    expect(order).toBe(`501 $orderby: ${what} is not implemented (position ${at}).`);
  });
});

describe("options", () => {
  test.each([
    ["$apply", "nest(identity as n)", "501 $apply: the transformation 'nest' is not implemented (position 0)."],
    ["$apply", "aggregate(maxScore with sum)", "400 $apply: expected 'as' and a name, found ')' at position 27."],
    ["$search", "blue AND green", "400 The parameter $search is not currently supported on the secureScores resource."],
    [
      "$index",
      "1",
      "400 The query option $index cannot be applied to a collection: it says where a POST to a collection of values puts its item. An item is read by its place in the path, as in 'tags/0'.",
    ],
    ["$deltatoken", "x", "400 The query option $deltatoken cannot be applied to a collection."],
    ["$id", "x", "400 The query option $id cannot be applied to a collection."],
    ["$levels", "1", "400 The query option '$levels' is not known."],
    ["$select", "id,controlScores($search=x)", "501 $select: $search of 'controlScores' is not implemented (position 3)."],
  ])("%s=%s", async (option, text, refused) => expect(await refusal(asked(option, text))).toBe(refused));

  test.each([
    ["secureScores($apply=identity)", "501 The query option $apply is not implemented."],
    ["secureScores($search=x)", "400 The parameter $search is not currently supported on the secureScores resource."],
    ["@ns.Term", "501 $expand: the annotation '@ns.Term' is not implemented (position 0)."],
    ["$value", "501 $expand: '$value' is not implemented (position 0)."],
  ])("$expand=%s", async (expand, refused) => expect(await refusal(`/v1.0/security?$expand=${encodeURIComponent(expand)}`)).toBe(refused));
});

test("changes show members as they are stored: options in parentheses are refused", async () => {
  expect(await refusal(`${scores}/delta?$select=controlScores($top=1)`)).toBe(
    "501 $select: options in parentheses are not implemented for changes; select the whole collection.",
  );
  expect((await hub.get(`${scores}/delta?$select=controlScores/score`)).status).toBe(200);
});

describe("segments", () => {
  test.each([
    ["/security/secureScores/$filter(true)('x')", "501 The path segment '$filter' is not implemented (position 23)."],
    ["/security/secureScores/$filter(true)/microsoft.graph.secureScore", "501 The path segment '$filter' is not implemented (position 23)."],
    ["/security/secureScores/$filter()", "400 path: expected an operand, found ')' at position 31."],
    ["/security/$filter(true)/secureScores", "501 The path segment '$filter' is not implemented (position 10)."],
    ["/security/secureScores('x')/$filter(true)", "400 path: '$filter' needs a collection in front of it (position 28)."],
    ["/security/secureScores/$filter(maxScoer%20gt%201)", "400 Could not find a property named 'maxScoer' on type 'microsoft.graph.secureScore'."],
    ["/security/secureScores/$filter(maxScore)", "400 path: expected a condition, got a value of type double (position 8)."],
    ["/$all", "501 $all is not implemented in the graph profile: read the sets one by one."],
    ["/$all/microsoft.graph.alert", "501 $all is not implemented in the graph profile: read the sets one by one."],
    ["/$crossjoin(security,securities)", "501 $crossjoin is not implemented in the graph profile: read the sets one by one, or relate them by $expand."],
    ["/$entity?$id=x", "400 Resource not found for the segment 'x'."],
    ["/$entity?$id=urn:a:b", "404 $id: there is no entity with the id 'urn:a:b' in this service."],
    ["/$entity?$id=https://other.example/v1.0/security", "404 $id: there is no entity with the id 'https://other.example/v1.0/security' in this service."],
    ["/$entity?$id=https://hub.example/v1.0/$metadata", "404 $id: there is no entity with the id 'https://hub.example/v1.0/$metadata' in this service."],
    ["/$entity?$id=https:/hub.example", "400 URI: expected '://' at position 5."],
    ["/$entity?$id=security/secureScores('none')", "404 There is no object with the id 'none' here."],
    ["/$entity", "400 $entity: expected the option $id, which names the entity."],
    ["/$entity?$id=x&$select=id", "400 $select: expected a type behind $entity, as in /$entity/ns.Type, before an entity can be shaped."],
    ["/security/$all", "400 path: expected '$all' directly behind the service root at position 10."],
    ["/security/secureScores/$count/$count", "400 path: expected the end of the path behind '$count', found '/' at position 29."],
    ["/security/secureScores/$ref/$count", "400 path: expected the end of the path behind '$ref', found '/' at position 27."],
    ["/security/secureScores/x/maxScore/$value/x", "400 path: expected the end of the path behind '$value', found '/' at position 40."],
    ["/.security('a')", "400 path: expected the name of an entity set, singleton or operation, found '.' at position 1."],
    [
      "/security/secureScores/microsoft.graph.secureScore/microsoft.graph.secureScore",
      "400 A second cast, to 'microsoft.graph.secureScore', in the path: cast once, to the type that is meant.",
    ],
  ])("%s", async (path, refused) => expect(await refusal(`/v1.0${path}`)).toBe(refused));
});

describe("headers", () => {
  test.each([
    ["isolation", "snapshot", "412 Isolation: snapshot isolation is not supported."],
    ["odata-isolation", "SnapShot", "412 OData-Isolation: snapshot isolation is not supported."],
    ["isolation", "serializable", "400 Isolation: expected snapshot, got 'serializable'."],
  ])("%s: %s", async (name, value, refused) => expect(await refusal(scores, { [name]: value })).toBe(refused));
});

describe("what the same syntax asks and is served", () => {
  const found = async (target: string): Promise<number> => {
    const answer = await hub.get(target);
    expect(answer.status, answer.text).toBe(200);
    return answer.json.value.length;
  };

  test("a collection literal behind 'in', itself and by an alias", async () => {
    expect(await found(asked("$filter", "maxScore in [1,2.5,null]"))).toBe(1);
    expect(await found(`${scores}?$filter=maxScore in @list&@list=[2,3]`)).toBe(0);
    expect(await found(asked("$filter", "enabledServices/any(s:s in ['mail',\"crm\"])"))).toBe(1);
  });

  test("a filter in the path, beside $filter, before $count, by an alias, and on every page", async () => {
    await hub.post(scores, { maxScore: 2, vendorInformation: vendor });
    await hub.post(scores, { maxScore: 3, vendorInformation: vendor });
    expect(await found(`${scores}/$filter(maxScore%20gt%201)`)).toBe(2);
    expect(await found(`${scores}/$filter(maxScore%20gt%201)/$filter(@least)?$filter=maxScore%20le%203&@least=maxScore%20ge%203`)).toBe(1);
    expect((await hub.get(`${scores}/$filter(maxScore%20gt%201)/$count`)).text).toBe("2");
    const first = await hub.get(`${scores}/$filter(maxScore%20gt%201)?$top=1&$orderby=maxScore`);
    const second = await hub.get(first.json["@odata.nextLink"].replace("https://hub.example", ""));
    expect([first, second].map(({ json }) => json.value.map((one: { maxScore: number }) => one.maxScore))).toEqual([[2], [3]]);
    expect(second.json["@odata.nextLink"]).toBeUndefined();
    expect(await refusal(`${first.json["@odata.nextLink"].replace("https://hub.example", "").replace("/$filter(maxScore%20gt%201)", "")}`)).toMatch(/^400 /);
    const posted = await hub.post(`${scores}/$filter(true)`, { maxScore: 1, vendorInformation: vendor });
    expect([posted.status, posted.json.error.message]).toEqual([
      501,
      "The path segment '$filter' is not implemented (position 23) for other methods than GET.",
    ]);
  });

  test("an entity by its id, absolute and relative, with a cast", async () => {
    const { id } = (await hub.get(`${scores}?$top=1`)).json.value[0];
    const relative = `security/secureScores('${id}')`;
    for (const one of [relative, `https://hub.example/v1.0/${relative}`]) {
      expect((await hub.get(`/v1.0/$entity?$id=${encodeURIComponent(one)}`)).json.id).toBe(id);
    }
    const cast = await hub.get(`/v1.0/$entity/microsoft.graph.secureScore?$id=${relative}&$select=maxScore`);
    expect(Object.keys(cast.json).filter((name) => !name.startsWith("@"))).toEqual(["id", "maxScore"]);
    expect((await hub.send("DELETE", `/v1.0/$entity?$id=${relative}`)).status).toBe(405);
    expect(await refusal("/v1.0/$entity?$id=security/secureScores")).toBe("400 $id: expected the id of an entity.");
  });

  test("an alias as a key, and one that is given within $expand", async () => {
    const { id } = (await hub.get(`${scores}?$top=1`)).json.value[0];
    expect((await hub.get(`${scores}(@key)?@key='${id}'`)).json.id).toBe(id);
    expect(await refusal(`${scores}(@key)`)).toBe("400 The parameter alias '@key' in 'secureScores(@key)' has no value.");
    const hubs = await hub.get("/v1.0/security?$expand=secureScores(@most=1;$filter=maxScore le @most)");
    expect(hubs.json.secureScores).toHaveLength(1);
  });
});
