import { boolean, collectionOf, complexType, entityType, enumType, evolvable, instant, int32, int64, of, set, string } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { queryable } from "./queryable.ts";
import type { PropertyDefinition, Resource } from "../edm/resource.ts";

/** What securityAction has beyond the published type: what a client may ask for, and how the dispatch of it stands. */
export const dispatchProperties: Readonly<Record<string, PropertyDefinition>> = {
  duration: of("Edm.Duration", { immutable: true, extension: true, description: "How long it shall hold: the reverse action runs by itself afterwards." }),
  dryRun: boolean({ immutable: true, extension: true, description: "True: everything is checked, and nothing is sent to the connector." }),
  targets: collectionOf("securityActionTarget", { immutable: true, extension: true, description: "Many targets: an action of its own is made for each." }),
  dispatch: of("securityActionDispatch", {
    setBy: "server",
    extension: true,
    description: "How its dispatch stands; null as long as no connector carries it out.",
  }),
};

const counted = int32({ setBy: "server" });
const text = string({ setBy: "server" });

/** How an action is carried out: the state of its dispatch, which is the queue, and the record of every attempt. */
export const securityActionDispatch: Resource = {
  name: "securityActionDispatch",
  types: [
    complexType("securityActionTarget", {
      parameters: collectionOf("keyValuePair", { description: "What of the parameters is this target's own; it goes before that of the action." }),
    }),
    enumType(
      "securityActionDispatchStatus",
      evolvable("waiting", "pendingApproval", "queued", "dispatching", "retrying", "deadLettered", "cancelling", "finished", "dryRun", "following"),
    ),
    enumType("securityConnectorGuarantee", evolvable("exactlyOnce", "atLeastOnce")),
    complexType("securityActionDispatch", {
      status: of("securityActionDispatchStatus", { setBy: "server", indexed: true }),
      connectorId: string({ setBy: "server", indexed: true, description: "The connector that carries it out." }),
      reporterAppId: string({
        setBy: "server",
        description:
          "The application that alone reports on it, where its connector names one: as it was when the last attempt began, which goes on to count when the connector is gone.",
      }),
      guarantee: of("securityConnectorGuarantee", { setBy: "server", description: "Whether an attempt that is repeated can take effect twice." }),
      attempts: int32({ setBy: "server", description: "How often it was begun." }),
      failures: int32({
        setBy: "server",
        description: "Attempts that did not succeed since it was queued or retried last; that the connector was busy counts as none.",
      }),
      fencingToken: int64({ setBy: "server", description: "That of the last attempt: whoever knows it refuses lower ones." }),
      nextAttemptDateTime: instant({ setBy: "server", indexed: true, description: "When the server looks at it again; null when it need not." }),
      acceptedDateTime: instant({ setBy: "server", description: "Since when it goes on at the connector, which has taken it and not ended it yet." }),
      handle: string({ setBy: "server", description: "What the connector calls the work that it has begun." }),
      expiresDateTime: instant({ setBy: "server", indexed: true, description: "When it is undone by itself." }),
      undoes: string({ setBy: "server", description: "The action that this one takes back." }),
      undoneBy: string({ setBy: "server", description: "The action that takes this one back." }),
      parentId: string({ setBy: "server", indexed: true, description: "The action with `targets` that this one belongs to." }),
      cancelRequestedBy: string({ setBy: "token" }),
      cancelRequestedDateTime: instant({ setBy: "server" }),
      approval: of("securityActionApproval", { setBy: "server" }),
      wouldSend: string({ setBy: "server", description: "Of a dry run: what the connector would be given, as JSON." }),
    }),
    enumType("securityActionApprovalState", evolvable("pending", "approved", "rejected")),
    complexType("securityActionApproval", {
      state: of("securityActionApprovalState", { setBy: "server" }),
      requestedBy: string({ setBy: "token" }),
      requestedByApp: string({ setBy: "token" }),
      requestedDateTime: instant({ setBy: "server" }),
      expiresDateTime: instant({ setBy: "server", description: "Until when it has to be given; then the action fails." }),
      decidedBy: string({ setBy: "token" }),
      decidedByApp: string({ setBy: "token" }),
      decidedDateTime: instant({ setBy: "server" }),
      reason: text,
    }),
    enumType("securityActionAttemptOutcome", evolvable("running", "succeeded", "accepted", "failed", "refused", "unknown", "cancelled")),
    entityType("securityActionAttempt", {
      properties: {
        number: int32({ setBy: "server", indexed: true, description: "1 for the first; it is the id too." }),
        startedDateTime: instant({ setBy: "server", description: "Written before the connector is called." }),
        endedDateTime: instant({ setBy: "server" }),
        fencingToken: int64({ setBy: "server" }),
        outcome: of("securityActionAttemptOutcome", { setBy: "server", description: "`unknown`: it may have taken effect, nobody can tell." }),
        statusCode: { ...counted, description: "What the connector answered, where its protocol has such codes." },
        request: { ...text, description: "What was sent, at most 16 KB of it, without secrets." },
        response: { ...text, description: "What came back, at most 16 KB of it, without secrets." },
        error: { ...text, description: "Why it did not succeed." },
        durationMilliseconds: counted,
      },
      annotations: queryable,
    }),
  ],
  places: [
    set("security/securityActions/attempts", "securityActionAttempt", {
      verbs: ["list", "get"],
      permissions: permissions.attempts,
      extension: true,
      defaultOrder: [{ path: "number" }],
    }),
  ],
};
