import { complexType, string } from "../edm/define.ts";
import type { Resource } from "../edm/resource.ts";

/** A name and its value: parameters of an action, intended settings of a task. */
export const keyValuePair: Resource = {
  name: "keyValuePair",
  types: [
    complexType("keyValuePair", {
      name: string({ nullable: false }),
      value: string({ indexed: true }),
    }),
  ],
};
