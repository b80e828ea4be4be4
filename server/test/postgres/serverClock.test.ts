import { expect, onTestFinished, test, vi } from "vitest";
import { openHub, vendor } from "../wire/hub.ts";

test("a server whose clock was two days ahead when it started neither forgets keys nor refuses page tokens, and its own are as good", async () => {
  const right = await openHub();
  onTestFinished(right.close);
  const now = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => now + 48 * 3_600_000);
  const wrong = await openHub({ folder: right.folder });
  vi.restoreAllMocks();
  onTestFinished(() => wrong.store.close());
  const scores = "/v1.0/security/secureScores";
  const score = { currentScore: 1, maxScore: 10, vendorInformation: vendor };
  for (const [first, second] of [[right, wrong], [wrong, right]] as const) {
    const headers = { "idempotency-key": first === right ? "a" : "b" };
    const made = await first.post(scores, score, { headers });
    expect([made.status, (await second.post(scores, score, { headers })).text]).toEqual([201, made.text]);
    await first.post(scores, score);
    const page = await first.get(scores, { headers: { prefer: "odata.maxpagesize=1" } });
    const next = String(page.json["@odata.nextLink"]).replace(/^https:\/\/[^/]+/, "");
    expect((await second.get(next)).status).toBe(200);
  } // prettier-ignore
});
