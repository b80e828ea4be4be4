import { collection, entity, momentOf, providers, rareControl, rareRows } from "./entity.ts";
import { requestBytes, type Expected } from "./load.ts";

/** A server over one data file, as shapes see it. */
export interface Target {
  readonly port: number;
  readonly token: string;
  readonly rows: number;
  /** Ids of rows from all over the collection. */
  readonly ids: readonly string[];
}

/** A kind of request that is measured. */
export interface Shape {
  readonly name: string;
  /** Bytes of the constant reply that it is compared with; 0: it is compared with raw inserts. */
  readonly bare: number;
  /** CPU per request in units of the base line's, at most; undefined: no goal of its own. */
  readonly goal?: number;
  /** Requests of one round. */
  readonly count: number;
  /** Asks once for every form of the request, checks the answers, and says what is to be sent. Throws on a wrong answer. */
  readonly prepare: (target: Target) => Promise<Prepared>;
}

export interface Prepared {
  readonly request: (n: number) => Buffer;
  readonly expect: Expected;
}

const get2K = 2048;
const list105K = 105 * 1024;
const batched = 20;
const batch42K = batched * 2100;
const pageRows = 100;

/** Every shape of performance.md's goals 1 to 5, what $expand, $select and $compute shape, a batch, and what changed. */
export const shapes: readonly Shape[] = [
  {
    name: "get by id",
    bare: get2K,
    goal: 1.25,
    count: 4000,
    prepare: (target) =>
      reading(
        target,
        target.ids.map((id) => `${collection}/${id}`),
        isOneOf(target.ids),
      ),
  },
  { name: "list of 100", bare: list105K, goal: 4, count: 600, prepare: (target) => reading(target, [collection], isPage) },
  { name: "$select of 3", bare: list105K, count: 600, prepare: (target) => reading(target, [`${collection}?$select=id,currentScore,createdDateTime`], isPage) },
  { name: "$filter page", bare: list105K, count: 600, prepare: (target) => reading(target, providerPages(), isPage) },
  { name: "any() page", bare: list105K, count: 600, prepare: (target) => reading(target, [rarePage], isRare) },
  { name: "deep keyset page", bare: list105K, count: 600, prepare: async (target) => reading(target, [await deepPage(target)], isPage) },
  { name: "$expand of 100", bare: list105K, count: 600, prepare: (target) => reading(target, ["/v1.0/security?$expand=secureScores"], hasExpanded) },
  { name: "$select of members", bare: list105K, count: 600, prepare: (target) => reading(target, [membersPage], hasMembers) },
  { name: "$compute page", bare: list105K, count: 600, prepare: (target) => reading(target, [computedPage], isComputed) },
  { name: "$batch of 20", bare: batch42K, count: 600, prepare: batching },
  { name: "delta of 100", bare: list105K, count: 600, prepare: following },
  { name: "durable POST", bare: 0, count: 2000, prepare: posting },
];

type Json = Readonly<Record<string, unknown>>;

function pageOf(json: Json): readonly Json[] {
  return json["value"] as readonly Json[];
}

function isPage(json: Json): boolean {
  const moments = pageOf(json).map((row) => String(row["createdDateTime"]));
  return moments.length === pageRows && moments.every((moment, index) => index === 0 || moment <= moments[index - 1]!);
}

function isRare(json: Json): boolean {
  return pageOf(json).length === rareRows && pageOf(json).every((row) => JSON.stringify(row["controlScores"]).includes(rareControl));
}

function isOneOf(ids: readonly string[]): (json: Json) => boolean {
  return (json) => ids.includes(String(json["id"]));
}

function providerPages(): string[] {
  const page = (n: number): string =>
    `${collection}?$filter=${encodeURIComponent(`vendorInformation/provider eq 'Provider ${n}'`)}&$orderby=createdDateTime%20desc`;
  return Array.from({ length: providers }, (_, n) => page(n));
}

const rarePage = `${collection}?$filter=${encodeURIComponent(`controlScores/any(c:c/controlName eq '${rareControl}')`)}`;

/** What a hub contains, with all options within: a page in the default order, as a list gives it. */
function hasExpanded(json: Json): boolean {
  return isPage({ value: json["secureScores"] }) && String(json["secureScores@odata.nextLink"]).includes("secureScores?");
}

const membersPage = `${collection}?$select=createdDateTime,controlScores($filter=${encodeURIComponent(`startswith(controlName,'Control-')`)};$top=1;$select=controlName)`;

function hasMembers(json: Json): boolean {
  return isPage(json) && pageOf(json).every((row) => /^\[\{[^{}]*"controlName":"Control-\d+"\}\]$/.test(JSON.stringify(row["controlScores"])));
}

