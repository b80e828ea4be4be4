import { createHash } from "node:crypto";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { isRefusal, type AlsoWrite, type Found, type NamedReads, type Refusal, type Rule, type Stamp } from "../../edm/rules.ts";
import { controlVerdict, type ControlVerdict } from "./controlVerdict.ts";
import { invalid } from "./refusals.ts";
import { isEnded } from "./taskFacts.ts";
import { raiseTask } from "./taskWorkflow.ts";
import { profileOf, verificationOf } from "./verification.ts";

const tasks = "deviceAppManagement/deviceAppManagementTasks";
const profiles = "security/secureScoreControlProfiles";
const type = "microsoft.graph.securityConfigurationTask";
/** Tasks that one call makes. */
const most = 500;
const mostFound = 20_000;
/** Up to this place in the order of importance a control's task is of high priority. */
const highRank = 20;

interface Provider {
  readonly vendor: string | null;
  readonly provider: string;
}

/** The controls of a score by their names; of one that stands in it twice the last. */
function controlsOf({ controlScores }: JsonObject): ReadonlyMap<string, JsonObject> {
  const controls = (Array.isArray(controlScores) ? (controlScores as readonly Json[]) : []).filter(isObject);
  return new Map(controls.flatMap((one) => (typeof one["controlName"] === "string" && one["controlName"] !== "" ? [[one["controlName"], one] as const] : [])));
}

/** The controls that the call is about: those that it names, else all of the score. */
function askedNames(entity: JsonObject, { controlNames }: JsonObject): readonly string[] {
  return Array.isArray(controlNames) ? [...new Set(controlNames as readonly string[])] : [...controlsOf(entity).keys()];
}

function providerOf({ vendorInformation }: JsonObject): Provider | undefined {
  const { vendor, provider } = isObject(vendorInformation) ? vendorInformation : {};
  return typeof provider === "string" && provider !== "" ? { vendor: typeof vendor === "string" ? vendor : null, provider } : undefined;
}

function refusalOf(entity: JsonObject, sent: JsonObject): Refusal | undefined {
  if (providerOf(entity) === undefined)
    return invalid("vendorInformation/provider", "The score does not say whose it is: nothing could prove a task made from it.");
  const { controlNames } = sent;
  if (!Array.isArray(controlNames)) return undefined;
  const known = controlsOf(entity);
  const strange = (controlNames as readonly string[]).find((name) => !known.has(name));
  return strange === undefined ? undefined : invalid("controlNames", `The score tells of no control '${strange.slice(0, 200)}'.`);
}

function reads({ entity, sent }: { readonly entity: JsonObject; readonly sent: JsonObject }): NamedReads {
  const names = askedNames(entity, sent);
  if (names.length === 0 || refusalOf(entity, sent) !== undefined) return {};
  return {
    profiles: { kind: "find", place: profiles, where: [{ path: "id", is: "in", value: names }], limit: mostFound },
    tasks: { kind: "find", place: tasks, where: [{ path: "verification/controlNames", is: "in", value: names }], limit: mostFound },
  };
}

/** A task is to do while it is open, and while its completion waits to be proven. */
function isStanding(task: JsonObject): boolean {
  const status = textOf(task["status"]);
  return !isEnded(status) || (status === "completed" && verificationOf(task)?.state === "unverified");
}

function concerns(task: JsonObject, controlName: string, { vendor, provider }: Provider): boolean {
  const asked = verificationOf(task);
  if (asked === undefined || asked.provider !== provider || !asked.controlNames.includes(controlName)) return false;
  return asked.vendor === null || vendor === null || asked.vendor === vendor;
}

/** The same id for whoever makes the n-th task of a control: of two calls at once one finds the other's. */
function idOf(hub: string, { vendor, provider }: Provider, controlName: string, ordinal: number): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([hub, vendor, provider, controlName, ordinal]))
    .digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

interface Control {
  readonly name: string;
  readonly told: JsonObject;
  readonly profile: JsonObject | null;
  readonly verdict: ControlVerdict;
}

