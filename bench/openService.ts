import { createService, type Service } from "../server/src/app.ts";
import type { AppSettings } from "../server/src/wiring/appSettings.ts";
import { createAuthenticator, type Authenticate } from "../server/src/auth/authenticate.ts";
import type { TrustedIssuer } from "../server/src/auth/trustedIssuer.ts";
import { defaultBudgets } from "../server/src/base/limits.ts";
import { createModel } from "../server/src/edm/createModel.ts";
import type { Model } from "../server/src/edm/model.ts";
import { securityGraph } from "../server/src/graph/securityGraph.ts";
import { createMetrics, type Metrics } from "../server/src/http/metrics.ts";
import { mintToken } from "../server/src/issuer/mintToken.ts";
import { createSigningKey, publicKeyOf, signingAlgorithm } from "../server/src/issuer/signingKey.ts";
import { openSqliteStore } from "../server/src/store/sqlite/openSqliteStore.ts";
import type { Store } from "../server/src/store/store.ts";

const tenant = "5e0d7a3c-8f4b-4d0e-9a62-1b7c3d5e9f01";
const issuerName = `https://issuer.example/${tenant}/v2.0`;
const audience = "https://graph.microsoft.com";
const appId = "7a1c9e42-3b5d-4f60-8e7a-2d4c6b8a0f13";
const permissions = ["SecurityEvents.ReadWrite.All", "SecurityData.Import"];

/** The service as a server runs it, over one data file, with a token that it accepts. */
export interface OpenService {
  readonly service: Service;
  readonly model: Model;
  readonly store: Store;
  readonly metrics: Metrics;
  /** A signed JWT: verified once, then found in the authenticator's cache. */
  readonly token: string;
}

/** Wires model, store, authenticator and metrics as the command line does. */
export async function openService(file: string, keptBytes?: number): Promise<OpenService> {
  return serviceOver((model) => openSqliteStore({ file, model, ...(keptBytes === undefined ? {} : { keptBytes }) }));
}

/** The same over a store of one's own. */
export async function serviceOver(openStore: (model: Model) => Promise<Store>, more: Pick<AppSettings, "egress"> = {}): Promise<OpenService> {
  const model = createModel(securityGraph);
  const store = await openStore(model);
  const metrics = createMetrics();
  const { authenticate, token } = await openIssuer();
  const service = await createService({
    model,
    store,
    authenticate,
    budgets: defaultBudgets,
    placeholders: ["localtest"],
    faithful: [],
    observe: metrics.observeAnswer,
    ...more,
  });
  return { service, model, store, metrics, token };
}

async function openIssuer(): Promise<{ readonly authenticate: Authenticate; readonly token: string }> {
  const key = await createSigningKey();
  const verifying = { key: publicKeyOf(key), algorithms: [signingAlgorithm] };
  const issuer: TrustedIssuer = {
    issuers: () => [issuerName],
    audiences: () => [audience],
    algorithms: new Set([signingAlgorithm]),
    keys: { find: async (kid) => (kid === key.kid ? verifying : undefined) },
    tenants: "*",
  };
  const authenticate = createAuthenticator({ issuers: [issuer], challenge: () => ({ authorizationUri: issuerName, clientId: appId }) });
  const now = Math.floor(Date.now() / 1000);
  const token = await mintToken({ issuer: issuerName, audience, tenant, appId, permissions, version: "2.0", seconds: 24 * 3600, now }, key);
  return { authenticate, token };
}
