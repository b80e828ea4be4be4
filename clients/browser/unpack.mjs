// Unpacks the Chromium that is shipped within the package, with its libraries and fonts, into the folder that is given.
import { mkdirSync, mkdtempSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";

const place = process.argv[2];
mkdirSync(dirname(place), { recursive: true });
// It unpacks to the folder of temporary files, and takes what is there for whole: so into a fresh one, renamed when it is done.
const fresh = mkdtempSync(join(dirname(place), ".unpacking-"));
process.env.TMPDIR = fresh;
// Without it the libraries are left out.
process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs22.x";
const { default: chromium } = await import("@sparticuz/chromium");
await chromium.executablePath();
renameSync(fresh, place);
