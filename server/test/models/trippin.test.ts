import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defineModel } from "../../src/edm/defineModel.ts";
import { openHub, type TestHub } from "../wire/hub.ts";

/**
 * OData's published reference model TripPin. Its document is not ours: it is read from where `TRIPPIN_CSDL` says (the answer to
 * `https://services.odata.org/V4/TripPinServiceRW/$metadata`), or from beside the checkout, and these tests are skipped where there is none.
 */
const file = process.env["TRIPPIN_CSDL"] ?? join(import.meta.dirname, "../../../../shared/trippin.csdl.xml");
const ns = "Microsoft.OData.SampleService.Models.TripPin";
const city = { CountryRegion: "United States", Name: "Boise", Region: "ID" };

describe.skipIf(!existsSync(file))(`TripPin (skipped without ${file})`, () => {
  let hub: TestHub;
  beforeAll(async () => {
    const anybody = { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] };
    hub = await openHub({ model: defineModel(readFileSync(file, "utf8"), anybody), profile: "odata" });
    const rows: readonly (readonly [string, object])[] = [
      ["Airlines", { AirlineCode: "AA", Name: "American Airlines" }],
      ["People", { UserName: "scottketchum", FirstName: "Scott", LastName: "Ketchum", Gender: "Male", Emails: [], AddressInfo: [] }],
      [
        "People",
        {
          UserName: "russellwhyte",
          FirstName: "Russell",
          LastName: "Whyte",
          Gender: "Male",
          Emails: ["Russell@example.com"],
          AddressInfo: [{ Address: "187 Suffolk Ln.", City: city }],
          "Friends@odata.bind": ["People('scottketchum')"],
        },
      ],
      [
        "People('russellwhyte')/Trips",
        { TripId: 0, Name: "Trip in US", Budget: 3000, StartsAt: "2014-01-01T00:00:00Z", EndsAt: "2014-01-04T00:00:00Z", Tags: ["business"] },
      ],
      [
        "People('russellwhyte')/Trips(0)/PlanItems",
        { "@odata.type": `#${ns}.Flight`, PlanItemId: 11, FlightNumber: "VA1930", Duration: "PT1H", "Airline@odata.bind": "Airlines('AA')" },
      ],
    ];
    for (const [path, row] of rows) {
      const made = await hub.post(`/v1.0/${path}`, row);
      if (made.status !== 201) throw new Error(`${path}: ${made.text}`);
    }
  });
  afterAll(() => hub.close());

  test.each<[string, (json: any) => unknown, unknown]>([
    ["", (json) => json.value.length, 6],
    ["People?$filter=FirstName eq 'Scott'", (json) => json.value[0].UserName, "scottketchum"],
    ["People('russellwhyte')?$expand=Friends($select=FirstName)", (json) => json.Friends[0].FirstName, "Scott"],
    ["People('russellwhyte')/AddressInfo", (json) => json.value[0].City.Name, "Boise"],
    ["People?$filter=Emails/any(e:endswith(e,'example.com'))", (json) => json.value.length, 1],
    ["People?$filter=Gender eq 'Female'", (json) => json.value.length, 0],
    ["People('russellwhyte')/Trips(0)/Name", (json) => json.value, "Trip in US"],
    ["People?$filter=Trips/any(t:t/Budget gt 2000)", (json) => json.value.length, 1],
    [`People('russellwhyte')/Trips(0)/PlanItems/${ns}.Flight?$expand=Airline`, (json) => json.value[0].Airline.Name, "American Airlines"],
    [`People('russellwhyte')/Trips(0)/PlanItems(11)/${ns}.Flight/Airline`, (json) => json.Name, "American Airlines"],
  ])("%s", async (target, pick, expected) => {
    const answer = await hub.get(`/v1.0/${target}`);
    expect(answer.status, answer.text).toBe(200);
    expect(pick(answer.json)).toBe(expected);
  });

  test("photos are content", async () => {
    await hub.post("/v1.0/Photos", { Id: 5, Name: "n" });
    expect((await hub.send("PUT", "/v1.0/Photos(5)/$value", { body: "jpeg", headers: { "content-type": "image/jpeg" } })).status).toBe(204);
    expect((await hub.get("/v1.0/Photos(5)/$value")).text).toBe("jpeg");
  });
});
