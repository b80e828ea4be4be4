import { domain } from "./demoCaller.ts";
import { people } from "./people.ts";
import { random, type Random } from "./random.ts";
import { devicePrefixes } from "./tables/names.ts";

/** A device of the demo's company. */
export interface Device {
  readonly id: string;
  readonly name: string;
  readonly fqdn: string;
  readonly os: string;
  readonly osVersion: string;
  /** Who works with it. */
  readonly userPrincipalName: string;
}

const systems = [
  { prefix: devicePrefixes.laptop, os: "Windows", osVersion: "11 24H2" },
  { prefix: devicePrefixes.laptop, os: "Windows", osVersion: "11 25H2" },
  { prefix: devicePrefixes.laptop, os: "Windows", osVersion: "11 25H2" },
  { prefix: devicePrefixes.mac, os: "macOS", osVersion: "26.1" },
  { prefix: devicePrefixes.desktop, os: "Windows", osVersion: "11 24H2" },
];

/** The devices of the demo, one for each of its first people. */
export function devices(): readonly Device[] {
  const numbers = random("devices");
  return people()
    .slice(0, deviceCount)
    .map(({ userPrincipalName }, index) => {
      const { prefix, os, osVersion } = numbers.pick(systems);
      const name = `${prefix}-${1001 + index * 3}`;
      return { id: guid(numbers), name, fqdn: `${name}.corp.${domain}`.toLowerCase(), os, osVersion, userPrincipalName };
    });
}

export const deviceCount = 187;

/** A GUID in form, the same every time. */
function guid(numbers: Random): string {
  const hex = Array.from({ length: 32 }, () => numbers.whole(0, 15).toString(16)).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
