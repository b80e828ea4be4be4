import { CompactSign, calculateJwkThumbprint, compactVerify, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { isObject, textOf, type Json } from "../../base/json.ts";
import type { ChainPoint } from "../../store/audit/verifyChain.ts";
import type { StoreSystem } from "../../store/store.ts";
import { ConfigurationFault } from "../configuration.ts";

/** A point of a chain as a checkpoint says it. */
export interface CheckpointHub extends ChainPoint {
  /** When the record was made. */
  readonly at: string;
}

/** How far the trails had come at a moment. */
export interface Checkpoint {
  readonly made: string;
  readonly hubs: readonly CheckpointHub[];
}

/** Where the key of an installation is kept in its store. */
export const checkpointKeyName = "audit key";

const [algorithm, type] = ["EdDSA", "secgraph-audit-checkpoint"];

/** A new key, as JSON text with its private part. */
export async function newCheckpointKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(algorithm, { crv: "Ed25519", extractable: true });
  const jwk = await exportJWK(privateKey);
  return JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: "sig" });
}

/** The installation's key, which is made when it is first asked for. */
export async function keepCheckpointKey({ getValue, keepValue }: Pick<StoreSystem, "getValue" | "keepValue">): Promise<string> {
  return (await getValue(checkpointKeyName)) ?? (await keepValue(checkpointKeyName, await newCheckpointKey()));
}

/** What others need of a key to check what it signed. */
export function publicPart(key: string): string {
  const { d: _, ...rest } = JSON.parse(key) as JWK;
  return JSON.stringify(rest);
}

/** Signs a checkpoint: a JWS (RFC 7515) in compact form, Ed25519. */
export async function signCheckpoint(checkpoint: Checkpoint, key: string): Promise<string> {
  const jwk = JSON.parse(key) as JWK;
  const payload = new TextEncoder().encode(JSON.stringify(checkpoint));
  return new CompactSign(payload).setProtectedHeader({ alg: algorithm, typ: type, kid: jwk.kid! }).sign(await importJWK(jwk, algorithm));
}

/** Checks the signature of a checkpoint and reads it. Throws a ConfigurationFault for what this key did not sign. */
export async function readCheckpoint(jws: string, publicKey: string): Promise<Checkpoint> {
  try {
    if (decodeProtectedHeader(jws).typ !== type) throw new Error("it is no checkpoint");
    const { payload } = await compactVerify(jws, await importJWK(JSON.parse(publicKey) as JWK, algorithm), { algorithms: [algorithm] });
    const value = JSON.parse(new TextDecoder().decode(payload)) as Json;
    if (!isObject(value) || !Array.isArray(value["hubs"])) throw new Error("it holds no points");
    return { made: textOf(value["made"]), hubs: value["hubs"] as unknown as CheckpointHub[] };
  } catch (error) {
    throw new ConfigurationFault(`The checkpoint was not signed by this key, or was changed: ${(error as Error).message}.`);
  }
}
