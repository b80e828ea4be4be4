import { createHash, randomBytes, randomInt } from "node:crypto";
import { AliasTaken } from "../base/records.ts";
import type { RecordKind, Records } from "../base/records.ts";
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

/** What somebody said to a device's request. */
export type DeviceDecision = "denied" | { readonly personId: string; readonly signedIn: number };

/** What a device's request has come to. */
export interface PendingDevice extends DeviceRequest {
  readonly userCode: string;
  /** Milliseconds of the clock. */
  readonly until: number;
  /** Seconds between two questions; grows when the device asks too fast (3.5). */
  readonly interval: number;
  readonly asked: number;
  readonly decision: "pending" | DeviceDecision;
}

/** What a device hears when it asks: its request, once it is decided for the last time, and whether it asks too fast. */
export interface DeviceAnswer {
  readonly device: PendingDevice;
  readonly isTooFast: boolean;
}

/** Devices that wait. What is kept of their codes is a hash, but for what people type. */
export interface DeviceCodes {
  /** Undefined: from there too many wait already, and others shall find room. */
  readonly begin: (request: DeviceRequest) => Promise<{ readonly deviceCode: string; readonly userCode: string } | undefined>;
  readonly byDeviceCode: (code: string) => Promise<PendingDevice | undefined>;
  /** Undecided ones only; how the code is spaced or cased does not matter (6.1). */
  readonly byUserCode: (code: string) => Promise<PendingDevice | undefined>;
  /** The device asks: a decision is answered once and forgotten. Undefined: unknown, or used. */
  readonly ask: (deviceCode: string) => Promise<DeviceAnswer | undefined>;
  /** Answers the device of an undecided request; false when it is none any more. */
  readonly decide: (userCode: string, decision: DeviceDecision) => Promise<boolean>;
}

/** Seconds that a person has, and that a device waits between two questions. */
export const deviceLife = 900;
export const deviceInterval = 5;

/** Devices that may wait, in the memory of one process and from one address. */
const most = { all: 5_000, each: 500 };

/** Letters that make no words and are not taken for one another (6.1): 20^8 codes. */
const letters = "BCDFGHJKLMNPQRSTVWXZ";

interface Waiting extends PendingDevice {
  readonly key: string;
}

const deviceKind: RecordKind<Waiting> = {
  name: "device",
  // Who asks too late is told so for a while.
  life: { milliseconds: (deviceLife + 300) * 1000, since: "made" },
  aliasOf: ({ userCode }) => userCode,
  most: most.all,
};

/** What counts for an address. */
const roomKind: RecordKind<Pick<Waiting, "from">> = {
  name: "device room",
  life: { milliseconds: deviceLife * 1000, since: "made" },
  ownerOf: ({ from }) => from,
  most: most.all,
};

/** Makes the handling of devices over records. */
export function createDeviceCodes(records: Records, clock: () => number): DeviceCodes {
  const devices = records(deviceKind);
  const rooms = records(roomKind);
  const keyOf = (code: string): string => createHash("sha256").update(code).digest("base64url");
  const isOpen = (device: PendingDevice | undefined): device is PendingDevice =>
    device !== undefined && device.until > clock() && device.decision === "pending";
  const byUserCode = (code: string): Promise<Waiting | undefined> => devices.findByAlias(code.toUpperCase().replaceAll(/[^A-Z]/g, ""));
  return {
    async begin(request) {
      const { from } = request;
      if ((await rooms.count(from)) >= most.each) return undefined;
      const deviceCode = randomBytes(32).toString("base64url");
      const key = keyOf(deviceCode);
      const device = { ...request, key, until: clock() + deviceLife * 1000, interval: deviceInterval, asked: 0, decision: "pending" as const };
      const userCode = await untilFree(async () => {
        const code = Array.from({ length: 8 }, () => letters[randomInt(letters.length)]!).join("");
        await devices.change(key, () => ({ ...device, userCode: code }));
        return code;
      });
      await rooms.change(key, () => ({ from }));
      return { deviceCode, userCode: `${userCode.slice(0, 4)}-${userCode.slice(4)}` };
    },
    byDeviceCode: (code) => devices.find(keyOf(code)),
    async byUserCode(code) {
      const device = await byUserCode(code);
      return isOpen(device) ? device : undefined;
    },
    async ask(code) {
      let answer: DeviceAnswer | undefined;
      await devices.change(keyOf(code), (device) => {
        answer = device === undefined ? undefined : answerTo(device, clock());
        return device?.decision === "pending" ? (answer?.device as Waiting) : undefined;
      });
      return answer;
    },
    async decide(userCode, decision) {
      const found = await byUserCode(userCode);
      if (found === undefined) return false;
      let isDecided = false;
      await devices.change(found.key, (device) => {
        isDecided = isOpen(device);
        return isDecided ? { ...device!, decision } : device;
      });
      return isDecided;
    },
  };
}

function answerTo(device: Waiting, now: number): DeviceAnswer {
  if (device.decision !== "pending" || device.until <= now) return { device, isTooFast: false };
  // One second of tolerance: timers are not that exact.
  const isTooFast = now - device.asked < (device.interval - 1) * 1000;
  return { device: { ...device, asked: now, interval: isTooFast ? device.interval + deviceInterval : device.interval }, isTooFast };
}

/** Two devices that wait have two codes. */
async function untilFree(make: () => Promise<string>): Promise<string> {
  for (;;) {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof AliasTaken)) throw error;
    }
  }
}
