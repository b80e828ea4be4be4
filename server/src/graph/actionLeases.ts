import { action, collectionOf, complexType, enumType, evolvable, instant, int32, int64, string } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import type { OperationDefinition, ParameterDefinition, Resource } from "../edm/resource.ts";

const text = (name: string, maxLength: number): ParameterDefinition => ({ name, type: "Edm.String", maxLength, optional: { default: null } });
const seconds: ParameterDefinition = { name: "seconds", type: "Edm.Int32", optional: { default: null } };
const leased: readonly ParameterDefinition[] = [
  { name: "actionId", type: "Edm.String", nullable: false },
  { name: "fencingToken", type: "Edm.Int64", nullable: false },
];

const ofProvider = (name: string, more: Partial<OperationDefinition>): OperationDefinition =>
  action(name, { name: "bindingParameter", type: "securityActionProvider" }, { ...more, permissions: permissions.leases, waits: true, extension: true });

/** How an actuator that cannot be reached comes for its work: it leases actions of its provider, extends its leases and says what came of them. */
export const actionLeases: Resource = {
  name: "actionLeases",
  types: [
    enumType("securityActionLeaseOutcome", evolvable("completed", "failed", "retry", "cancelled", "released")),
    complexType("securityConnectorTest", {
      outcome: string({ nullable: false, description: "`reached`, `failed`, or `untested` where nothing can be asked without doing something." }),
      statusCode: int32({ description: "What it answered." }),
      message: string({ description: "Why it failed." }),
      response: string({ description: "What it answered, without secrets." }),
    }),
    complexType("securityActionLease", {
      actionId: string({ nullable: false, description: "The action: the same in every lease of it, so that a repetition can be known." }),
      fencingToken: int64({ nullable: false, description: "Grows with every lease of the action; a lease is spoken of by it." }),
      attempt: int32({ description: "1 for the first lease." }),
      expiresDateTime: instant({ description: "Until when the lease holds." }),
      name: string({ description: "What to do." }),
      parameters: collectionOf("keyValuePair", { description: "What to do it to." }),
      actionReason: string(),
      clientContext: string(),
      undoes: string({ description: "The action that this one takes back." }),
    }),
  ],
  operations: [
    action(
      "testConnection",
      { name: "bindingParameter", type: "securityConnector" },
      {
        returns: { type: "securityConnectorTest" },
        permissions: { read: [], write: permissions.connectors.write },
        waits: true,
        extension: true,
      },
    ),
    ofProvider("lease", {
      parameters: [{ name: "count", type: "Edm.Int32", optional: { default: 1 } }, { name: "wait", type: "Edm.Int32", optional: { default: 0 } }, seconds],
      returns: { type: "securityActionLease", collection: true },
    }),
    ofProvider("extendLease", { parameters: [...leased, seconds], returns: { type: "Edm.DateTimeOffset" } }),
    ofProvider("acknowledge", {
      parameters: [
        ...leased,
        { name: "outcome", type: "securityActionLeaseOutcome", nullable: false },
        text("code", 100),
        text("message", 2000),
        text("response", 16_384),
      ],
      emptyStatus: 204,
    }),
  ],
};
