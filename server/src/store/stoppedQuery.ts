import { problem, type Problem } from "../base/errors.ts";

const advice =
  "Ask for less: compare an indexed property in $filter; in $apply put filter(...) in front of groupby, join and concat, and group by fewer properties; look at other entities in fewer any(), all() and $count; sort by an indexed property; read one page ($top) at a time";

/** A query that its own work makes too dear for this server: 400, with what to ask instead. */
export function tooCostly(why: string): Problem {
  return problem("queryTooCostly", { what: `The query ${why} and was stopped. ${advice}.` });
}

/** One that computed for as long as a query may. `budget` in milliseconds. */
export function tooLong(budget: number): Problem {
  return tooCostly(`takes more than the ${budget / 1000} seconds of computing that one may take here`);
}

/** One that would not have taken long, had the server or its disk not been busy with other things. */
export function tooSlow(): Problem {
  const what = "The query could not be finished in time, for the server or its disk is busy with other things; nothing was changed. Try again.";
  return problem("timeout", { what }, { headers: { "Retry-After": "5" } });
}
