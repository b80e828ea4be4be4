import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { permit, type Gate } from "../auth/permit.ts";
import type { Caller } from "../auth/caller.ts";
import { problem } from "../base/errors.ts";
import type { HttpRequest } from "../base/http.ts";
import { parseJson, parseStored } from "../base/parseJson.ts";
import type { Secrets } from "../base/secrets.ts";
import { inboundContext, inboundSecretOf } from "../edm/inboundSecret.ts";
import type { Place } from "../edm/model.ts";
import { system } from "../edm/systemPermission.ts";
import type { Plan } from "../plan/plan.ts";
import type { StoreReads } from "../store/store.ts";

/** What takes messages from outside. */
export interface InboundParts {
  /** All places of the model. */
  readonly places: readonly Place[];
  readonly gate: Gate;
  readonly store: Pick<StoreReads, "get">;
  /** Opens what the rows keep sealed; without it nothing can be proven, and every message is refused. */
  readonly secrets: Secrets | undefined;
  /** What a path below a root means. */
  readonly planPath: (path: string) => { readonly plan: Plan };
  readonly tenantOf: (hub: string) => Promise<string | undefined>;
}

/** The request that a message stands for, and whose it is. */
export interface InboundRequest {
  readonly http: HttpRequest;
  readonly caller: Caller;
}

/** The door of messages. */
export interface Inbound {
  /** Reads a message; undefined for a request that is none. Rejects with 401 for what proves nothing, whatever is there or not. */
  readonly receive: (http: HttpRequest, target: InboundTarget) => Promise<InboundRequest> | undefined;
  /** Whether the body of a request is to be read, seen by its head: it is for an address that is there, and proven, or signed. */
  readonly admits: (http: HttpRequest, target: InboundTarget) => Promise<boolean>;
}

interface InboundTarget {
  readonly root: string;
  readonly path: string;
}

const address = /^\/securities\/([^/]+)\/([^/]+)\/([^/]+)\/inbound\/?$/i;

/**
 * Makes the door of messages: `POST /{root}/securities/{hub}/{set}/{id}/inbound`, for sets that the model marks so. A message is proven by the secret
 * of its row: as an HMAC-SHA256 of its bytes (`X-Hub-Signature-256` or `X-Hub-Signature`, `sha256=` and hexadecimal digits), or sent itself (`Authorization: Bearer`, or
 * as the password of `Basic`).
 */
export function createInbound(parts: InboundParts): Inbound {
  const doors = new Map(parts.places.filter(({ definition }) => definition.inbound !== undefined).map((place) => [place.name.toLowerCase(), place]));
  const messageOf = (http: HttpRequest, { root, path }: InboundTarget): Message | undefined => {
    if (http.method !== "POST" || doors.size === 0) return undefined;
    const [, hub, set, id] = address.exec(path) ?? [];
    const place = set === undefined ? undefined : doors.get(set.toLowerCase());
    return place === undefined ? undefined : { http, root, place, hub: plain(hub!), id: plain(id!) };
  };
  return {
    receive(http, target) {
      const message = messageOf(http, target);
      return message === undefined ? undefined : receive(message, parts);
    },
    async admits(http, target) {
      const message = messageOf(http, target);
      if (message === undefined) return false;
      const { secret } = await known(message, parts);
      return secret !== undefined && (signatureOf(http) !== undefined || isTold(http, secret));
    },
  };
}

interface Message {
  readonly http: HttpRequest;
  readonly root: string;
  readonly place: Place;
  readonly hub: string;
  readonly id: string;
}

/** Who calls for a row, and its secret where there is one. */
async function known(message: Message, parts: InboundParts): Promise<{ readonly caller: Caller; readonly secret: string | undefined }> {
  const { hub, id } = message;
  const tenant = await parts.tenantOf(hub);
  const caller: Caller = { tenant: tenant ?? "", appId: id, user: null, kind: "application", permissions: new Set([system]), expires: Number.MAX_SAFE_INTEGER };
  return { caller, secret: tenant === undefined ? undefined : await secretOf(message, caller, parts) };
}

async function receive(message: Message, parts: InboundParts): Promise<InboundRequest> {
  const { http, root, place, hub, id } = message;
  const { caller, secret } = await known(message, parts);
  if (secret === undefined || !isProven(http, secret)) throw problem("badToken", { what: "The message is not proven by the secret of this address." });
  const { action, parameter } = place.definition.inbound!;
  const row = `/securities/${encodeURIComponent(hub)}/${place.name}/${encodeURIComponent(id)}`;
  const body = Buffer.concat([Buffer.from(`{${JSON.stringify(parameter)}:`), jsonOf(http.body), Buffer.from("}")]);
  const { authorization: _, "content-length": __, ...headers } = http.headers;
  const asked = { ...http, target: `/${root}${row}/${action}`, headers: { ...headers, "content-type": "application/json" }, body };
  return { http: asked, caller };
}

/** The bytes, when they are one JSON value: what they become part of is what was meant. */
function jsonOf(body: Uint8Array | undefined): Uint8Array {
  if (body === undefined || body.length === 0) throw problem("malformedJson", { detail: "Expected the message as a JSON object." });
  parseJson(body);
  return body;
}

async function secretOf({ place, hub, id }: Message, caller: Caller, { gate, store, secrets, planPath }: InboundParts): Promise<string | undefined> {
  const { plan } = planPath(`securities/${encodeURIComponent(hub)}/${place.name}/${encodeURIComponent(id)}`);
  if (plan.kind !== "get") return undefined;
  const row = await store.get(await permit(plan, caller, gate));
  const sealed = row === undefined ? "" : inboundSecretOf(parseStored(row.body));
  return sealed === "" ? undefined : secrets?.open(sealed, inboundContext(hub, id));
}

function signatureOf({ headers }: HttpRequest): string | undefined {
  return headers["x-hub-signature-256"] ?? headers["x-hub-signature"];
}

function isProven(http: HttpRequest, secret: string): boolean {
  const signature = signatureOf(http);
  if (signature === undefined) return isTold(http, secret);
  const expected = createHmac("sha256", secret)
    .update(http.body ?? new Uint8Array())
    .digest("hex");
  return isSame(signature.toLowerCase(), `sha256=${expected}`);
}

/** The secret itself stands in the head. */
function isTold({ headers }: HttpRequest, secret: string): boolean {
  const [, scheme = "", value = ""] = /^(Bearer|Basic) +(.+)$/i.exec(headers["authorization"] ?? "") ?? [];
  if (scheme === "") return false;
  const told = scheme.toLowerCase() === "bearer" ? value.trim() : Buffer.from(value, "base64").toString().split(":").slice(1).join(":");
  return isSame(told, secret);
}

/** Takes as long for what is nearly right as for what is not. */
function isSame(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

function plain(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
