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
    ["1 eq 1 and cast(maxScore,Edm.String) eq '1'", "the function 'cast'", 11],
    ["isof(maxScore,Edm.Int32)", "the function 'isof'", 0],
    ["isdefined(maxScore)", "the function 'isdefined'", 0],
    ["hassubset(enabledServices,['a'])", "the function 'hassubset'", 0],
    ["hassubsequence(enabledServices,['a'])", "the function 'hassubsequence'", 0],
    ["geo.length(geography'SRID=0;LineString(1 1,2 2)') eq 1", "the function 'geo.length'", 0],
    ["[maxScore,1] in [[1,2]]", "a collection or object literal in this place", 0],
    ["maxScore in [[1]]", "'in' with something else than a list of literals", 12],
    ["maxScore in [maxScore]", "'in' with something else than a list of literals", 12],
    ["maxScore in [{}]", "'in' with something else than a list of literals", 12],
    ['vendorInformation eq {"vendor":"a"}', "a collection or object literal in this place", 21],
    ["$this/maxScore eq 1", "'$this'", 0],
    ["$these/$count gt 1", "'$these'", 0],
    ["$root/security/id eq 'x'", "'$root'", 0],
    ["controlScores/aggregate(score with sum) gt 1", "aggregate(...) in a path", 14],
    ["enabledServices/$count($search=x) gt 1", "$count with $search in a path", 16],
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
    ["$apply", "groupby((maxScore),aggregate($count as n))", "501 The query option $apply is not implemented."],
    ["$apply", "aggregate(maxScore with sum)", "400 $apply: expected 'as' and a name, found ')' at position 27."],
    ["$compute", "maxScore add 1 as more", "501 The query option $compute is not implemented."],
    ["$search", "blue AND green", "400 The parameter $search is not currently supported on the secureScores resource."],
    ["$index", "1", "501 The query option $index is not implemented."],
    ["$schemaversion", "1", "501 The query option $schemaversion is not implemented."],
    ["$deltatoken", "x", "400 The query option $deltatoken cannot be applied to a collection."],
    ["$id", "x", "501 The query option $id is not implemented."],
    ["$levels", "1", "400 The query option '$levels' is not known."],
    ["$select", "id,controlScores($top=1)", "501 $select: options in parentheses are not implemented (position 3)."],
  ])("%s=%s", async (option, text, refused) => expect(await refusal(asked(option, text))).toBe(refused));

  test.each([
    ["secureScores/$ref", "501 $expand of 'secureScores' in this form is not implemented (position 0)."],
    ["securityActions,*/$ref", "501 $expand of '*' in this form is not implemented (position 16)."],
    ["secureScores($levels=2)", "501 The query option $levels is not implemented."],
    ["secureScores($apply=identity)", "501 The query option $apply is not implemented."],
    ["secureScores($compute=maxScore add 1 as x)", "501 The query option $compute is not implemented."],
    ["secureScores($search=x)", "400 The parameter $search is not currently supported on the secureScores resource."],
    ["@ns.Term", "400 Could not find a property named '@ns.Term' on type 'microsoft.graph.security'."],
  ])("$expand=%s", async (expand, refused) => expect(await refusal(`/v1.0/security?$expand=${encodeURIComponent(expand)}`)).toBe(refused));
});

describe("segments", () => {
  test.each([
    ["/security/secureScores/$ref", "501 The path segment '$ref' is not implemented (position 23)."],
    ["/security/secureScores/$filter(maxScore%20eq%201)", "501 The path segment '$filter' is not implemented (position 23)."],
    ["/security/secureScores/$filter(@f)/$each?@f=true", "501 The path segment '$filter' is not implemented (position 23)."],
    ["/security/secureScores/$each", "501 The path segment '$each' is not implemented (position 23)."],
    ["/$all", "501 The path segment '$all' is not implemented (position 1)."],
    ["/$all/microsoft.graph.alert", "501 The path segment '$all' is not implemented (position 1)."],
    ["/$crossjoin(security,securities)", "501 The path segment '$crossjoin' is not implemented (position 1)."],
    ["/$entity?$id=x", "501 The path segment '$entity' is not implemented (position 1)."],
    ["/$entity/microsoft.graph.security?$id=x&$select=id", "501 The path segment '$entity' is not implemented (position 1)."],
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

  test("an alias as a key, and one that is given within $expand", async () => {
    const { id } = (await hub.get(`${scores}?$top=1`)).json.value[0];
    expect((await hub.get(`${scores}(@key)?@key='${id}'`)).json.id).toBe(id);
    expect(await refusal(`${scores}(@key)`)).toBe("400 The parameter alias '@key' in 'secureScores(@key)' has no value.");
    const hubs = await hub.get("/v1.0/security?$expand=secureScores(@most=1;$filter=maxScore le @most)");
    expect(hubs.json.secureScores).toHaveLength(1);
  });
});
