import { callerOf, type Answer, type Asked } from "./hub.ts";

/** The set of actions. */
export const actions = "/beta/security/securityActions";

function schemaOf(properties: object, required: readonly string[] = []): object {
  return { type: "object", properties, required };
}

/** A connector whose actions need no approval. */
export const firewall = {
  vendor: "Contoso",
  provider: "Firewall",
  kind: "mock",
  actions: [
    { name: "BlockIp", reverse: "UnblockIp", targetParameters: ["ip"], parameters: schemaOf({ ip: { type: "string" }, port: { type: "integer" } }, ["ip"]) },
    { name: "UnblockIp", reverse: "BlockIp", targetParameters: ["ip"], parameters: schemaOf({ ip: { type: "string" } }, ["ip"]) },
    { name: "Scan", parameters: schemaOf({ ip: { type: "string" } }) },
  ],
};

/** One whose actions another person approves, and one application alone reports on. */
export const identity = {
  vendor: "Contoso",
  provider: "Identity",
  kind: "mock",
  reporterAppId: "identity-agent",
  actions: [
    { name: "DisableUser", reverse: "EnableUser", approval: "required", targetParameters: ["user"], parameters: schemaOf({ user: { type: "string" } }) },
    { name: "EnableUser", reverse: "DisableUser", approval: "required", targetParameters: ["user"], parameters: schemaOf({ user: { type: "string" } }) },
    { name: "ResetPassword", reverse: "EnableUser", parameters: schemaOf({ user: { type: "string" } }) },
  ],
};

/** Whom an action names. */
export const by = (vendor: string, provider: string): object => ({ vendorInformation: { vendor, provider } });
export const block = { name: "BlockIp", parameters: [{ name: "ip", value: "198.51.100.7" }], ...by("Contoso", "Firewall") };
export const disable = { name: "DisableUser", parameters: [{ name: "user", value: "eve@contoso.example" }], ...by("Contoso", "Identity") };

/** A person with an application, and an application by itself. */
export const person = (user: string, appId = "console"): Asked & { caller: ReturnType<typeof callerOf> } => ({
  caller: callerOf({ kind: "delegated", user, appId }),
});
export const app = (appId: string): Asked & { caller: ReturnType<typeof callerOf> } => ({ caller: callerOf({ appId }) });

/** Status and code. */
export const refusal = ({ status, json }: Answer): [number, string] => [status, json.error?.code];
