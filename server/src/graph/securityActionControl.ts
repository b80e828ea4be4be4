import { action, entityType, enumType, evolvable, instant, of, singleton, string } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { turnControl } from "./rules/actionControl.ts";
import type { OperationDefinition, Resource } from "../edm/resource.ts";

const turning = (name: string, state: string): OperationDefinition =>
  action(
    name,
    { name: "bindingParameter", type: "securityActionControl" },
    {
      parameters: [{ name: "reason", type: "Edm.String", maxLength: 1024, optional: { default: null } }],
      emptyStatus: 204,
      rule: turnControl(state),
      extension: true,
    },
  );

/** The switch of a hub: whether actions leave it. */
export const securityActionControl: Resource = {
  name: "securityActionControl",
  types: [
    enumType("securityActionControlState", evolvable("active", "paused", "draining", "stopped")),
    entityType("securityActionControl", {
      properties: {
        state: of("securityActionControlState", { setBy: "server", default: "active", description: "Whether actions are dispatched in this hub." }),
        stateDateTime: instant({ setBy: "server", description: "When it last changed." }),
        stateBy: string({ setBy: "token", description: "The person who changed it; null for an application." }),
        stateByApp: string({ setBy: "token", description: "The application that changed it." }),
        stateReason: string({ setBy: "server", description: "Why, as was said with the change." }),
      },
    }),
  ],
  places: [
    singleton("security/actionControl", "securityActionControl", { verbs: ["get"], permissions: permissions.actionControl, usual: true, extension: true }),
  ],
  operations: [turning("pause", "paused"), turning("resume", "active"), turning("drain", "draining"), turning("stop", "stopped")],
};
