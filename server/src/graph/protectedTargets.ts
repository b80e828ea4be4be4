import { allVerbsBut, entityType, enumType, evolvable, instant, of, set, string } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { queryable } from "./queryable.ts";
import { protectTarget } from "./rules/protectTarget.ts";
import type { Resource } from "../edm/resource.ts";

/** What no action may touch. */
export const protectedTargets: Resource = {
  name: "protectedTargets",
  types: [
    enumType("protectedTargetKind", evolvable("address", "user", "network", "device", "other")),
    entityType("protectedTarget", {
      properties: {
        kind: of("protectedTargetKind", { nullable: false, immutable: true, indexed: true }),
        value: string({
          nullable: false,
          immutable: true,
          maxLength: 512,
          description:
            "The address, the network, or a name or id as parameters of actions give it; a user that is known by several names needs an entry for each.",
        }),
        reason: string({ maxLength: 1024, description: "Why; whoever is refused is told." }),
        canonicalValue: string({
          setBy: "server",
          indexed: true,
          description: "What it is compared by: an address or network as a number of 128 bits with its length, all else in lower case.",
        }),
        createdBy: string({ setBy: "token", description: "The person who protected it; null for an application." }),
        createdByApp: string({ setBy: "token" }),
        createdDateTime: instant({ setBy: "server", indexed: true }),
      },
      annotations: queryable,
    }),
  ],
  places: [
    set("security/protectedTargets", "protectedTarget", {
      verbs: allVerbsBut("upsert"),
      permissions: permissions.protectedTargets,
      extension: true,
      unique: ["canonicalValue"],
      rules: { create: protectTarget },
    }),
  ],
};
