// What the v4 model of OpenUI5 makes of 429: it shows it. Tells one fact per line of the browser's console, as JSON.
import { collections } from "../collections.mjs";
import { app, tell } from "../place.mjs";
import { modelOf, refusalOf, tokenOf } from "./model.mjs";

const model = modelOf(await tokenOf(app), "$direct");

/** Reads until there is nothing left. */
async function exhaust() {
  for (;;) {
    const read = await refusalOf(async () => (await model.bindList(collections.secureScores.path).requestContexts(0, 1)).length);
    if (!("answered" in read)) return read;
  }
}

tell("refused", await exhaust());
tell("done", true);
