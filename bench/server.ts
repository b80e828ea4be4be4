import { listen } from "../server/src/http/listen.ts";
import { defaultBudgets } from "../server/src/base/limits.ts";
import { answerParent } from "./child.ts";
import { openService } from "./openService.ts";

/** The server under test, in a process of its own: the real shell over the real service. Arguments: the data file, and `unkept` for one that keeps no rows and pages in memory. */
const { service, store, metrics, token } = await openService(process.argv[2]!, process.argv[3] === "unkept" ? 0 : undefined);
const { port } = await listen({
  hosts: ["127.0.0.1"],
  port: 0,
  shell: { handle: service.handle, refuse: service.refuse, mounts: [], limits: defaultBudgets, metrics, onError: (error) => console.error(error) },
});
answerParent({ port, token }, {}, store.close);
