import { action, collectionOf, complexType, entityType, enumType, evolvable, instant, int32, members, of, set, string, strings } from "../edm/define.ts";
import { sealedCredentials } from "../edm/sealedCredentials.ts";
import { connectorSettings } from "./connectorSettings.ts";
import { permissions } from "./permissions.ts";
import { queryable } from "./queryable.ts";
import { changeConnector, registerConnector, removeConnector } from "./rules/connectors.ts";
import { turnTo } from "./rules/connectorStates.ts";
import { limitBounds } from "./rules/connectorLimits.ts";
import type { OperationDefinition, PropertyDefinition, Resource } from "../edm/resource.ts";

const addressSchema = { type: "object", properties: { ip: { type: "string", format: "ip" } }, required: ["ip"] };

/** What both a connector and its entry in the catalogue say. */
const known: Readonly<Record<string, PropertyDefinition>> = {
  displayName: string({ description: "What people call it." }),
  vendor: string({ nullable: false, immutable: true, indexed: true, maxLength: 256, description: "The vendor that actions name." }),
  provider: string({
    nullable: false,
    immutable: true,
    indexed: true,
    maxLength: 256,
    description: "The provider that actions name; with the vendor it is unique in a hub.",
  }),
  kind: of("securityConnectorKind", { nullable: false, immutable: true, example: "http", description: "How actions reach it." }),
  state: of("securityConnectorState", { setBy: "server", indexed: true, default: "active", description: "Whether actions are dispatched to it." }),
  actions: collectionOf("securityConnectorAction", { description: "What it can do." }),
  guarantee: of("securityConnectorGuarantee", {
    default: "atLeastOnce",
    description: "exactlyOnce: the endpoint refuses an action that it has carried out, by its id, and a fencing token that is lower than one it has seen.",
  }),
  reporterAppId: string({ maxLength: 128, description: "The application that alone may report on its actions; null: any that may write actions." }),
  providerKey: string({ setBy: "server", indexed: true, description: "Vendor and provider as they are compared; unique in a hub." }),
};

const limit = (name: keyof typeof limitBounds, description: string): PropertyDefinition => int32({ default: limitBounds[name].usual, description });

const turning = (name: string, state: string): OperationDefinition =>
  action(
    name,
    { name: "bindingParameter", type: "securityConnector" },
    {
      parameters: [{ name: "reason", type: "Edm.String", maxLength: 1024, optional: { default: null } }],
      emptyStatus: 204,
      rule: turnTo(state),
      extension: true,
    },
  );

/** Who carries actions out: the connectors of a hub, and the catalogue of what they can do. */
export const securityConnectors: Resource = {
  name: "securityConnectors",
  types: [
    enumType("securityConnectorKind", evolvable("http", "openc2", "exec", "pull", "mock")),
    enumType("securityConnectorState", evolvable("active", "paused", "draining", "stopped")),
    enumType("securityActionApprovalRule", members("none", "required")),
    enumType("securityCredentialScheme", evolvable("bearer", "basic", "apiKey", "hmac", "mtls")),
    complexType("securityConnectorAction", {
      name: string({ nullable: false, example: "BlockIp", description: "The name that actions give: BlockIp." }),
      displayName: string(),
      description: string(),
      parameters: {
        type: "Edm.Untyped",
        example: addressSchema,
        description: "A JSON Schema of an object: what an action of this name may and must carry. Null: anything.",
      },
      example: collectionOf("keyValuePair", { example: [{ name: "ip", value: "203.0.113.7" }], description: "Parameters that fit." }),
      reverse: string({ example: null, description: "The action of this connector that takes it back." }),
      approval: of("securityActionApprovalRule", { default: "none", description: "Whether another person has to approve it." }),
      targetParameters: strings({ example: ["ip"], description: "The parameters that name what it is done to; protected targets are compared with them." }),
    }),
    complexType("securityConnectorLimits", {
      ratePerMinute: limit("ratePerMinute", "Dispatches in a minute at most; what is more waits."),
      concurrency: limit("concurrency", "Dispatches under way at most."),
      timeoutSeconds: limit("timeoutSeconds", "Seconds that one dispatch may take."),
      attempts: limit("attempts", "Dispatches of one action before it is given up."),
    }),
    complexType("securityConnectorCredential", {
      scheme: of("securityCredentialScheme", { nullable: false, example: "bearer" }),
      name: string({ example: null, description: "The header that carries an apiKey." }),
      userName: string({ example: null, description: "The name beside the secret of basic." }),
      secret: string({ writeOnly: true, example: "the-token-of-an-account", description: "Never shown. Null in an update: as it is." }),
      certificate: string({ example: null, description: "The certificate (PEM) of mtls, with what leads to its issuer." }),
      key: string({ writeOnly: true, example: null, description: "The private key (PEM) of the certificate. Never shown. Null in an update: as it is." }),
    }),
    ...connectorSettings,
    entityType("securityConnector", {
      properties: {
        ...known,
        limits: of("securityConnectorLimits"),
        http: of("securityHttpSettings", { example: { url: "https://firewall.contoso.com/blocks" } }),
        openc2: of("securityOpenC2Settings", { example: null }),
        exec: of("securityExecSettings", { example: null }),
        pull: of("securityPullSettings", { example: null }),
        mock: of("securityMockSettings", { example: null }),
        credentials: collectionOf("securityConnectorCredential", {
          description: "How it is authenticated to, one of a scheme; secrets are sealed and never shown.",
        }),
        createdDateTime: instant({ setBy: "server" }),
        lastModifiedDateTime: instant({ setBy: "server" }),
        stateDateTime: instant({ setBy: "server", description: "When its state last changed." }),
        stateBy: string({ setBy: "server", description: "The person who changed it; null for an application." }),
        stateByApp: string({ setBy: "server", description: "The application that changed it." }),
        stateReason: string({ setBy: "server", description: "Why, as was said with the change." }),
      },
      silent: [sealedCredentials],
      annotations: [...queryable, { term: "Core.AlternateKeys", value: [{ Key: [{ Name: "providerKey" }] }] }],
    }),
    entityType("securityActionProvider", { properties: known, annotations: queryable }),
  ],
  places: [
    set("security/connectors", "securityConnector", {
      verbs: ["list", "get", "create", "update", "delete"],
      permissions: permissions.connectors,
      required: ["vendor", "provider", "actions"],
      extension: true,
      updateAnswersEntity: true,
      sharing: "securities",
      rules: { create: registerConnector, update: changeConnector, delete: removeConnector },
    }),
    set("security/actionProviders", "securityActionProvider", { verbs: ["list", "get"], permissions: permissions.actionProviders, extension: true }),
  ],
  operations: [turning("pause", "paused"), turning("resume", "active"), turning("drain", "draining"), turning("stop", "stopped")],
};
