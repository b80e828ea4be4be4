import * as fc from "fast-check";
import { Problem } from "../../src/base/errors.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { parseAccept } from "../../src/odata/parseAccept.ts";
import { parseContext } from "../../src/odata/parseContext.ts";
import { parseEtags } from "../../src/odata/parseEtags.ts";
import { parseExpression } from "../../src/odata/parseExpression.ts";
import { parseHeader } from "../../src/odata/parseHeader.ts";
import { parseOptions } from "../../src/odata/parseOptions.ts";
import { parsePath } from "../../src/odata/parsePath.ts";
import { parsePrefer } from "../../src/odata/parsePrefer.ts";
import { parseUri } from "../../src/odata/parseUri.ts";
import { printContext } from "../../src/odata/printContext.ts";
import { printExpression } from "../../src/odata/printExpression.ts";
import { printOptions } from "../../src/odata/printOptions.ts";
import { printPath } from "../../src/odata/printPath.ts";
import { apply } from "../odata/arbitraryApply.ts";
import { context } from "../odata/arbitraryContext.ts";
import { options } from "../odata/arbitraryOptions.ts";
import { tree } from "../odata/arbitraryTree.ts";
import { campaign, shorter, type CampaignResult } from "./campaign.ts";
import { diceOf } from "./dice.ts";
import type { FuzzSettings } from "./fuzzUrls.ts";
import { Mutations } from "./mutate.ts";
import { faultOf } from "./oracle.ts";
import { openStation } from "./station.ts";

const large = { depth: 1_000, nodes: 1_000_000, length: 1_000_000 };

/** A language of requests: texts that are in it, and how one is read and printed again. */
interface Language {
  readonly texts: readonly string[];
  /** Parses; what was parsed, printed, is put to `again`, which must print the same. */
  readonly read: (text: string) => string;
  readonly again?: (printed: string) => string;
  /** The request that carries a text; absent: no URL does. */
  readonly target?: (text: string) => string;
}

const scores = "/v1.0/security/secureScores";

// By hand, in the words of the model; what is generated has no meaning in it.
const filters = [
  "vendorInformation/provider eq 'Secure''s' and (currentScore div maxScore ge 0.5 or not contains(activeUserCount,'1'))",
  "controlScores/any(c:c/score gt 5 and c/controlName in ('MFA','x')) and enabledServices/all(s:startswith(s,'a'))",
  "createdDateTime ge 2026-01-02T03:04:05.6789Z and date(createdDateTime) lt 2026-02-03 and time(createdDateTime) gt 11:22:33",
  "case(maxScore gt 1:'a',true:concat('b',id)) eq cast(maxScore,Edm.String) and isof(microsoft.graph.secureScore)",
  "maxScore in [1,2.5,null] and id in ('01234567-89ab-cdef-0123-456789abcdef') and matchesPattern(id,'^a.*e$')",
  "enabledServices/$count gt 1 and controlScores/$filter(score gt 1)/$count($filter=score lt 2;$search=a OR NOT b) le 3",
  "$it/maxScore mul -currentScore mod 7 eq $root/security/secureScores('1')/maxScore and now() sub duration'P1DT2H' lt createdDateTime",
  "$these/aggregate(maxScore with max from azureTenantId with average) gt 1 and isdefined(maxScore) and x has microsoft.graph.alertSeverity'high'",
  'vendorInformation eq {"vendor":"a","tags":[1,true,null,"b"]} and microsoft.graph.f(p=[1,"2"],q=@a)/name ne null',
];
const queries = [
  "$select=id,vendorInformation/provider,microsoft.graph.*&$top=5&$skip=2&$count=true&$orderby=maxScore desc,createdDateTime",
  "$expand=secureScores($filter=maxScore gt 1;$expand=a/$ref,b/$count($search=x);$levels=max;$top=1),*/$ref&$format=application/json",
  "$filter=contains(id,@a)&@a='b''c'&$search=%22blue green%22 AND (NOT red OR a%3Bb)&$compute=maxScore mul 2 as twice",
  "$apply=filter(maxScore gt 1)/groupby((vendorInformation/provider,rollup(azureTenantId,id)),aggregate(maxScore with sum as total,$count as n))/topcount(3,total)",
  "$apply=concat(identity,join(controlScores as c,compute(year(createdDateTime) as y))/orderby(y desc)/skip(1)/top(2))&$skiptoken=a.b-c&$index=-1",
  "$apply=traverse($root/a,Q,b/c,preorder,descendants($root/a,Q,b,search(x y),2,keep start),name desc)",
];
const paths = [
  "/security/secureScores('a%2Fb')/microsoft.graph.secureScore/controlScores/$count",
  "/security/secureScores/$filter(maxScore%20gt%201)/$each/ns.f(a=1,b='x')",
  "/$crossjoin(a,b)",
  "/$entity/ns.T",
  "/deviceAppManagement/deviceAppManagementTasks/1/managedDevices(id=@p)/$ref",
];
const preferences = ["return=minimal, odata.maxpagesize=5; x=y", 'odata.include-annotations="*,-ns.t#q",respond-async, wait=10', 'callback; url="https://h/p"'];

