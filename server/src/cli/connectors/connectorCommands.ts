import { resolve } from "node:path";
import type { Command } from "commander";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { callersFolder } from "../checkoutRoot.ts";
import { ConfigurationFault } from "../configuration.ts";
import { withSettings } from "../flags.ts";
import type { Answered, Desk } from "./desk.ts";
import type { HubFlags } from "./openDesk.ts";

interface AddFlags extends HubFlags {
  readonly replace?: true;
}
interface StateFlags extends HubFlags {
  readonly reason?: string;
}
interface TestFlags extends HubFlags {
  readonly action?: string;
  readonly parameter?: readonly string[];
}

const which = "<connector>";

/** Adds `connector list|add|show|remove|pause|resume|drain|stop|test`: who carries actions out in a hub. A running server is asked; otherwise the store is opened. */
export function addConnectorCommands(program: Command): void {
  const connector = program
    .command("connector")
    .description("Manages the connectors that carry out actions; a connector is named by its id or as vendor/provider.");
  const command = (name: string, text: string): Command =>
    withSettings(connector.command(name), ["data", "databaseUrl"])
      .description(text)
      .option("--tenant <id or name>", "tenant whose hub is meant (default: the development tenant)")
      .option("--hub <id>", "another hub that the tenant may work in");
  command("list", "Lists the connectors with their states and actions.").action(list);
  command("add", 'Makes a connector from a JSON file as the API takes it; secrets may be named as {"env": "NAME"} or {"file": "path"}.')
    .argument("<file>", "file, or - for standard input")
    .option("--replace", "changes the connector of the same vendor and provider when there is one")
    .action(add);
  command("show", "Shows a connector as JSON, without its secrets.").argument(which).action(show);
  command("remove", "Removes a connector; actions that wait for it go on waiting.").argument(which).action(remove);
  for (const [name, text] of Object.entries(turns)) {
    command(name, text)
      .argument(which)
      .option("--reason <text>", "why, kept with the connector")
      .action((id: string, flags: StateFlags) => turn(name, id, flags));
  }
  command("test", "Sends an action to a connector as a dry run: everything is checked, nothing is carried out.")
    .argument(which)
    .option("--action <name>", "one of its actions (default: the first)")
    .option("--parameter <name=value...>", "parameters (default: those of the action's example)")
    .action(test);
}

const turns = {
  pause: "Lets its actions wait from now on; what is under way goes on.",
  resume: "Lets its actions go on.",
  drain: "Carries out what has been queued until now, then pauses.",
  stop: "Stops it at once: nothing more is sent.",
};

/** The store and the model are loaded when a command of this group runs. */
async function at<T>(flags: HubFlags, work: (desk: Desk) => Promise<T>): Promise<T> {
  const { atDesk } = await import("./openDesk.ts");
  return atDesk(flags, work);
}

/** The body of an answer; throws a ConfigurationFault that says everything that was refused. */
async function required(answer: Answered): Promise<JsonObject> {
  const { refusalLines } = await import("./desk.ts");
  if (answer.status >= 300) throw new ConfigurationFault(`refused (${answer.status})\n  ${refusalLines(answer).join("\n  ")}`);
  return isObject(answer.json) ? answer.json : {};
}

async function connectorsOf(desk: Desk): Promise<readonly JsonObject[]> {
  const { listAll } = await import("./desk.ts");
  try {
    return await listAll(desk, "connectors");
  } catch (error) {
    throw error instanceof ConfigurationFault ? error : new ConfigurationFault((error as Error).message);
  }
}

/** The connector that a word names. */
async function find(desk: Desk, named: string): Promise<JsonObject> {
  const all = await connectorsOf(desk);
  const names = ({ vendor, provider }: JsonObject): string => `${textOf(vendor)}/${textOf(provider)}`.toLowerCase();
  const found = all.find(({ id }) => id === named) ?? all.find((one) => names(one) === named.toLowerCase());
  if (found === undefined) throw new ConfigurationFault(`There is no connector '${named}' in this hub. secgraph connector list shows them.`);
  return found;
}

function actionsOf(connector: JsonObject): readonly JsonObject[] {
  return Array.isArray(connector["actions"]) ? (connector["actions"] as readonly Json[]).filter(isObject) : [];
}

async function list(flags: HubFlags): Promise<void> {
  for (const one of await at(flags, connectorsOf)) {
    const [id, state, kind, vendor, provider] = ["id", "state", "kind", "vendor", "provider"].map((name) => textOf(one[name]));
    const actions = actionsOf(one).map((action) => textOf(action["name"]));
    console.log(`${id}  ${state!.padEnd(8)}  ${kind!.padEnd(6)}  ${vendor}/${provider}\n  ${actions.join(" ")}`);
  }
}

