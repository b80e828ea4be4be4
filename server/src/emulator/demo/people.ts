import { domain, person, type DemoCaller } from "./demoCaller.ts";
import { random } from "./random.ts";
import { departments, familyNames, givenNames } from "./tables/names.ts";
import { staff, type StaffMember, type StaffName } from "./tables/staff.ts";

/** Somebody who works at the demo's company. */
export interface Person {
  readonly name: string;
  readonly userPrincipalName: string;
  readonly department: string;
  /** How risky the person's account is in the end: 0 to 100. */
  readonly risk: number;
  /** Days before today on which they began; 89 stands for everybody who was there before. */
  readonly joinedDaysAgo: number;
  readonly leaver: boolean;
}

export const headcount = 200;
const joiners = 14;
/** The risk of those to whom something happened, by number. */
const stories: Readonly<Record<number, number>> = { 12: 41, 33: 62, 40: 38, 57: 58, 88: 49, 131: 88, 163: 57, 176: 93 };

function addressOf({ given, family }: Pick<StaffMember, "given" | "family">): string {
  return `${given}.${family}@${domain}`.toLowerCase();
}

/** The caller that a member of staff is. */
export function staffCaller(name: StaffName): DemoCaller {
  return person(staffAddress(name));
}

/** The address of a member of staff. */
export function staffAddress(name: StaffName): string {
  return addressOf(staff[name]);
}

/** The people of the demo, the staff first; the last ones joined while it ran. */
export function people(): readonly Person[] {
  const numbers = random("people");
  const members = new Map<string, StaffMember>(Object.values(staff).map((one) => [addressOf(one), one]));
  while (members.size < headcount) {
    const one = { given: numbers.pick(givenNames), family: numbers.pick(familyNames), department: numbers.pick(departments) };
    members.set(addressOf(one), members.get(addressOf(one)) ?? one);
  }
  return [...members].map(([userPrincipalName, one], index) => ({
    name: `${one.given} ${one.family}`,
    userPrincipalName,
    department: one.department,
    risk: stories[index] ?? riskOf(numbers.next()),
    joinedDaysAgo: index < headcount - joiners ? 89 : 84 - 6 * (index - (headcount - joiners)),
    leaver: index >= 60 && index < 66,
  }));
}

/** Most accounts are hardly at risk, a few very much. */
function riskOf(chance: number): number {
  if (chance < 0.72) return Math.round(chance * 25);
  if (chance < 0.94) return Math.round(20 + (chance - 0.72) * 180);
  return Math.round(65 + (chance - 0.94) * 500);
}
