import { action, boolean, collectionOf, complexType, double, enumType, evolvable, instant, of, string, strings } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { recheckTask } from "./rules/recheckTask.ts";
import { raiseFromScore } from "./rules/raiseFromScore.ts";
import type { Resource } from "../edm/resource.ts";

const optional = { optional: {}, annotations: [{ term: "Core.OptionalParameter", value: {} }] } as const;

/** What proves that a task is done: the controls of a score that it names, what newer scores said of them, and tasks made from such controls. */
export const taskVerification: Resource = {
  name: "taskVerification",
  types: [
    enumType("taskVerificationState", evolvable("unverified", "verified", "accepted", "failed")),
    enumType("controlVerdict", evolvable("passed", "failed", "accepted", "unknown")),
    enumType("taskCreationOutcome", evolvable("created", "standing", "passed", "accepted", "unknown")),
    complexType("taskVerification", {
      controlNames: strings({ indexed: true, description: "The controls that have to pass, by the names that scores have for them; at most 50." }),
      vendor: string({ description: "Whose scores count, beside `provider`; null: every vendor's." }),
      provider: string({ indexed: true, description: "Whose scores count; needed where controls are named." }),
      watched: boolean({
        nullable: false,
        setBy: "clientDefault",
        default: true,
        description:
          "Verified or accepted, it goes on being watched: a newer score in which one of its controls does not pass takes it up again. True unless said otherwise.",
      }),
      state: of("taskVerificationState", {
        setBy: "server",
        indexed: true,
        description:
          "Null until it is completed, then unverified; verified or accepted once newer scores show every control passing or decided about, failed when one does not, at first or later.",
      }),
      checkedDateTime: instant({ setBy: "server", description: "When the state was last decided." }),
      evidence: collectionOf("taskEvidence", { setBy: "server", description: "What was found of each control." }),
    }),
    complexType("taskEvidence", {
      controlName: string({ setBy: "server" }),
      verdict: of("controlVerdict", { setBy: "server" }),
      score: double({ setBy: "server", description: "Points reached." }),
      maxScore: double({ setBy: "server", description: "Points that can be reached." }),
      controlState: string({ setBy: "server", description: "What was last decided about the control: Ignored, ThirdParty, ..." }),
      scoreId: string({ setBy: "server", description: "The score that says so." }),
      scoreDateTime: instant({ setBy: "server", description: "The moment of that score." }),
      reason: string({ setBy: "server" }),
    }),
    complexType("taskOfControl", {
      controlName: string(),
      outcome: of("taskCreationOutcome", { description: "created, or why not: a task stands, the control passed, was decided about, or tells too little." }),
      taskId: string({ description: "The task that was made or that stands." }),
      taskStatus: of("deviceAppManagementTaskStatus"),
      verdict: of("controlVerdict"),
    }),
  ],
  operations: [
    action("recheck", { name: "bindingParameter", type: "deviceAppManagementTask" }, { emptyStatus: 204, rule: recheckTask, extension: true }),
    action(
      "createTasks",
      { name: "bindingParameter", type: "secureScore" },
      {
        parameters: [
          { name: "controlNames", type: "Edm.String", collection: true, nullable: false, ...optional },
          { name: "assignedTo", type: "Edm.String", ...optional },
          { name: "dueDateTime", type: "Edm.DateTimeOffset", ...optional },
          { name: "priority", type: "deviceAppManagementTaskPriority", ...optional },
          { name: "creatorNotes", type: "Edm.String", ...optional },
        ],
        returns: { type: "taskOfControl", collection: true },
        rule: raiseFromScore,
        writeRights: permissions.deviceManagementApps.write,
        extension: true,
      },
    ),
  ],
};
