import { problem } from "../base/errors.ts";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { handle, type App, type Outer } from "../handle.ts";

const suffix = /\/(?:\$|%24)each\/*$/i;

/** Ends the unit of work: a member was refused, so none is changed. */
class MemberRefused extends Error {
  readonly response: HttpResponse;

  constructor(response: HttpResponse) {
    super("A member was refused.");
    this.response = response;
  }
}

/**
 * PATCH and DELETE of `{collection}/$each` (OData 4.01 URL Conventions 4.12, Protocol 11.4.12 and 11.4.13): the same request to each member, also of a filtered
 * collection, in one unit of work: all members are changed, or the answer is that of the first that was refused. 204, or 200 with the members where
 * `Prefer: return=representation` asks for them. Throws 405, and 400 for more members than a page may have.
 */
export async function answerEach(app: App, outer: Outer, version: string): Promise<HttpResponse> {
  const { method } = outer.http;
  if (method !== "PATCH" && method !== "DELETE") throw problem("methodNotAllowed", { allowed: "DELETE, PATCH" }, { headers: { Allow: "DELETE, PATCH" } });
  try {
    return await app.together(async (within) => {
      const { members, type } = await membersOf(within, outer);
      const answers: HttpResponse[] = [];
      for (const member of members) answers.push(await refuseOrGive(within, outer, { ...outer.http, target: member }));
      return answered(answers, outer, { version, type });
    });
  } catch (error) {
    if (error instanceof MemberRefused) return error.response;
    throw error;
  }
}

function rootOf({ root }: Outer["target"]): string {
  return root === "" ? "" : `/${root}`;
}

/** Also in escapes; what cannot be decoded is refused where it is read. */
function isOfAll(path: string): boolean {
  const [, first = ""] = path.split(/\/+/, 2);
  return (
    /^(?:\$|%24)/.test(first) && /^\$all$/i.test(first.replaceAll(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))))
  );
}

/** The members' targets, as their references name them. */
async function membersOf(app: App, outer: Outer): Promise<{ readonly members: readonly string[]; readonly type: string }> {
  const { http, target } = outer;
  const most = app.budgets.maxPageSize;
  if (isOfAll(target.path)) throw problem("notImplemented", { what: "$each behind $all is not implemented: change the sets one by one." }, { target: "$each" });
  const query = target.query === "" ? "" : `?${target.query}`;
  const asked: HttpRequest = {
    method: "GET",
    target: `${rootOf(target)}${target.path.replace(suffix, "/$ref")}${query}`,
    headers: {
      ...http.headers,
      accept: "application/json",
      prefer: `odata.maxpagesize=${most}`,
      "content-type": undefined,
      "if-match": undefined,
      "odata-maxversion": "4.0",
    },
    baseUrl: http.baseUrl,
  };
  const { body, headers } = await refuseOrGive(app, outer, asked);
  const page = JSON.parse(textOf(body)) as { readonly value?: readonly { readonly "@odata.id": string }[]; readonly "@odata.nextLink"?: string };
  if (page.value === undefined) throw problem("badRequest", { what: "path: '$each' needs a collection in front of it." }, { target: "$each" });
  if (page["@odata.nextLink"] !== undefined) {
    throw problem("badRequest", { what: `$each: there are more than ${most} members; narrow them by $filter(...) or $top, and repeat.` }, { target: "$each" });
  }
  return { members: page.value.map((one) => one["@odata.id"].slice(http.baseUrl.length)), type: headers["Content-Type"] ?? "" };
}

async function refuseOrGive(app: App, { caller }: Outer, request: HttpRequest): Promise<HttpResponse> {
  const { status, headers, body, refusal } = await handle(app, request, caller);
  const response = { status, headers, body, ...(refusal === undefined ? {} : { refusal }) };
  if (status >= 400) throw new MemberRefused(response);
  return response;
}

function answered(
  answers: readonly HttpResponse[],
  { http, target }: Outer,
  { version, type }: { readonly version: string; readonly type: string },
): HttpResponse {
  const isAsked = /(?:^|[,\s])return=representation/i.test(http.headers["prefer"] ?? "");
  if (http.method === "DELETE" || !isAsked) return { status: 204, headers: {} };
  const entities = answers.map(({ body }) => textOf(body));
  const first = context.exec(entities[0] ?? "")?.[2];
  const name = version === "4.01" ? "@context" : "@odata.context";
  const whole = first?.replace(/\/\$entity$/, "") ?? `${http.baseUrl}${rootOf(target)}/$metadata`;
  const body = `{${JSON.stringify(name)}:${JSON.stringify(whole)},"value":[${entities.map((text) => text.replace(context, "{")).join(",")}]}`;
  const shown = answers[0]?.headers["Content-Type"] ?? (version === "4.01" ? type.replaceAll("odata.", "") : type);
  return { status: 200, headers: { "Content-Type": shown, "Preference-Applied": "return=representation" }, body };
}

/** The context of an entity that stands alone, which says it first. */
const context = /^\{"@(odata\.)?context":"([^"\\]*)",?/;

function textOf(body: HttpResponse["body"]): string {
  return body === undefined ? "" : typeof body === "string" ? body : Buffer.from(body).toString();
}
