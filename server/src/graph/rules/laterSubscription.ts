import type { Rule } from "../../edm/rules.ts";

/** Nothing delivers notifications yet, so nothing is promised: a subscription is refused rather than kept and forgotten. */
export const laterSubscription: Rule = {
  decide: () => ({ refuse: "notImplemented", parameters: { what: "Change notifications are not implemented yet; poll the resource instead." } }),
};
