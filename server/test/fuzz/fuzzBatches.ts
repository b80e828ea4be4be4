import { isObject, type Json } from "../../src/base/json.ts";
import { Batches, type BatchCase } from "./batches.ts";
import { campaign } from "./campaign.ts";
import { curl, smallerRequests } from "./curl.ts";
import { diceOf } from "./dice.ts";
import type { FuzzResult, FuzzSettings } from "./fuzzUrls.ts";
import { Mutations } from "./mutate.ts";
import { faultOf, type Answered } from "./oracle.ts";
import { Requests } from "./requests.ts";
import { openStation } from "./station.ts";

/** Sends batches: each is refused as a whole or has one good answer for each of its requests. */
export async function fuzzBatches({ seed, count }: FuzzSettings): Promise<FuzzResult> {
  const station = await openStation(10);
  const dice = diceOf(seed);
  const mutations = new Mutations(dice, station.model);
  const batches = new Batches(dice, new Requests(dice, station), mutations);
  const statuses = new Map<number, number>();
  const check = async (one: BatchCase): Promise<string | undefined> => {
    try {
      const answer = await station.send(one.request, false);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      return faultOf(one.request, answer) ?? (answer.status === 200 ? faultOfItems(one, answer) : undefined);
    } catch (error) {
      return `thrown: ${String(error)}`;
    }
  };
  function* smaller({ request }: BatchCase): Generator<BatchCase> {
    for (const less of smallerRequests(request)) if (less.target === request.target) yield { request: { ...less, headers: request.headers }, items: undefined };
  }
  try {
    const between = { every: 500, run: station.lookAfter };
    const result = await campaign<BatchCase>({
      name: "batches",
      seed,
      count,
      next: () => batches.next(),
      check,
      smaller,
      print: ({ request }) => curl(request),
      between,
    });
    return { ...result, statuses };
  } finally {
    await station.close();
  }
}

function faultOfItems(one: BatchCase, answer: Answered): string | undefined {
  const type = answer.headers["Content-Type"] ?? "";
  return type.startsWith("multipart/") ? faultOfParts(one, answer) : faultOfResponses(one, answer);
}

function faultOfResponses({ request, items }: BatchCase, { text }: Answered): string | undefined {
  const { responses } = JSON.parse(text) as { readonly responses: readonly Json[] };
  if (items !== undefined && responses.length !== items.length) return `${responses.length} answers to ${items.length} requests`;
  for (const one of responses) {
    if (!isObject(one) || typeof one["status"] !== "number") return `no answer: ${JSON.stringify(one)}`;
    const { status, headers, body } = one;
    const said: Answered = { status, headers: headers as unknown as Record<string, string>, text: body === undefined ? "" : JSON.stringify(body) };
    const fault = faultOf({ ...request, method: body === undefined ? "HEAD" : "GET" }, said);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Every part is an answer, and no line of a client's own stands where a header may. */
function faultOfParts({ request }: BatchCase, { text, headers }: Answered): string | undefined {
  const boundary = /boundary=(\S+)/.exec(headers["Content-Type"] ?? "")?.[1] ?? "none";
  if (!text.startsWith(`--${boundary}\r\n`) || !text.endsWith(`--${boundary}--\r\n`)) return "the parts are not framed";
  for (const [, head, body] of text.matchAll(/HTTP\/1\.1 (\d{3} [^]*?)\r\n\r\n([^]*?)\r\n(?=--(?:batch|changeset)response_)/g)) {
    const status = Number(head!.slice(0, 3));
    const fields = Object.fromEntries(
      head!
        .split("\r\n")
        .slice(1)
        .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
    const fault = faultOf({ ...request, method: body === "" ? "HEAD" : "GET" }, { status, headers: fields, text: body! });
    if (fault !== undefined) return fault;
  }
  return undefined;
}
