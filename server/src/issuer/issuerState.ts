import type { IssuerState, IssuerStore } from "./issuerStore.ts";

/** Puts into a store what another one remembered: tokens, secrets and passwords of before go on working. */
export async function putIssuerState(store: IssuerStore, { keys, apps, people, families }: IssuerState): Promise<void> {
  if (keys.length > 0) await store.changeSigningKeys(() => keys);
  for (const app of apps) await store.putApp(app);
  for (const person of people) await store.changePerson(person.id, () => person);
  for (const family of families) await store.changeRefreshFamily(family.id, () => family);
}

/** How much there is of each, to be shown and compared. */
export function countsOf({ keys, apps, people, families }: IssuerState): Readonly<Record<string, number>> {
  return { "signing keys": keys.length, applications: apps.length, people: people.length, "refresh tokens": families.length };
}
