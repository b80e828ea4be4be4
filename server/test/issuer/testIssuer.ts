import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { HttpResponse } from "../../src/base/http.ts";
import { hashClientSecret } from "../../src/issuer/clientSecret.ts";
import { createFileIssuerStore } from "../../src/issuer/fileIssuerStore.ts";
import { createIssuer } from "../../src/issuer/issuer.ts";
import type { Issuer } from "../../src/issuer/issuer.ts";
import type { IssuerSettings } from "../../src/issuer/issuerSettings.ts";
import type { AppRegistration, IssuerStore } from "../../src/issuer/issuerStore.ts";

export const base = "https://localhost:7443";
export const tenant = "0d6f2f2a-7a42-4ee1-9b0c-7f4a51f9c001";
export const secret = "s3cret~value";

export const app: AppRegistration = {
  clientId: "client-1",
  displayName: "Client",
  tenant,
  roles: ["SecurityEvents.Read.All", "SecurityActions.Read.All"],
  secretHashes: [await hashClientSecret(secret)],
};

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-issuer-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An issuer over a fresh folder that knows one application. */
export async function startIssuer(more: Partial<IssuerSettings> = {}): Promise<{ readonly issuer: Issuer; readonly store: IssuerStore }> {
  const store = createFileIssuerStore(temporaryFolder());
  await store.putApp(app);
  const addresses = {
    issuerBases: () => [base, "https://127.0.0.1:7443"],
    issuerBaseFor: (baseUrl: string) => (baseUrl.startsWith("https:") ? baseUrl : base),
    audiences: () => [base, "https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"],
  };
  return { issuer: createIssuer({ store, addresses, tenants: "*", ...more }), store };
}

export interface Answer {
  readonly status: number;
  readonly headers: HttpResponse["headers"];
  readonly json: Readonly<Record<string, unknown>>;
}

export async function get(issuer: Issuer, target: string, baseUrl = base): Promise<Answer> {
  return readAnswer(await issuer.answer({ method: "GET", target, headers: {}, baseUrl }));
}

/** A form post as MSAL sends it. */
export async function post(issuer: Issuer, target: string, form: Record<string, string> | string, headers: Record<string, string> = {}): Promise<Answer> {
  const body = Buffer.from(typeof form === "string" ? form : new URLSearchParams(form).toString());
  const type = { "content-type": "application/x-www-form-urlencoded;charset=utf-8" };
  return readAnswer(await issuer.answer({ method: "POST", target, headers: { ...type, ...headers }, body, baseUrl: base }));
}

function readAnswer({ status, headers, body }: HttpResponse): Answer {
  return { status, headers, json: JSON.parse(body as string) as Answer["json"] };
}
