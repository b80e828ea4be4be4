import type { Json, JsonObject } from "../../base/json.ts";
import type { PlaceDefinition } from "../../edm/resource.ts";
import type { Rule, Stamp } from "../../edm/rules.ts";

/** Which properties the server or the token fills, by name. */
export interface Marks {
  readonly tenant?: string;
  /** The client id of the application that makes the row. */
  readonly app?: string;
  /** Set once, unless an importer sent it. */
  readonly created?: readonly string[];
  /** Set with every write. */
  readonly modified?: string;
}

/** The entity with some members set anew; their place in it stays. */
export function withMembers(entity: JsonObject, members: Readonly<Record<string, Json>>): JsonObject {
  return { ...entity, ...members };
}

function stampCreate(entity: JsonObject, marks: Marks, stamp: Stamp): JsonObject {
  const members: Record<string, Json> = {};
  if (marks.tenant !== undefined) members[marks.tenant] = stamp.tenant;
  if (marks.app !== undefined) members[marks.app] = stamp.appId;
  for (const name of marks.created ?? []) members[name] = entity[name] ?? stamp.now;
  if (marks.modified !== undefined) members[marks.modified] = stamp.now;
  return withMembers(entity, members);
}

/** Rules that fill tenant and times, and nothing else; further rules of a place run after them. */
export function stamped(marks: Marks, further: PlaceDefinition["rules"] = {}): NonNullable<PlaceDefinition["rules"]> {
  const { modified } = marks;
  return {
    ...further,
    create: after((entity, stamp) => stampCreate(entity, marks, stamp), further.create),
    update: after((entity, stamp) => (modified === undefined ? entity : withMembers(entity, { [modified]: stamp.now })), further.update),
  };
}

function after(fill: (entity: JsonObject, stamp: Stamp) => JsonObject, rule: Rule | undefined): Rule {
  return {
    ...(rule?.reads === undefined ? {} : { reads: rule.reads }),
    decide(draft, found, stamp) {
      const entity = fill(draft.entity, stamp);
      return rule === undefined ? { entity } : rule.decide({ ...draft, entity }, found, stamp);
    },
  };
}
