import { action, allVerbsBut, boolean, collectionOf, complexType, entityType, enumType, evolvable, instant, members, of, set, string } from "../edm/define.ts";
import { sealedCredentials } from "../edm/sealedCredentials.ts";
import { permissions } from "./permissions.ts";
import { receiveTicket } from "./rules/receiveTicket.ts";
import { changeTicketSystem, registerTicketSystem } from "./rules/ticketSystems.ts";
import type { PropertyDefinition, Resource } from "../edm/resource.ts";

const path = (description: string): PropertyDefinition => string({ maxLength: 512, description });

/** Ticket systems that tell of their tickets at an address of their own, and what becomes of tasks then. */
export const ticketSystems: Resource = {
  name: "ticketSystems",
  types: [
    enumType("ticketSystemKind", members("other", "jira", "serviceNow")),
    enumType("ticketOutcome", evolvable("applied", "unchanged", "stale", "ignored")),
    complexType("ticketStatusMapping", {
      externalStatus: string({ nullable: false, maxLength: 256, description: "What the ticket system calls it; in any case." }),
      status: of("deviceAppManagementTaskStatus", { nullable: false, description: "What the task becomes." }),
    }),
    complexType("ticketPayload", {
      reference: path("Where a message says which ticket it is about: names one below the other, with slashes between them."),
      status: path("Where it says what the ticket's status is."),
      eventDateTime: path("Where it says when that was: an instant, or seconds or milliseconds since 1970."),
      note: path("Where it says why."),
      author: path("Where it says who."),
    }),
    entityType("ticketSystem", {
      properties: {
        displayName: string({ maxLength: 256, description: "What people call it; stands in the history of tasks." }),
        kind: of("ticketSystemKind", {
          nullable: false,
          setBy: "clientDefault",
          default: "other",
          description: "Which paths and statuses hold where none are given.",
        }),
        payload: of("ticketPayload", { description: "Where messages say what; what is null is as the kind has it." }),
        statusMap: collectionOf("ticketStatusMapping", { description: "What statuses mean for the task; empty: as the kind has it. Others are ignored." }),
        acceptsFirst: boolean({
          nullable: false,
          setBy: "clientDefault",
          default: false,
          description: "A pending task whose ticket is done is accepted first, instead of being refused.",
        }),
        secret: string({ writeOnly: true, maxLength: 1024, description: "Proves messages, at least 32 characters. Never shown. Null in an update: as it is." }),
        inboundPath: string({ setBy: "server", description: "Where messages are posted to, below the service root." }),
        createdDateTime: instant({ setBy: "server" }),
        lastModifiedDateTime: instant({ setBy: "server" }),
      },
      silent: [sealedCredentials],
    }),
    complexType("taskTicket", {
      systemId: string({ setBy: "server", description: "The ticket system that told of it last." }),
      status: string({ setBy: "server", description: "What it called the ticket's status." }),
      author: string({ setBy: "server" }),
      eventDateTime: instant({ setBy: "server", description: "When that was; what is older changes nothing any more." }),
      receivedDateTime: instant({ setBy: "server" }),
    }),
    complexType("ticketReceipt", {
      outcome: of("ticketOutcome"),
      reason: string(),
      taskId: string(),
      taskStatus: of("deviceAppManagementTaskStatus"),
    }),
  ],
  places: [
    set("security/ticketSystems", "ticketSystem", {
      verbs: allVerbsBut("upsert"),
      permissions: permissions.connectors,
      extension: true,
      updateAnswersEntity: true,
      inbound: { action: "receive", parameter: "payload" },
      rules: { create: registerTicketSystem, update: changeTicketSystem },
    }),
  ],
  operations: [
    action(
      "receive",
      { name: "bindingParameter", type: "ticketSystem" },
      {
        parameters: [{ name: "payload", type: "Edm.Untyped", nullable: false }],
        returns: { type: "ticketReceipt" },
        rule: receiveTicket,
        writeRights: permissions.deviceManagementApps.write,
        extension: true,
      },
    ),
  ],
};