/** What the caller asks of all tasks, then what the control's profile says. */
function taskOf({ name, told, profile, verdict }: Control, score: JsonObject, sent: JsonObject): JsonObject {
  const { vendor, provider } = providerOf(score)!;
  const { assignedTo = null, creatorNotes = null, dueDateTime, priority } = sent;
  return {
    "@odata.type": `#${type}`,
    assignedTo,
    creatorNotes,
    displayName: profile?.["title"] ?? name,
    description: profile?.["remediation"] ?? told["description"] ?? null,
    insights: `Control '${name}' of ${provider} does not pass. ${verdict.reason}`,
    priority: priority ?? priorityOf(profile),
    ...(typeof dueDateTime === "string" && { dueDateTime }),
    verification: { "@odata.type": "microsoft.graph.taskVerification", controlNames: [name], vendor, provider, watched: true },
    sourceScoreId: score["id"] ?? null,
  };
}

/** What its profile ranks among the first is high, what it ranks behind them low. */
function priorityOf(profile: JsonObject | null): string {
  const rank = profile?.["rank"];
  if (typeof rank !== "number") return "none";
  return rank <= highRank ? "high" : "low";
}

interface Raised {
  readonly also: readonly AlsoWrite[];
  readonly result: readonly JsonObject[];
}

function raiseAll(score: JsonObject, sent: JsonObject, found: Found, stamp: Stamp): Raised {
  const isNamed = Array.isArray(sent["controlNames"]);
  const byId = new Map((found["profiles"] as readonly JsonObject[] | undefined)?.map((one) => [textOf(one["id"]), one]));
  const also: AlsoWrite[] = [];
  const result: JsonObject[] = [];
  for (const name of askedNames(score, sent)) {
    const told = controlsOf(score).get(name)!;
    const profile = profileOf(byId.get(name), providerOf(score)!.provider);
    const control = { name, told, profile, verdict: controlVerdict(told, profile) };
    const isWanted = control.verdict.verdict === "failed" || (isNamed && control.verdict.verdict === "unknown");
    const raised = isWanted ? raise(control, { score, sent }, found, stamp) : undefined;
    if (raised?.write !== undefined) also.push(raised.write);
    if (isNamed || isWanted) result.push(answerOf(control, raised));
  }
  return { also, result };
}

interface RaisedOne {
  readonly standing?: JsonObject;
  readonly write?: AlsoWrite;
}

/** The task that stands for a control, or a new one. */
function raise(control: Control, { score, sent }: { readonly score: JsonObject; readonly sent: JsonObject }, found: Found, stamp: Stamp): RaisedOne {
  const provider = providerOf(score)!;
  const before = ((found["tasks"] ?? []) as readonly JsonObject[]).filter((task) => concerns(task, control.name, provider));
  const standing = before.find(isStanding);
  if (standing !== undefined) return { standing };
  const taken = new Set(before.map((task) => textOf(task["id"])));
  let ordinal = 0;
  while (taken.has(idOf(stamp.hub, provider, control.name, ordinal))) ordinal += 1;
  const id = idOf(stamp.hub, provider, control.name, ordinal);
  const body = { ...taskOf(control, score, sent), id };
  const decided = raiseTask.decide({ verb: "create", type, entity: body, sent: body, parents: [] }, {}, stamp);
  return isRefusal(decided) ? {} : { write: { place: tasks, id, type, entity: decided.entity, isNew: true } };
}

function answerOf({ name, verdict: { verdict } }: Control, { write, standing }: RaisedOne = {}): JsonObject {
  const task = write?.entity ?? standing;
  const outcome = write === undefined ? (task === undefined ? verdict : "standing") : "created";
  const shown = { taskId: task?.["id"] ?? null, taskStatus: task?.["status"] ?? null };
  return { "@odata.type": "microsoft.graph.taskOfControl", controlName: name, outcome, ...shown, verdict };
}

/**
 * createTasks: of the failing controls of a score, or of those that are named, each gets a task that names it as its proof. While a task for a
 * control of the provider stands, none is made, and the answer says which that is.
 */
export const raiseFromScore: Rule = {
  reads,
  decide({ entity, sent }, found, stamp) {
    const refusal = refusalOf(entity, sent);
    if (refusal !== undefined) return refusal;
    const { also, result } = raiseAll(entity, sent, found, stamp);
    if (also.length > most) return invalid("controlNames", `The score has ${also.length} failing controls without a task; name at most ${most} of them.`);
    return { entity, keeps: true, also, result };
  },
};
