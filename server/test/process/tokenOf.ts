import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exchange, type Peer } from "./exchange.ts";

/** A token of the development client of a data folder, for the tenant of the demo hub unless another is named. */
export async function tokenOf(peer: Peer, data: string, tenant = "demo.localtest"): Promise<string> {
  const { clientId, clientSecret } = JSON.parse(readFileSync(join(data, "development.json"), "utf8")) as Readonly<Record<string, string>>;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId!,
    client_secret: clientSecret!,
    scope: "http://hub.example/.default",
  }).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const answer = await exchange(peer, { method: "POST", path: `/${tenant}/oauth2/v2.0/token`, headers, body });
  if (answer?.status !== 200) throw new Error(`No token: ${answer?.status} ${answer?.text}`);
  return (JSON.parse(answer.text!) as { readonly access_token: string }).access_token;
}
