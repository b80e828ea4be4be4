import { textOf } from "../../base/json.ts";
import type { Rule } from "../../edm/rules.ts";
import { invalid } from "./refusals.ts";
import { withMembers } from "./stamped.ts";
import { targetKey } from "./targetKeys.ts";

const expected: Readonly<Record<string, string>> = {
  address: "an IPv4 or IPv6 address",
  network: "a network such as '10.0.0.0/8' or '2001:db8::/32'",
};

/** A new protected target: compared by its number or its name, with who protected it. */
export const protectTarget: Rule = {
  decide({ entity }, _, { now, user, appId }) {
    const kind = textOf(entity["kind"]);
    const value = textOf(entity["value"]);
    if (value.trim() === "") return invalid("value", "Property 'value': expected what is to be protected, got no text.");
    const canonicalValue = targetKey(kind, value);
    if (canonicalValue === undefined) return invalid("value", `Property 'value': expected ${expected[kind]}, got '${value.slice(0, 100)}'.`);
    return { entity: withMembers(entity, { canonicalValue, createdDateTime: now, createdBy: user, createdByApp: appId }) };
  },
};
