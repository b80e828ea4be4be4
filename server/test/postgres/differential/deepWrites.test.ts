import { afterEach, expect, test } from "vitest";
import { createModel } from "../../../src/edm/createModel.ts";
import { curl } from "../../fuzz/curl.ts";
import { diceOf } from "../../fuzz/dice.ts";
import { wanted } from "../../fuzz/campaign.ts";
import { libraryDefinition } from "../../wire/library.ts";
import { createDatabase, type TestDatabase } from "../databases.ts";
import { DeepRequests } from "./deepRequests.ts";
import { openTwins, type Twins } from "./twins.ts";

let database: TestDatabase;
let twins: Twins;
afterEach(async () => {
  await twins.close();
  await database.drop();
});

test("SQLite and PostgreSQL give the same answers: relations, and what is written with them", { timeout: 300_000 }, async () => {
  database = await createDatabase();
  twins = await openTwins(createModel(libraryDefinition), database.url, "odata");
  const requests = new DeepRequests(diceOf(wanted("FUZZ_SEED", 43)));
  const seen = new Set<string>();
  for (let n = 0; n < wanted("FUZZ_COUNT", 700); n += 1) {
    const request = requests.next();
    const answer = await twins.send(request);
    expect(answer.fault, `request ${n}: ${curl(request)}`).toBeUndefined();
    seen.add(`${request.method} ${answer.seen.status}`);
  }
  const all = ["GET 200", "GET 204", "GET 404", "POST 201", "POST 204", "POST 400", "POST 409", "PATCH 200", "PATCH 204", "PUT 200", "PUT 204", "DELETE 204", "DELETE 412"]; // prettier-ignore
  expect([...seen]).toEqual(expect.arrayContaining(all));
});
