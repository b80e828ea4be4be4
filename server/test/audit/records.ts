import { sealRecord, firstSeal } from "../../src/store/audit/sealRecord.ts";

/** The hub of the records. */
export const hubId = "93f71079-569e-8c5e-bf11-52b2d747d62b";

/** A chain of so many records as lines of an export. */
export function exported(count: number): string[] {
  const lines: string[] = [];
  let previousSeal = firstSeal(hubId);
  for (let number = 1; number <= count; number += 1) {
    const entry = {
      verb: number % 3 === 0 ? "update" : "create",
      at: `2026-11-22T18:${String(Math.floor(number / 60) % 60).padStart(2, "0")}:${String(number % 60).padStart(2, "0")}.0000000Z`,
      tenant: "11111111-1111-4111-8111-111111111111",
      appId: "test-app",
      user: number % 2 === 0 ? "ann@contoso.example" : null,
      origin: { address: "192.0.2.7", userAgent: "tester/1.0", requestId: `request-${number}` },
    };
    const change = { after: String(number), before: String(number - 1), name: "currentScore" };
    const resources = [
      { change: entry.verb, changes: [change], path: `security/secureScores/${number}`, type: "microsoft.graph.secureScore", version: number },
    ];
    const { body, seal } = sealRecord({ entry, hub: hubId, number, previousSeal, first: number, last: number, resources });
    lines.push(`${body.slice(0, -1)},"seal":"${seal}"}`);
    previousSeal = seal;
  }
  return lines;
}
