import { string } from "../edm/define.ts";
import type { Resource } from "../edm/resource.ts";

/** The base of everything that has an id (CSDL 6.3). */
export const entity: Resource = {
  name: "entity",
  types: [{ kind: "entity", name: "entity", abstract: true, key: ["id"], properties: { id: string({ nullable: false }) } }],
};
