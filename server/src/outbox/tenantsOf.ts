import type { Store } from "../store/store.ts";

/** Milliseconds for which it is known who reaches which hub: at the start all of them are asked for. */
const known = 1_000;

/** Finds a tenant that reaches a hub: its own where there is one. Who is `patient` believes for a while that a hub is not there. */
export function tenantsOf({ system }: Store, steady: () => number, kind: "eager" | "patient" = "eager"): (hub: string) => Promise<string | undefined> {
  let [asked, answer] = [-Infinity, Promise.resolve(new Map<string, string>())];
  return async (hub) => {
    // One that is not among them may be new.
    if (steady() - asked > known || (kind === "eager" && !(await answer).has(hub))) [asked, answer] = [steady(), tenantsByHub(system)];
    return (await answer).get(hub);
  };
}

async function tenantsByHub(system: Store["system"]): Promise<Map<string, string>> {
  const grants = await system.grants();
  return new Map(
    [...grants.filter(({ role }) => role !== "home").toReversed(), ...grants.filter(({ role }) => role === "home")].map(({ hub, tenant }) => [hub, tenant]),
  );
}
