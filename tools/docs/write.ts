import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createModel } from "../../server/src/edm/createModel.ts";
import { securityGraph } from "../../server/src/graph/securityGraph.ts";
import { withClientsTable } from "./clients.ts";
import { conformancePage } from "./conformance.ts";
import { errorsPage } from "./errors.ts";
import { matrixPage } from "./matrix.ts";
import { configurationPage } from "./configuration.ts";
import { logsPage } from "./logs.ts";
import { metricsPage } from "./metrics.ts";
import { permissionsPage } from "./permissions.ts";
import { protocolPage } from "./protocol.ts";
import { resourcesPage } from "./resources.ts";

/** Writes the pages of docs/reference that come from the model and the error catalogue, and the table of clients/README.md. */
const model = createModel(securityGraph);
const reference = join(import.meta.dirname, "../../docs/reference");
writeFileSync(join(reference, "permissions.md"), permissionsPage(model));
writeFileSync(join(reference, "resources.md"), resourcesPage(model));
writeFileSync(join(reference, "matrix.md"), matrixPage(model));
writeFileSync(join(reference, "configuration.md"), configurationPage());
writeFileSync(join(reference, "errors.md"), errorsPage());
writeFileSync(join(reference, "protocol.md"), protocolPage());
writeFileSync(join(reference, "conformance.md"), conformancePage());
writeFileSync(join(reference, "logs.md"), logsPage());
writeFileSync(join(reference, "metrics.md"), await metricsPage());
const clients = join(import.meta.dirname, "../../clients/README.md");
writeFileSync(clients, withClientsTable(readFileSync(clients, "utf8")));
