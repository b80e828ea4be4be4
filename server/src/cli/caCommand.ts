import { join } from "node:path";
import type { Command } from "commander";
import { localCertificates } from "../http/localCertificates.ts";
import { readLocalConfiguration } from "./configuration.ts";
import { withSettings } from "./flags.ts";

/** Adds `ca`: the path of the local CA's certificate, which is made when it is not there yet. */
export function addCaCommand(program: Command): void {
  withSettings(program.command("ca"), ["data"])
    .description("Prints the path of the local CA's certificate, which clients have to trust.")
    .addHelpText("after", '\nExample:  NODE_EXTRA_CA_CERTS="$(secgraph ca)" node client.js\n')
    .action(async ({ data }: { readonly data?: string }) => {
      const configuration = readLocalConfiguration(data === undefined ? {} : { data });
      console.log((await localCertificates(join(configuration.data, "tls"), [])).caPath);
    });
}