const computedPage = `${collection}?$compute=${encodeURIComponent("currentScore divby maxScore as share")}&$select=createdDateTime,currentScore,maxScore,share`;

function isComputed(json: Json): boolean {
  return isPage(json) && pageOf(json).every((row) => row["share"] === Number(row["currentScore"]) / Number(row["maxScore"]));
}

/** The page behind half of the rows: walked to in large pages. */
async function deepPage(target: Target): Promise<string> {
  const size = Math.min(1000, target.rows / 10);
  let at = collection;
  for (let passed = 0; passed < target.rows / 2; passed += size) {
    const { json } = await ask(target, at, { prefer: `odata.maxpagesize=${size}` });
    at = pathOf(String(json["@odata.nextLink"]));
  }
  return at;
}

function pathOf(url: string): string {
  return url.slice(url.indexOf("/", "http://".length));
}

interface Answer {
  readonly json: Json;
  readonly length: number;
}

/** One request, its answer as JSON. Throws unless it is 200. */
export async function ask({ port, token }: Pick<Target, "port" | "token">, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}`, "accept-encoding": "identity", ...headers } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`GET ${path} was answered ${response.status}: ${text.slice(0, 400)}`);
  return { json: JSON.parse(text) as Json, length: Buffer.byteLength(text) };
}

/** GET of these paths in turn. */
async function reading(target: Target, paths: readonly string[], isRight: (json: Json) => boolean): Promise<Prepared> {
  const lengths: number[] = [];
  for (const path of paths) {
    const { json, length } = await ask(target, path);
    if (!isRight(json)) throw new Error(`GET ${path} gave a wrong answer: ${JSON.stringify(json).slice(0, 400)}`);
    lengths.push(length);
  }
  // The test's own host name has a port, the load's has none: context URLs are shorter by that.
  const port = 2 * `:${target.port}`.length;
  const requests = paths.map((path) => requestBytes("GET", path, { authorization: `Bearer ${target.token}` }));
  return { request: (n) => requests[n % requests.length]!, expect: { status: 200, shortest: Math.min(...lengths) - port, longest: Math.max(...lengths) } };
}

/** Twenty rows by id, in one $batch. */
async function batching(target: Target): Promise<Prepared> {
  const { port, token, ids } = target;
  const bodyOf = (n: number): string =>
    JSON.stringify({
      requests: Array.from({ length: batched }, (_, k) => ({ id: String(k), method: "GET", url: `/security/secureScores/${ids[(n + k) % ids.length]}` })),
    });
  const response = await fetch(`http://127.0.0.1:${port}/v1.0/$batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: bodyOf(0),
  });
  const text = await response.text();
  const answers = (JSON.parse(text) as { responses: readonly { readonly status: number; readonly body: Json }[] }).responses;
  if (answers.length !== batched || answers.some(({ status, body }) => status !== 200 || !ids.includes(String(body["id"])))) {
    throw new Error(`$batch gave a wrong answer: ${text.slice(0, 400)}`);
  }
  const requests = Array.from({ length: 100 }, (_, n) => requestBytes("POST", "/v1.0/$batch", { authorization: `Bearer ${token}` }, bodyOf(n)));
  return { request: (n) => requests[n % requests.length]!, expect: { status: 200, shortest: text.length * 0.9, longest: text.length * 1.1 } };
}

const changes = 100;

/** What changed behind a link: a hundred rows of all that there are. */
async function following(target: Target): Promise<Prepared> {
  const { json } = await ask(target, `${collection}/delta?$deltatoken=latest`);
  const link = pathOf(String(json["@odata.deltaLink"]));
  for (const id of target.ids.slice(0, changes)) await amend(target, id);
  return reading(target, [link], (answer) => pageOf(answer).length === changes && answer["@odata.deltaLink"] !== undefined);
}

async function amend({ port, token }: Target, id: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(`http://127.0.0.1:${port}${collection}/${id}`, { method: "PATCH", headers, body: `{"activeUserCount":${Date.now() % 1000}}` });
  if (response.status !== 204) throw new Error(`PATCH of ${id} was answered ${response.status}: ${await response.text()}`);
}

/** POST of entities that are newer than any before. */
async function posting({ token }: Target): Promise<Prepared> {
  const requests = Array.from({ length: 100 }, (_, n) =>
    requestBytes("POST", collection, { authorization: `Bearer ${token}` }, entity(n).replace(momentOf(n), momentOf(-1 - n))),
  );
  return { request: (n) => requests[n % requests.length]!, expect: { status: 201, shortest: 900, longest: 1400 } };
}
