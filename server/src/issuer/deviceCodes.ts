import { createHash, randomBytes, randomInt } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { WantedScopes } from "./scopes.ts";

/** A device that waits for somebody to sign in elsewhere (RFC 8628). */
export interface DeviceRequest {
  readonly clientId: string;
  /** The tenant id of the path; undefined: any. */
  readonly tenant: string | undefined;
  readonly scopes: WantedScopes;
  /** Where it asked from. */
  readonly from: string;
}

/** What a device's request has come to. */
export interface PendingDevice extends DeviceRequest {
  readonly userCode: string;
  readonly until: number;
  /** Seconds between two questions; grows when the device asks too fast (3.5). */
  interval: number;
  asked: number;
  decision: "pending" | "denied" | { readonly personId: string; readonly signedIn: number };
}

/** Devices that wait, in memory. */
export interface DeviceCodes {
  /** Undefined: from there too many wait already, and others shall find room. */
  readonly begin: (request: DeviceRequest) => { readonly deviceCode: string; readonly userCode: string } | undefined;
  readonly byDeviceCode: (code: string) => PendingDevice | undefined;
  /** Undecided ones only; how the code is spaced or cased does not matter (6.1). */
  readonly byUserCode: (code: string) => PendingDevice | undefined;
  readonly forget: (deviceCode: string) => void;
}

/** Seconds that a person has, and that a device waits between two questions. */
export const deviceLife = 900;
export const deviceInterval = 5;

/** Devices that may wait, in all and from one address. */
const most = { all: 5_000, each: 500 };

/** Letters that make no words and are not taken for one another (6.1): 20^8 codes. */
const letters = "BCDFGHJKLMNPQRSTVWXZ";

/** Makes the memory of devices. */
export function createDeviceCodes(clock: () => number): DeviceCodes {
  const byDevice = new LRUCache<string, PendingDevice>({ max: most.all });
  const keyOf = (code: string): string => createHash("sha256").update(code).digest("base64url");
  const plain = (code: string): string => code.toUpperCase().replaceAll(/[^A-Z]/g, "");
  return {
    begin(request) {
      const waiting = [...byDevice.values()].filter((device) => device.from === request.from && device.until > clock());
      if (waiting.length >= most.each) return undefined;
      const deviceCode = randomBytes(32).toString("base64url");
      const userCode = Array.from({ length: 8 }, () => letters[randomInt(letters.length)]!).join("");
      const device = { ...request, userCode, until: clock() + deviceLife * 1000, interval: deviceInterval, asked: 0, decision: "pending" as const };
      byDevice.set(keyOf(deviceCode), device);
      return { deviceCode, userCode: `${userCode.slice(0, 4)}-${userCode.slice(4)}` };
    },
    byDeviceCode: (code) => byDevice.get(keyOf(code)),
    byUserCode(code) {
      const wanted = plain(code);
      return [...byDevice.values()].find((device) => device.userCode === wanted && device.until > clock() && device.decision === "pending");
    },
    forget: (code) => void byDevice.delete(keyOf(code)),
  };
}
