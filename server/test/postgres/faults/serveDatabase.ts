import { createService } from "../../../src/app.ts";
import { problem } from "../../../src/base/errors.ts";
import { defaultBudgets } from "../../../src/base/limits.ts";
import { createModel } from "../../../src/edm/createModel.ts";
import { securityGraph } from "../../../src/graph/securityGraph.ts";
import { listen } from "../../../src/http/listen.ts";
import { openPostgresStore } from "../../../src/store/postgres/openPostgresStore.ts";
import { callerOf } from "../../wire/hub.ts";

/** A server over a database, in a process of its own that may be killed: `DATABASE_URL`, `PORT`. The token of a request is its tenant. */
const { DATABASE_URL = "", PORT = "0" } = process.env;
const model = createModel(securityGraph);
const tell = (what: string) => (failure: unknown) => console.error(`${what} ${String(failure)}`);
const store = await openPostgresStore({ url: DATABASE_URL, model, events: { writesFailed: tell("failed"), writesResumed: tell("resumed") } });
const service = await createService({
  model,
  store,
  authenticate({ authorization }) {
    if (authorization === undefined) throw problem("badToken", { what: "Access token is empty." });
    return callerOf({ tenant: authorization.slice("Bearer ".length) });
  },
  budgets: defaultBudgets,
  placeholders: [],
  faithful: [],
});
const listening = await listen({
  hosts: ["127.0.0.1"],
  port: Number(PORT),
  shell: {
    handle: service.handle,
    refuse: service.refuse,
    mounts: [],
    publicUrl: "http://hub.example",
    limits: { bodyBytes: 4_000_000, urlLength: 16_384 },
    onError: (error) => console.error(error),
  },
});
process.once(
  "SIGTERM",
  () =>
    void listening
      .close(5000)
      .then(() => store.close())
      .then(() => process.exit(0)),
);
console.log(`port ${listening.port}`);
