/** The public names: a hub inside another program or test, without a socket. */
export { createService } from "./app.ts";
export type { AppSettings, Service } from "./app.ts";
export type { Caller } from "./auth/caller.ts";
export type { HttpRequest, HttpResponse } from "./base/http.ts";
export { defaultBudgets } from "./base/limits.ts";
export type { Budgets } from "./base/limits.ts";
export { createThrottle } from "./limits/throttle.ts";
export type { Rates, Throttle } from "./limits/throttle.ts";
export { createModel } from "./edm/createModel.ts";
export type { ModelDefinition } from "./edm/createModel.ts";
export { defineModel } from "./edm/defineModel.ts";
export type { Model } from "./edm/model.ts";
export type { Resource } from "./edm/resource.ts";
export type { Implementation, Implementations, OperationCall } from "./operations/implementation.ts";
export { securityGraph } from "./graph/securityGraph.ts";
export { openSqliteStore } from "./store/sqlite/openSqliteStore.ts";
export type { SqliteStoreOptions } from "./store/sqlite/openSqliteStore.ts";
export type { Store } from "./store/store.ts";
