import type { JsonObject } from "../../base/json.ts";
import { days, type Calendar } from "./calendar.ts";
import { applications } from "./demoCaller.ts";
import type { DemoRequest } from "./demoRequest.ts";

const ip: JsonObject = { type: "object", required: ["ip"], properties: { ip: { type: "string", minLength: 2, description: "The address." } } };
const domain: JsonObject = { type: "object", required: ["domain"], properties: { domain: { type: "string", minLength: 1, description: "Its name." } } };

const action = (name: string, reverse: string, parameters: JsonObject, example: readonly [name: string, value: string]): JsonObject => ({
  name,
  reverse,
  parameters,
  example: [{ name: example[0], value: example[1] }],
  targetParameters: [example[0]],
});

/** A connector that plays along and does nothing: so that an action of the demo is seen to be carried out. */
export function practiceConnector(calendar: Calendar): readonly DemoRequest[] {
  return [
    {
      at: calendar.midnight(days - 1),
      method: "POST",
      path: "/security/connectors",
      body: {
        displayName: "Practice: plays along and does nothing",
        vendor: "Contoso",
        provider: "Practice",
        kind: "mock",
        actions: [
          action("BlockIp", "UnblockIp", ip, ["ip", "203.0.113.7"]),
          action("UnblockIp", "BlockIp", ip, ["ip", "203.0.113.7"]),
          action("BlockDomain", "UnblockDomain", domain, ["domain", "bad.example"]),
          action("UnblockDomain", "BlockDomain", domain, ["domain", "bad.example"]),
        ],
        mock: { outcomes: [{ outcome: "accepted", milliseconds: 1000 }] },
      },
      by: applications.setup,
    },
  ];
}
