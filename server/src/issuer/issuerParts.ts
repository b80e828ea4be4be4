import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { createMemoryRecords } from "../base/memoryRecords.ts";
import { createSeal } from "../base/sealed.ts";
import type { Seal } from "../base/sealed.ts";
import { steadyClock } from "../base/steadyClock.ts";
import { createAuthorizationCodes } from "./authorizationCodes.ts";
import type { AuthorizationCodes } from "./authorizationCodes.ts";
import type { ClientCheck } from "./authenticateClient.ts";
import { createDeviceCodes } from "./deviceCodes.ts";
import type { DeviceCodes } from "./deviceCodes.ts";
import type { TenantSegment } from "./discovery.ts";
import type { IssuerSettings } from "./issuerSettings.ts";
import { createRefreshTokens } from "./refreshTokens.ts";
import type { RefreshTokens } from "./refreshTokens.ts";
import { createSecretChecker } from "./secretChecker.ts";
import { createSessions } from "./sessions.ts";
import type { Sessions } from "./sessions.ts";
import { createSignIn } from "./signIn.ts";
import { createSignInGuard } from "./signInGuard.ts";
import type { SignInGuard } from "./signInGuard.ts";

/** What the endpoints share. */
export interface IssuerParts {
  readonly settings: IssuerSettings;
  /** Milliseconds. */
  readonly clock: () => number;
  /** The same, but never set anew. */
  readonly steady: () => number;
  readonly checkSecret: ClientCheck["check"];
  readonly signIn: ReturnType<typeof createSignIn>;
  /** Slows down the guessing of user codes. */
  readonly userCodeGuard: SignInGuard;
  readonly sessions: Sessions;
  readonly codes: AuthorizationCodes;
  readonly devices: DeviceCodes;
  readonly refresh: RefreshTokens;
  /** Seals what a page hands to its next step, bound to the browser's cookie. */
  readonly seal: Seal;
}

/** A request to an endpoint of a tenant. */
export interface Visit {
  readonly http: HttpRequest;
  readonly tenant: TenantSegment;
  /** v1 names a `resource`, v2 a `scope`. */
  readonly version: "1.0" | "2.0";
}

/** Answers a visit. */
export type Endpoint = (visit: Visit, parts: IssuerParts) => HttpResponse | Promise<HttpResponse>;

/** Makes what the endpoints share. */
export function createIssuerParts(settings: IssuerSettings): IssuerParts {
  const clock = settings.clock ?? Date.now;
  const { store, onLocked, steady = settings.clock ?? steadyClock } = settings;
  const { records = createMemoryRecords(steady) } = settings;
  const guard = (name: string): SignInGuard => createSignInGuard({ records, clock: steady, name, ...(onLocked === undefined ? {} : { onLocked }) });
  return {
    settings,
    clock,
    steady,
    checkSecret: createSecretChecker(clock),
    signIn: createSignIn(store, guard("sign-in")),
    userCodeGuard: guard("user code"),
    sessions: createSessions(records),
    codes: createAuthorizationCodes(records),
    devices: createDeviceCodes(records, steady),
    refresh: createRefreshTokens(store, clock),
    seal: createSeal(settings.pageSecret ?? randomBytes(32), "issuer pages"),
  };
}

/**
 * Where a browser is. A proxy on this machine is asked whom it speaks for; others are taken at their own address. Of IPv6 it
 * is the network (RFC 6177): who has one address there has 2^64.
 */
export function addressOf({ address = "unknown", headers }: HttpRequest): string {
  const forwarded = headers["x-forwarded-for"]?.split(",").at(-1)?.trim();
  const isProxied = /^(?:127\.|::1$|::ffff:127\.)/.test(address) && forwarded !== undefined && forwarded !== "";
  return networkOf(isProxied ? forwarded.slice(0, 64) : address);
}

function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!isIPv6(plain)) return plain;
  const [head = "", tail = ""] = plain.split("%")[0]!.split("::");
  const [first, last] = [head, tail].map((part) => (part === "" ? [] : part.split(":")));
  const whole = plain.includes("::") ? [...first!, ...Array.from({ length: 8 - first!.length - last!.length }, () => "0"), ...last!] : first!;
  return `${whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
