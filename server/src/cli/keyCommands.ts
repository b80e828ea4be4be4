import type { Command } from "commander";
import type { SigningKey } from "../issuer/issuerStore.ts";
import { keyRing, rotated, startOf } from "../issuer/keyRing.ts";
import { createSigningKey } from "../issuer/signingKey.ts";
import { ConfigurationFault, readLocalConfiguration } from "./configuration.ts";
import { withSettings } from "./flags.ts";
import { openIssuerStore } from "./identity.ts";

type Flags = Readonly<Record<string, string>> & { readonly atOnce?: true };

/** Adds `key list|rotate`: the keys with which the built-in issuer signs. A running server sees changes at once. */
export function addKeyCommands(program: Command): void {
  const key = program.command("key").description("Manages the keys with which the built-in issuer signs tokens.");
  withSettings(key.command("list"), ["data"]).description("Lists the keys, newest first.").action(listKeys);
  withSettings(key.command("rotate"), ["data"])
    .description("Makes a new key. It is published now and signs two hours later; the one before is believed until its tokens have ended.")
    .option("--at-once", "the new key signs now and all others end: for a key that somebody else has seen. Every token ends, within a second on every server")
    .action(rotateKey);
}

async function listKeys({ data }: Flags): Promise<void> {
  const now = Date.now();
  const { signing, published } = keyRing(await storeOf(data).signingKeys(), now);
  for (const one of published) {
    const state = one === signing ? "signs" : startOf(one) > now ? `signs from ${one.signsFrom}` : "signed before";
    console.log(`${one.kid}  made ${one.created}  ${state}`);
  }
}

async function rotateKey({ data, atOnce = false }: Omit<Flags, "atOnce"> & { readonly atOnce?: boolean }): Promise<void> {
  const store = storeOf(data);
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

function told({ kid, signsFrom }: SigningKey, atOnce: boolean): string {
  if (!atOnce) return `Key ${kid} is published and signs from ${signsFrom}.`;
  return `Key ${kid} signs from now on, and no other is believed: every token of before ends within a second.`;
}

function storeOf(data: string | undefined): ReturnType<typeof openIssuerStore> {
  return openIssuerStore(readLocalConfiguration(data === undefined ? {} : { data }).data);
}
