import type { Model, Place } from "../../src/edm/model.ts";
import { system } from "../../src/edm/systemPermission.ts";
import { audience, authenticator, issuerName, keys, now, sign, trusted } from "../auth/testIssuer.ts";

/** Who asks, with a real token or none, and how far such a caller should get. */
export interface Asker {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** 401 or 403 whatever is asked; undefined for who is let in. */
  readonly refused?: 401 | 403;
  readonly tenant: string;
  readonly appId: string;
  readonly permissions: ReadonlySet<string>;
}

export const tenants = {
  owner: "aaaaaaaa-1111-4111-8111-111111111111",
  other: "bbbbbbbb-2222-4222-8222-222222222222",
  manager: "cccccccc-3333-4333-8333-333333333333",
  operator: "dddddddd-4444-4444-8444-444444444444",
  consumer: "9188040d-6c67-4c5b-b112-36a304b66dad",
} as const;

const multiTenant = issuerName.replace(/[\da-f-]{36}/, "{tenantid}");

/** The real authenticator, for tokens of any of these tenants. */
export const authenticateForReal = authenticator({}, trusted({ issuers: () => [multiTenant], tenants: new Set(Object.values(tenants)) }));

/** Milliseconds at which the tokens are good. */
export const moment = (): number => now * 1000;

interface Wanted {
  readonly tenant: string;
  readonly permissions: readonly string[];
  readonly user?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly refused?: 401 | 403;
}

/** A caller whose token says this. */
export async function asker(name: string, { tenant, permissions, user, claims, refused }: Wanted): Promise<Asker> {
  const rights = user === undefined ? { roles: permissions } : { scp: permissions.join(" "), upn: user };
  const appId = `app of ${tenant.slice(0, 4)}`;
  const token = await sign({ iss: multiTenant.replace("{tenantid}", tenant), tid: tenant, azp: appId, roles: undefined, ...rights, ...claims });
  return {
    name,
    headers: { authorization: `Bearer ${token}` },
    tenant,
    appId,
    permissions: new Set(permissions),
    ...(refused === undefined ? {} : { refused }),
  };
}

/** Every permission of a token that the model names, and the importer's. */
export function allPermissions(model: Model): string[] {
  const named = model.places.flatMap(({ permissions }) => [...permissions.read, ...permissions.write]);
  return [...new Set([...named.filter((one) => one !== system), "SecurityData.Import"])];
}

/** Callers that get nowhere, whatever is asked: each with what it is told. */
export async function strangers(model: Model): Promise<Asker[]> {
  const permissions = allPermissions(model);
  const of = (tenant: string) => ({ tenant, permissions });
  const whole = await asker("", of(tenants.owner));
  const nobody = { tenant: "", appId: "", permissions: new Set<string>(), refused: 401 } as const;
  const foreignKey = await sign(
    { iss: multiTenant.replace("{tenantid}", tenants.owner), tid: tenants.owner, roles: permissions },
    {},
    keys["other"]!.privateKey,
  );
  return [
    { ...nobody, name: "nobody", headers: {} },
    { ...nobody, name: "another scheme", headers: { authorization: "Basic b3duZXI6b3duZXI=" } },
    { ...nobody, name: "a token of another key", headers: { authorization: `Bearer ${foreignKey}` } },
    { ...nobody, name: "a token cut short", headers: { authorization: whole.headers["authorization"]!.slice(0, -4) } },
    await asker("another audience", { ...of(tenants.owner), claims: { aud: `${audience}.evil` }, refused: 401 }),
    await asker("an old token", { ...of(tenants.owner), claims: { exp: now - 301 }, refused: 401 }),
    await asker("another issuer", { ...of(tenants.owner), claims: { iss: "https://evil.example/" }, refused: 401 }),
    await asker("a tenant that is not let in", { ...of("eeeeeeee-5555-4555-8555-555555555555"), refused: 401 }),
    await asker("a personal account", { ...of(tenants.consumer), refused: 403 }),
  ];
}

/** What a caller's permissions give at a place, read from the table of permissions alone. */
export function rightOf({ permissions: held }: Asker, { permissions }: Place, access: "read" | "write"): "none" | "own" | "all" {
  const good = permissions[access].filter((one) => held.has(one));
  if (good.length === 0) return "none";
  return good.every((one) => permissions.own?.includes(one) === true) ? "own" : "all";
}
