import { Command } from "commander";
import { isSystemFault } from "../base/systemFault.ts";
import { PortTaken } from "../http/listen.ts";
import { addAppCommands } from "./appCommands.ts";
import { addAuditCommands } from "./audit/auditCommands.ts";
import { addBackupCommands } from "./backup/backupCommands.ts";
import { addCaCommand } from "./caCommand.ts";
import { addDoctorCommand } from "./doctor/doctorCommand.ts";
import { addConnectorCommands } from "./connectors/connectorCommands.ts";
import { addHubCommands } from "./hubCommands.ts";
import { addKeyCommands } from "./keyCommands.ts";
import { ConfigurationFault } from "./configuration.ts";
import { addMigrateCommand } from "./migrateCommand.ts";
import { addServerCommands } from "./serverCommands.ts";
import { addTokenCommand } from "./tokenCommand.ts";
import { addCopyCommand } from "./transfer/copyCommand.ts";
import { addUserCommands } from "./userCommands.ts";
import { version } from "./version.ts";

const program = new Command("secgraph")
  .description("A self-hosted security hub that speaks Microsoft Graph's security API.")
  .version(version())
  .showHelpAfterError("(secgraph --help lists the commands)")
  .addHelpText("after", "\nTry it:   secgraph emulator\nDocs:     docs/ beside this program, or docs/reference/configuration.md for every setting\n");
addServerCommands(program);
addTokenCommand(program);
addAppCommands(program);
addUserCommands(program);
addKeyCommands(program);
addHubCommands(program);
addConnectorCommands(program);
addCaCommand(program);
addAuditCommands(program);
addBackupCommands(program);
addCopyCommand(program);
addMigrateCommand(program);
addDoctorCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  const isExpected = error instanceof ConfigurationFault || error instanceof PortTaken || isSystemFault(error);
  console.error(isExpected ? `secgraph: ${error.message}` : error);
  process.exit(1);
}
