import {
  action,
  allVerbs,
  boolean,
  collectionOf,
  complexType,
  contains,
  entityType,
  enumType,
  instant,
  members,
  of,
  set,
  singleton,
  string,
} from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { notPassing } from "./rules/controlVerdict.ts";
import { addTaskNote, assignTask, editTask, raiseTask, updateTaskStatus } from "./rules/taskWorkflow.ts";
import type { Resource } from "../edm/resource.ts";

/** Remediation tasks of every kind, in one set: the base type, its place and the workflow. */
export const deviceAppManagementTasks: Resource = {
  name: "deviceAppManagementTasks",
  types: [
    enumType("deviceAppManagementTaskCategory", members("unknown", "advancedThreatProtection")),
    enumType("deviceAppManagementTaskPriority", members("none", "high", "low")),
    enumType("deviceAppManagementTaskStatus", members("unknown", "pending", "active", "completed", "rejected")),
    entityType("deviceAppManagementTask", {
      properties: {
        assignedTo: string({ indexed: true, description: "Name or address of the administrator who works on it." }),
        category: of("deviceAppManagementTaskCategory", { nullable: false, setBy: "clientDefault", default: "unknown" }),
        createdDateTime: instant({ nullable: false, setBy: "server", indexed: true }),
        creator: string({ setBy: "clientDefault", immutable: true, description: "Who raised it: the signed-in user unless the client says otherwise." }),
        creatorNotes: string(),
        description: string({ searchable: true }),
        displayName: string({ searchable: true }),
        dueDateTime: instant({
          nullable: false,
          setBy: "clientDefault",
          indexed: true,
          description: "When it should be done: 30 days on unless the client says otherwise.",
        }),
        priority: of("deviceAppManagementTaskPriority", {
          nullable: false,
          setBy: "clientDefault",
          default: "none",
          indexed: true,
          description: "none, high or low; mind that high is the smaller number.",
        }),
        status: of("deviceAppManagementTaskStatus", {
          nullable: false,
          setBy: "clientDefault",
          default: "pending",
          indexed: true,
          description: "Changed by updateStatus or PATCH: pending, active, completed, rejected.",
        }),
        statusHistory: collectionOf("taskStatusEntry", {
          setBy: "server",
          extension: true,
          description: "Every status, assignment and note it has had, oldest first: the first one and the newest 999.",
        }),
        completedDateTime: instant({ setBy: "server", indexed: true, extension: true, description: "When it was completed; null while it is not." }),
        verification: of("taskVerification", { extension: true, description: "The controls that prove it, and what newer scores say of them." }),
        sourceScoreId: string({ setBy: "server", indexed: true, extension: true, description: "The score that it was made from." }),
        externalReference: string({
          indexed: true,
          maxLength: 256,
          extension: true,
          description: "The ticket that it is linked to, as its ticket system calls it; of no two tasks of a hub the same.",
        }),
        externalUrl: string({ maxLength: 2048, extension: true, description: "Where people see the ticket." }),
        ticket: of("taskTicket", { setBy: "server", extension: true, description: "What was last told of the ticket." }),
        isOverdue: boolean({
          nullable: false,
          setBy: "server",
          default: false,
          indexed: true,
          extension: true,
          description: "True from the moment that it is due until it is completed or rejected; the server writes it then, as a change like any other.",
        }),
      },
    }),
    complexType("taskStatusEntry", {
      status: of("deviceAppManagementTaskStatus", { setBy: "server" }),
      note: string({ setBy: "server" }),
      assignedTo: string({ setBy: "server", description: "To whom it was given with this entry; null where that stayed as it was." }),
      author: string({ setBy: "token", description: "User principal name, or the client id of an application." }),
      updatedDateTime: instant({ setBy: "server" }),
    }),
    entityType("deviceAppManagement", {
      properties: {},
      navigation: {
        deviceAppManagementTasks: contains("deviceAppManagementTask"),
      },
    }),
  ],
  places: [
    singleton("deviceAppManagement", "deviceAppManagement", { verbs: ["get"], permissions: permissions.deviceManagementApps, virtual: true }),
    set("deviceAppManagement/deviceAppManagementTasks", "deviceAppManagementTask", {
      verbs: allVerbs,
      permissions: permissions.deviceManagementApps,
      updateAnswersEntity: true,
      rules: { create: raiseTask, update: editTask },
      aliases: ["security/deviceAppManagementTasks"],
      annotations: [{ term: "Core.AlternateKeys", value: [{ Key: [{ Name: "externalReference" }] }] }],
      rechecked: {
        action: "recheck",
        waiting: { filter: "verification/state eq 'unverified'", places: ["security/secureScores", "security/secureScoreControlProfiles"] },
        due: { filter: "isOverdue eq false and status ne 'completed' and status ne 'rejected'", path: "dueDateTime" },
        doubted: {
          filter: "verification/state in ('verified','accepted') and verification/watched eq true and status eq 'completed'",
          owner: "verification/provider",
          names: "verification/controlNames",
          place: "security/secureScores",
          theirs: "vendorInformation/provider",
          by: "createdDateTime",
          against: notPassing,
        },
      },
    }),
  ],
  operations: [
    action(
      "updateStatus",
      { name: "bindingParameter", type: "deviceAppManagementTask" },
      {
        parameters: [
          { name: "status", type: "deviceAppManagementTaskStatus", nullable: false },
          { name: "note", type: "Edm.String" },
        ],
        emptyStatus: 204,
        rule: updateTaskStatus,
      },
    ),
    action(
      "assign",
      { name: "bindingParameter", type: "deviceAppManagementTask" },
      {
        parameters: [
          { name: "assignedTo", type: "Edm.String" },
          { name: "note", type: "Edm.String" },
        ],
        emptyStatus: 204,
        rule: assignTask,
        extension: true,
      },
    ),
    action(
      "addNote",
      { name: "bindingParameter", type: "deviceAppManagementTask" },
      { parameters: [{ name: "note", type: "Edm.String", nullable: false }], emptyStatus: 204, rule: addTaskNote, extension: true },
    ),
  ],
};
