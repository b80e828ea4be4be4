import { expect } from "vitest";
import type { RunningNotifier } from "../../src/wiring/behindRequests.ts";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { createEgress } from "../../src/egress/createEgress.ts";
import { openHub, vendor, type Answer, type Asked, type HubSettings, type TestHub } from "./hub.ts";
import { openReceiver, type Receiver } from "./receiver.ts";

export const subscriptions = "/v1.0/subscriptions";
export const scores = "/v1.0/security/secureScores";
export const hours = 3_600_000;

/** A hub whose subscribers are told, and receivers on this machine. */
export interface NotifyStand {
  readonly hub: TestHub;
  readonly notifier: () => RunningNotifier;
  /** What went wrong here, and what befell subscribers: `failing <id>`. */
  readonly faults: Error[];
  readonly trouble: string[];
  readonly receiver: () => Promise<Receiver>;
  /** Its id. */
  readonly subscribe: (to: Receiver, more?: object, as?: Asked) => Promise<string>;
  readonly score: (currentScore: number, as?: Asked) => Promise<string>;
  /** The log of a subscription's deliveries, newest first. */
  readonly deliveries: (id: string) => Promise<any[]>;
  readonly replay: (id: string, deliveryId: string) => Promise<Answer>;
  readonly stopNotifying: () => Promise<void>;
  readonly startNotifying: (keep?: number) => void;
  /** Ends the receivers of a test, with the subscriptions of these callers. */
  readonly clear: (...asked: readonly Asked[]) => Promise<void>;
  /** Throws what went wrong here. */
  readonly requireNoFaults: () => void;
  readonly close: () => Promise<void>;
}

/** Opens a hub and begins to tell; what an endpoint does not take is kept for four hours unless said otherwise. */
export async function openNotifyStand(settings: HubSettings = {}, keep = 4 * hours): Promise<NotifyStand> {
  const own = createEgress({ allow: readAllowedDestinations("http://127.0.0.1:*") });
  const { egress = own } = settings;
  const hub = await openHub({ ...settings, egress });
  const [faults, trouble, receivers]: [Error[], string[], Receiver[]] = [[], [], []];
  const start = (kept: number): RunningNotifier =>
    hub.service.startNotifying({
      egress,
      keep: kept,
      onFault: (error) => void faults.push(error as Error),
      onTrouble: (what, { subscription }) => void trouble.push(`${what} ${subscription}`),
      validationToken: async (appId, tenant) => `signed for ${appId} ${tenant}`,
    });
  let notifier = start(keep);
  return {
    hub,
    faults,
    trouble,
    notifier: () => notifier,
    async receiver() {
      const one = await openReceiver();
      receivers.push(one);
      return one;
    },
    async subscribe({ url }, more, as) {
      const { status, json, text } = await hub.post(subscriptions, wantedBy(url, more), as);
      expect(status, text).toBe(201);
      return json.id;
    },
    score: async (currentScore, as) => (await hub.post(scores, { currentScore, maxScore: 100, vendorInformation: vendor }, as)).json.id,
    deliveries: async (id) => (await hub.get(`${subscriptions}/${id}/deliveries`)).json.value,
    replay: (id, deliveryId) => hub.post(`${subscriptions}/${id}/replay`, { deliveryId }),
    stopNotifying: () => notifier.stop(),
    startNotifying: (kept = keep) => void (notifier = start(kept)),
    async clear(...asked) {
      const left = async (as: Asked): Promise<readonly { readonly id: string }[]> => (await hub.get(subscriptions, as)).json.value ?? [];
      for (const as of [{}, ...asked]) {
        for (let page = await left(as); page.length > 0; page = await left(as)) {
          await Promise.all(page.map(({ id }) => hub.remove(`${subscriptions}/${id}`, as)));
        }
      }
      for (const one of receivers.splice(0)) await one.close();
      [faults.length, trouble.length] = [0, 0];
    },
    requireNoFaults() {
      if (faults.length > 0) throw new AggregateError(faults, "The notifier failed.");
    },
    async close() {
      await notifier.stop();
      await hub.close();
      await own.close();
    },
  };
}

/** The body of a subscription to scores, for an hour. */
export function wantedBy(notificationUrl: string, more: object = {}): object {
  const expirationDateTime = new Date(Date.now() + hours).toISOString();
  return { changeType: "created,updated,deleted", notificationUrl, resource: "security/secureScores", expirationDateTime, ...more };
}

/** The ids of what a receiver was told of. */
export function toldOf({ notified }: Receiver): string[] {
  return notified.flatMap(({ resourceData }) => resourceData?.id ?? []);
}
