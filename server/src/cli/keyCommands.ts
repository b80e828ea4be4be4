import type { Command } from "commander";
import type { SigningKey } from "../issuer/issuerStore.ts";
import { keyRing, rotated, startOf } from "../issuer/keyRing.ts";
import { createSigningKey } from "../issuer/signingKey.ts";
import type { IssuerStore } from "../issuer/issuerStore.ts";
import { ConfigurationFault, readLocalConfiguration, storageFlags } from "./configuration.ts";
import type { StorageFlags } from "./configuration.ts";
import { withSettings } from "./flags.ts";
import { openIssuerMemory } from "./issuerMemory.ts";

type Flags = StorageFlags & { readonly atOnce?: true };

/** Adds `key list|rotate|reseal`: the keys with which the built-in issuer signs, whose changes a running server sees at once; and the one that seals credentials. */
export function addKeyCommands(program: Command): void {
  const key = program.command("key").description("Manages the keys with which the built-in issuer signs tokens, and that which credentials are sealed with.");
  withSettings(key.command("list"), ["data", "databaseUrl"]).description("Lists the keys, newest first.").action(listKeys);
  withSettings(key.command("rotate"), ["data", "databaseUrl"])
    .description("Makes a new key. It is published now and signs two hours later; the one before is believed until its tokens have ended.")
    .option("--at-once", "the new key signs now and all others end: for a key that somebody else has seen. Every token ends, within a second on every server")
    .action(rotateKey);
  withSettings(key.command("reseal"), ["data", "databaseUrl"])
    .description(
      "Seals the credentials of all connectors with a new key: one that is made in the data folder, whose server must not run, or the first of SECGRAPH_SECRETS_KEY.",
    )
    .action(reseal);
}

async function listKeys(flags: Flags): Promise<void> {
  const now = Date.now();
  const { signing, published } = keyRing(await (await storeOf(flags)).signingKeys(), now);
  for (const one of published) {
    const state = one === signing ? "signs" : startOf(one) > now ? `signs from ${one.signsFrom}` : "signed before";
    console.log(`${one.kid}  made ${one.created}  ${state}`);
  }
}

async function rotateKey({ atOnce = false, ...flags }: Omit<Flags, "atOnce"> & { readonly atOnce?: boolean }): Promise<void> {
  const store = await storeOf(flags);
  await store.signingKeys();
  const fresh = await createSigningKey();
  const now = Date.now();
  const keys = await store.changeSigningKeys((known) => {
    const next = known.find((one) => startOf(one) > now);
    if (next !== undefined && !atOnce) throw new ConfigurationFault(`The next key is there already; it signs from ${next.signsFrom}.`);
    return rotated(known, fresh, now, atOnce);
  });
  console.log(told(keys[0]!, atOnce));
}

async function reseal(flags: StorageFlags): Promise<void> {
  const { localConfiguration } = await import("./connectors/openDesk.ts");
  const { resealAll } = await import("./connectors/reseal.ts");
  const { key: name, sealed, lost } = await resealAll(localConfiguration(flags));
  console.log(`The credentials of ${sealed} connectors are sealed with the key ${name}.`);
  if (lost.length === 0) return;
  throw new ConfigurationFault(`No key opens the credentials of ${lost.join(", ")}: set them anew, or bring their key back (secrets.key of a backup).`);
}

function told({ kid, signsFrom }: SigningKey, atOnce: boolean): string {
  if (!atOnce) return `Key ${kid} is published and signs from ${signsFrom}.`;
  return `Key ${kid} signs from now on, and no other is believed: every token of before ends within a second.`;
}

async function storeOf(flags: StorageFlags): Promise<IssuerStore> {
  return (await openIssuerMemory(readLocalConfiguration(storageFlags(flags)))).store;
}
