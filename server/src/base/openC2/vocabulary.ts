/** The actions of OpenC2 (Language 3.3.1.1); profiles add none. */
export const commandActions: ReadonlySet<string> = new Set(
  "scan locate query deny contain allow start stop restart cancel set update redirect create delete detonate restore copy investigate remediate".split(" "),
);

/** Its targets (Language 3.3.1.2). */
const targets: ReadonlySet<string> = new Set(
  (
    "artifact command device domain_name email_addr features file idn_domain_name idn_email_addr ipv4_net ipv6_net ipv4_connection ipv6_connection iri mac_addr " +
    "process properties uri"
  ).split(" "),
);

/** Targets whose value is a text. */
export const textTargets: ReadonlySet<string> = new Set(
  "command domain_name email_addr idn_domain_name idn_email_addr ip_net ipv4_net ipv6_net iri mac_addr uri".split(" "),
);

/** Whether a target is one of the language or of a profile (`slpf:rule_number`). */
export function isTarget(name: string): boolean {
  return targets.has(name) || isProfileTarget(name);
}

/** Whether a target is a profile's own: a namespace of at most 16 characters, and a name. */
export function isProfileTarget(name: string): boolean {
  return /^[a-z][\w-]{0,15}:[\w-]{1,64}$/i.test(name);
}
