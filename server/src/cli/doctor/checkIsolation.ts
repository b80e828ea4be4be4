import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createService } from "../../app.ts";
import type { Caller } from "../../auth/caller.ts";
import { defaultBudgets } from "../../base/limits.ts";
import { createModel } from "../../edm/createModel.ts";
import { securityGraph } from "../../graph/securityGraph.ts";
import { handle } from "../../handle.ts";
import type { App } from "../../handle.ts";
import { openSqliteStore } from "../../store/sqlite/openSqliteStore.ts";
import { allPermissions } from "../identity.ts";
import { fail, ok } from "./finding.ts";
import type { Finding } from "./finding.ts";

type Send = (method: string, target: string, body?: object) => Promise<{ readonly status: number; readonly text: string }>;

/** Two tenants in a store of their own, thrown away after: neither finds what the other wrote, by any way of asking. */
export async function checkIsolation(): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-doctor-"));
  const store = await openSqliteStore({ file: join(folder, "isolation.sqlite"), model: createModel(securityGraph) });
  try {
    const settings = { model: createModel(securityGraph), store, authenticate: noToken, budgets: defaultBudgets, placeholders: [], faithful: [] };
    const { app } = await createService(settings);
    const [one, other] = [senderOf(app, "1"), senderOf(app, "2")];
    const leaks = [...(await leaksBetween(one, other)), ...(await leaksBetween(other, one))];
    if (leaks.length === 0) return [ok("isolation", "Two tenants in a temporary store do not see, find or change what is the other's.")];
    return [fail("isolation", `A tenant reached another's rows by ${leaks.join(", ")}.`, "Stop the server and report this: it is a fault of the program.")];
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The ways by which a row of the owner was reached by the stranger. */
async function leaksBetween(owner: Send, stranger: Send): Promise<readonly string[]> {
  const scores = "/v1.0/security/secureScores";
  const mark = `isolation${Math.random().toString(36).slice(2)}`;
  const made = await owner("POST", scores, { currentScore: 1, maxScore: 2, vendorInformation: { vendor: "secgraph", provider: mark } });
  if (made.status !== 201) throw new Error(`A row could not be written (${made.status}).`);
  const { id } = JSON.parse(made.text) as { readonly id: string };
  const hub = /\/securities\/([\da-f-]{36})/.exec(made.text)?.[1] ?? hubOf((await owner("GET", "/v1.0/securities")).text);
  const ways: readonly (readonly [string, string, object?])[] = [
    ["GET", scores],
    ["GET", `${scores}/${id}`],
    ["GET", `${scores}?$filter=vendorInformation/provider%20eq%20'${mark}'`],
    ["GET", `/v1.0/securities/${hub}/secureScores/${id}`],
    ["GET", `/v1.0/securities/${hub}/secureScores`],
    ["GET", "/v1.0/securities?$expand=secureScores"],
    ["PATCH", `${scores}/${id}`, { maxScore: 9 }],
    ["DELETE", `${scores}/${id}`],
    ["DELETE", `/v1.0/securities/${hub}/secureScores/${id}`],
  ];
  const leaks: string[] = [];
  for (const [method, target, body] of ways) {
    const { status, text } = await stranger(method, target, body);
    if (text.includes(mark) || (method !== "GET" && status < 400)) leaks.push(`${method} ${target}`);
  }
  const after = await owner("GET", `${scores}/${id}`);
  return after.status === 200 && after.text.includes(mark) ? leaks : [...leaks, "a change of the stranger"];
}

function hubOf(text: string): string {
  return (JSON.parse(text) as { readonly value: readonly { readonly id: string }[] }).value[0]!.id;
}

function senderOf(app: App, digit: string): Send {
  const caller: Caller = {
    tenant: `00000000-0000-4000-8000-00000000000${digit}`,
    appId: "doctor",
    user: null,
    kind: "application",
    permissions: new Set(allPermissions),
    expires: 253_402_300_799,
  };
  return async (method, target, body) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const sent = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
    const answer = await handle(app, { method, target, headers, baseUrl: "https://localhost", ...sent }, caller);
    return { status: answer.status, text: String(answer.body ?? "") };
  };
}

/** Every request brings its caller. */
function noToken(): Caller {
  throw new Error("These requests carry no token.");
}
