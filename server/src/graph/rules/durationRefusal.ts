import { durationMilliseconds } from "../../base/duration.ts";
import { textOf, type JsonObject } from "../../base/json.ts";
import type { Refusal } from "../../edm/rules.ts";
import { actionNamed, type Carrier } from "./actionProvider.ts";

const leastMilliseconds = 1000;
const mostMilliseconds = 3650 * 86_400_000;

function refused(what: string): Refusal {
  return { refuse: "durationInvalid", parameters: { what }, extras: { target: "duration" } };
}

/** Why an action cannot hold for its `duration` only: that needs a connector, and a reverse action which takes it back. */
export function durationRefusal(entity: JsonObject, carrier: Carrier | undefined): Refusal | undefined {
  const { duration = null } = entity;
  if (duration === null) return undefined;
  const milliseconds = durationMilliseconds(textOf(duration));
  if (milliseconds === undefined || milliseconds < leastMilliseconds || milliseconds > mostMilliseconds) {
    return refused(`Property 'duration': expected from PT1S to P3650D, got '${textOf(duration)}'.`);
  }
  if (carrier === undefined) return refused("Property 'duration': no connector of this hub carries the action out, so nothing can take it back.");
  const { provider, action } = carrier;
  if (actionNamed(provider, action["reverse"] ?? null) !== undefined) return undefined;
  return refused(
    `Property 'duration': '${textOf(action["name"])}' of provider '${textOf(provider["provider"])}' has no reverse action that could take it back.`,
  );
}