function languages(seed: number): readonly Language[] {
  const sample = <Value>(found: fc.Arbitrary<Value>, print: (value: Value) => string): string[] =>
    fc.sample(found, { seed, numRuns: 400 }).map((value) => print(value).replaceAll("\0", ";"));
  const printParsed = (text: string): string => {
    const { options: found, aliases, custom } = parseOptions(text, large);
    return printOptions(found, aliases, custom);
  };
  return [
    {
      texts: [...filters, ...sample(tree, printExpression)],
      read: (text) => printExpression(parseExpression(text, "$filter")),
      again: (text) => printExpression(parseExpression(text, "$filter", large)),
      target: (text) => `${scores}?$filter=${encodeURIComponent(text.toWellFormed())}`,
    },
    {
      texts: [...queries, ...sample(options, printOptions), ...sample(apply, (found) => printOptions({ apply: found }))],
      read: (text) => {
        parseOptions(text);
        return printParsed(text);
      },
      again: printParsed,
      target: (text) => `${scores}?${text}`,
    },
    { texts: paths, read: (text) => printPath(parsePath(text)), again: (text) => printPath(parsePath(text, large)), target: (text) => `/v1.0${text}` },
    { texts: sample(context, printContext), read: (text) => printContext(parseContext(text)), again: (text) => printContext(parseContext(text, large)) },
    { texts: preferences, read: (text) => JSON.stringify(parsePrefer(text)) },
    { texts: ["application/json;odata.metadata=full;q=0.5, */*", 'text/html;a="b\\"c"'], read: (text) => JSON.stringify(parseAccept(text)) },
    { texts: ['W/"1", "2"', "*"], read: (text) => JSON.stringify(parseEtags(text)) },
    {
      texts: ["4.01", "snapshot", '{"code":"a","message":"b"}', "a:b"],
      read: (text) => ["isolation", "odata-error", "odata-version"].map((name) => attempt(() => parseHeader(name, text) ?? "")).join(),
    },
    { texts: ["https://h:1/a/b?c=d#e", "http://[::1]/$metadata#a"], read: (text) => JSON.stringify(parseUri(text)) },
  ];
}

/** The refusal's message, or what was read; anything but a refusal is thrown on. */
function attempt(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

interface Case {
  readonly language: Language;
  readonly text: string;
  readonly isSent: boolean;
}

function faultOfParsing({ language, text }: Case): string | undefined {
  let printed: string;
  try {
    printed = language.read(text);
  } catch (error) {
    if (!(error instanceof Problem)) return `thrown: ${String(error)}`;
    return error.status < 500 && error.message !== "" ? undefined : `${error.status} ${error.message}`;
  }
  try {
    const twice = language.again?.(printed) ?? printed;
    return twice === printed ? undefined : `printed first ${JSON.stringify(printed)}, then ${JSON.stringify(twice)}`;
  } catch (error) {
    return `what was printed, ${JSON.stringify(printed)}, is not read: ${String(error)}`;
  }
}

/**
 * Puts valid texts of every language of a request, with one to four things wrong with them, to its parser: each is read,
 * and then printed and read again as the same, or refused by a Problem below 500. One of `share` also goes to a hub.
 */
export async function fuzzGrammar({ seed, count, share }: FuzzSettings & { readonly share: number }): Promise<CampaignResult> {
  const station = await openStation(10);
  const dice = diceOf(seed);
  const mutations = new Mutations(dice, createModel(securityGraph));
  const all = languages(seed);
  const [first, second] = all as readonly [Language, Language];
  let made = 0;
  const next = (): Case => {
    made += 1;
    const language = dice.often(70) ? dice.one([first, second]) : dice.one(all);
    return { language, text: mutations.text(dice.one(language.texts)), isSent: made % share === 0 };
  };
  const check = async (one: Case): Promise<string | undefined> => {
    const target = one.isSent ? one.language.target?.(one.text) : undefined;
    if (target === undefined) return faultOfParsing(one);
    const request = { method: "GET", target, headers: {} };
    return faultOfParsing(one) ?? faultOf(request, await station.send(request, false));
  };
  function* smaller(one: Case): Generator<Case> {
    for (const text of shorter(one.text)) yield { ...one, text };
  }
  try {
    return await campaign<Case>({ name: "grammar", seed, count, next, check, smaller, print: ({ text }) => JSON.stringify(text) });
  } finally {
    await station.close();
  }
}
