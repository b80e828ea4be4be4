import type { JsonObject } from "../../base/json.ts";
import type { DemoCaller } from "./demoCaller.ts";

/** One request of the demo's history. */
export interface DemoRequest {
  /** Milliseconds since 1970: when it was sent. Requests of one moment do not depend on each other. */
  readonly at: number;
  readonly method: "POST" | "PATCH";
  /** Below the service root; `{name}` stands for the id that the answer to the request `as: name` gave. */
  readonly path: string;
  readonly body: JsonObject;
  readonly by: DemoCaller;
  readonly as?: string;
}
