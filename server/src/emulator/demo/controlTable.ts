/** A control as the tables write it: what a provider measures, and what it is worth. */
export interface Control {
  readonly name: string;
  readonly category: string;
  readonly service: string;
  /** Points for full coverage. */
  readonly maxScore: number;
  readonly tier: string;
  /** Config: a setting; Review: something to look at; Behavior: how far people or devices are covered. */
  readonly actionType: string;
  readonly cost: string;
  readonly impact: string;
  readonly threats: readonly string[];
  readonly title: string;
  readonly remediation: string;
}

const categories: Readonly<Record<string, string>> = { I: "Identity", D: "Data", V: "Device", A: "Apps", F: "Infrastructure" };
const tiers: Readonly<Record<string, string>> = { C: "Core", D: "Defense in Depth", A: "Advanced" };
const types: Readonly<Record<string, string>> = { C: "Config", R: "Review", B: "Behavior" };
const degrees: Readonly<Record<string, string>> = { l: "low", m: "moderate", h: "high" };
const threatNames: Readonly<Record<string, string>> = {
  ab: "accountBreach",
  dd: "dataDeletion",
  de: "dataExfiltration",
  ds: "dataSpillage",
  ep: "elevationOfPrivilege",
  mi: "maliciousInsider",
  pc: "passwordCracking",
  ph: "phishingOrWhaling",
  sp: "spoofing",
};

function named(names: Readonly<Record<string, string>>, code: string, line: string): string {
  const name = names[code];
  if (name === undefined) throw new Error(`'${code}' means nothing in: ${line}`);
  return name;
}

/**
 * Reads lines `name | category | service | points | tier type cost impact | threats | title | remediation`;
 * the one-letter codes are those above.
 */
export function controlTable(text: string): readonly Control[] {
  return text.trim().split("\n").map(controlOf);
}

function controlOf(line: string): Control {
  const cells = line.split("|").map((cell) => cell.trim());
  if (cells.length !== 8) throw new Error(`Expected 8 cells: ${line}`);
  const [name, category, service, points, codes, threats, title, remediation] = cells as [string, string, string, string, string, string, string, string];
  const [tier = "", type = "", cost = "", impact = ""] = codes;
  return {
    name,
    category: named(categories, category, line),
    service,
    maxScore: Number(points),
    tier: named(tiers, tier, line),
    actionType: named(types, type, line),
    cost: named(degrees, cost, line),
    impact: named(degrees, impact, line),
    threats: threats.split(" ").map((code) => named(threatNames, code, line)),
    title,
    remediation,
  };
}
