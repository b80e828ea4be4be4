import { complexType, int32, string } from "../edm/define.ts";
import type { Resource } from "../edm/resource.ts";

/** The outcome of a piece of work that failed. */
export const resultInfo: Resource = {
  name: "resultInfo",
  types: [
    complexType("resultInfo", {
      code: int32({ nullable: false, setBy: "clientDefault", default: 0 }),
      message: string(),
      subcode: int32({ nullable: false, setBy: "clientDefault", default: 0 }),
    }),
  ],
};
