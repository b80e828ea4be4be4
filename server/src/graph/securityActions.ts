import { action, collectionOf, complexType, contains, entityType, enumType, instant, members, of, set, string } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { queryable } from "./queryable.ts";
import { approveAction, rejectAction } from "./rules/approval.ts";
import { cancelAction } from "./rules/cancelAction.ts";
import { createAction } from "./rules/createAction.ts";
import { reportAction } from "./rules/reportAction.ts";
import { dispatching } from "./rules/dispatching.ts";
import { leasing } from "./rules/leasing.ts";
import { dropAction, retryAction } from "./rules/deadLetters.ts";
import { undoAction } from "./rules/undoAction.ts";
import { dispatchProperties } from "./securityActionDispatch.ts";
import type { OperationDefinition, ParameterDefinition, Resource } from "../edm/resource.ts";
import type { Rule } from "../edm/rules.ts";

const decided = (name: string, rule: Rule, reason: Partial<ParameterDefinition>): OperationDefinition =>
  action(
    name,
    { name: "bindingParameter", type: "securityAction" },
    { parameters: [{ name: "reason", type: "Edm.String", maxLength: 1024, ...reason }], emptyStatus: 204, rule, extension: true },
  );

/** Actions that are dispatched to a connector; an audit record, so never deleted. */
export const securityActions: Resource = {
  name: "securityActions",
  types: [
    enumType("operationStatus", members("NotStarted", "Running", "Completed", "Failed")),
    entityType("securityAction", {
      open: true,
      properties: {
        actionReason: string({ immutable: true, description: "Why it is asked for." }),
        appId: string({ setBy: "token", description: "The application that asked, from the token." }),
        azureTenantId: string({ setBy: "token", description: "The tenant, from the token." }),
        clientContext: string({ maxLength: 256, immutable: true, description: "Anything the client wants to recognise it by." }),
        completedDateTime: instant({ setBy: "server", description: "When it ended, well or not." }),
        createdDateTime: instant({ setBy: "server", indexed: true }),
        errorInfo: of("resultInfo", { setBy: "connector", description: "Why it failed, from the connector." }),
        lastActionDateTime: instant({ setBy: "server", indexed: true, description: "When its status last changed." }),
        name: string({ immutable: true, indexed: true, description: "What to do, such as BlockIp; the connector is found by it." }),
        parameters: collectionOf("keyValuePair", { immutable: true, description: "What to do it to." }),
        states: collectionOf("securityActionState", { setBy: "server", description: "Every status it has had, oldest first." }),
        status: of("operationStatus", { setBy: "connector", default: "NotStarted", indexed: true }),
        user: string({ setBy: "token", description: "The person who asked, from the token; null for an application." }),
        vendorInformation: of("securityVendorInformation", { immutable: true, description: "Who shall carry it out." }),
        ...dispatchProperties,
      },
      navigation: { attempts: contains("securityActionAttempt", { extension: true }) },
      annotations: queryable,
    }),
    complexType("securityActionState", {
      appId: string({ setBy: "token" }),
      status: of("operationStatus", { setBy: "server" }),
      updatedDateTime: instant({ setBy: "server" }),
      user: string({ setBy: "token" }),
    }),
  ],
  places: [
    set("security/securityActions", "securityAction", {
      verbs: ["list", "get", "create", "update"],
      permissions: permissions.securityActions,
      required: ["name", "parameters|targets", "vendorInformation/vendor", "vendorInformation/provider"],
      rules: { create: createAction, update: reportAction },
      dispatched: { connectors: "security/connectors", control: "security/actionControl", rules: dispatching, leasing },
      // What is due of a connector, and what began there lately: however much it has done, neither costs more.
      queues: [
        ["dispatch/connectorId", "dispatch/nextAttemptDateTime"],
        ["dispatch/connectorId", "lastActionDateTime"],
      ],
      polled: { property: "status", while: ["NotStarted", "Running"], seconds: 5 },
    }),
  ],
  operations: [
    action("cancelSecurityAction", { name: "bindparameter", type: "securityAction" }, { emptyStatus: 200, rule: cancelAction }),
    decided("approve", approveAction, { optional: { default: null } }),
    decided("reject", rejectAction, { nullable: false }),
    action(
      "undo",
      { name: "bindingParameter", type: "securityAction" },
      {
        parameters: [{ name: "reason", type: "Edm.String", maxLength: 1024, optional: { default: null } }],
        returns: { type: "securityAction" },
        rule: undoAction,
        extension: true,
      },
    ),
    action("retry", { name: "bindingParameter", type: "securityAction" }, { emptyStatus: 204, rule: retryAction, extension: true }),
    action("drop", { name: "bindingParameter", type: "securityAction" }, { emptyStatus: 204, rule: dropAction, extension: true }),
  ],
};