async function add(name: string, { replace, ...flags }: AddFlags): Promise<void> {
  const { readJsonFile, withSecrets } = await import("./readConnectors.ts");
  const file = name === "-" ? name : resolve(callersFolder(), name);
  const body = await readJsonFile(file);
  if (!isObject(body)) throw new ConfigurationFault(`${name}: expected a JSON object, as the API takes it.`);
  let filled: JsonObject;
  try {
    filled = withSecrets(body, { env: process.env, file: name === "-" ? callersFolder() : file });
  } catch (error) {
    throw new ConfigurationFault((error as Error).message);
  }
  const { applyConnector } = await import("./applyConnector.ts");
  await at(flags, async (desk) => {
    if (replace !== true) return console.log(`${textOf((await required(await desk.send("POST", "connectors", filled)))["id"])} is made.`);
    const applied = await applyConnector(desk, filled);
    if ("faults" in applied) throw new ConfigurationFault(`refused\n  ${applied.faults.join("\n  ")}`);
    console.log(`${applied.id} ${{ made: "is made", changed: "is changed", nothing: "is so already" }[applied.did]}.`);
  });
}

async function show(id: string, flags: HubFlags): Promise<void> {
  console.log(JSON.stringify(withoutMarks(await at(flags, (desk) => find(desk, id))), null, 2));
}

/** Without OData's own members: so it can be given to `add` again. */
function withoutMarks(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutMarks);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (name.startsWith("@odata.") ? [] : [[name, name === "parameters" ? one : withoutMarks(one)]])),
  );
}

async function remove(id: string, flags: HubFlags): Promise<void> {
  const gone = await at(flags, async (desk) => {
    const found = textOf((await find(desk, id))["id"]);
    await required(await desk.send("DELETE", `connectors/${encodeURIComponent(found)}`));
    return found;
  });
  console.log(`Removed ${gone}.`);
}

async function turn(name: string, id: string, { reason, ...flags }: StateFlags): Promise<void> {
  const now = await at(flags, async (desk) => {
    const found = textOf((await find(desk, id))["id"]);
    await required(await desk.send("POST", `connectors/${encodeURIComponent(found)}/${name}`, reason === undefined ? {} : { reason }));
    return find(desk, found);
  });
  console.log(`${textOf(now["id"])} is ${textOf(now["state"])}.`);
}

async function test(id: string, { action: name, parameter, ...flags }: TestFlags): Promise<void> {
  const { tried, done } = await at(flags, async (desk) => {
    const connector = await find(desk, id);
    const action = actionsOf(connector).find((one) => name === undefined || textOf(one["name"]).toLowerCase() === name.toLowerCase());
    if (action === undefined)
      throw new ConfigurationFault(
        `The connector has no action '${name}'; it has ${actionsOf(connector)
          .map((one) => textOf(one["name"]))
          .join(", ")}.`,
      );
    const { vendor, provider } = connector;
    const body = {
      name: action["name"] ?? null,
      parameters: parametersOf(action, parameter),
      dryRun: true,
      vendorInformation: { vendor, provider } as JsonObject,
    };
    const found = await required(await desk.send("POST", `connectors/${encodeURIComponent(textOf(connector["id"]))}/testConnection`, {}));
    return { tried: found, done: await required(await desk.send("POST", "securityActions", { ...body, actionReason: "secgraph connector test" })) };
  });
  const dispatch = isObject(done["dispatch"]) ? done["dispatch"] : {};
  const would = textOf(dispatch["wouldSend"]);
  console.log(`${textOf(done["id"])} is ${textOf(done["status"])} (dry run).${would === "" ? "" : `\n${would}`}`);
  console.log(`The endpoint: ${[textOf(tried["outcome"]), textOf(tried["message"])].filter((text) => text !== "").join(". ")}`);
}

function parametersOf(action: JsonObject, given: readonly string[] | undefined): Json {
  if (given === undefined) {
    const example = Array.isArray(action["example"]) ? (action["example"] as readonly Json[]).filter(isObject) : [];
    if (example.length === 0) throw new ConfigurationFault("The action has no example: give its parameters with --parameter name=value.");
    return example.map(({ name = null, value = null }) => ({ name, value }));
  }
  return given.map((one) => {
    const mark = one.indexOf("=");
    if (mark < 1) throw new ConfigurationFault(`--parameter is '${one}'; expected name=value.`);
    return { name: one.slice(0, mark), value: one.slice(mark + 1) };
  });
}
