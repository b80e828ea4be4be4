import { readInstant } from "../../base/instant.ts";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Decision, FindCondition, Found, NamedReads, Rule, Stamp } from "../../edm/rules.ts";
import { controlVerdict, type ControlVerdict } from "./controlVerdict.ts";
import { objectsOf } from "./objectsOf.ts";
import { withMembers } from "./stamped.ts";
import { withEntry } from "./taskHistory.ts";
import { settled } from "./taskFacts.ts";
import { profileOf, verificationOf, type Verification } from "./verification.ts";

const scores = "security/secureScores";
const profiles = "security/secureScoreControlProfiles";
/** The clocks of providers differ: a score may be so many milliseconds ahead. */
const ahead = 300_000;
/** Whom the history names as author of what the server found out. */
const author = "secgraph";

/** A proof that is waited for, or that may come to be none. */
interface Asked {
  readonly verification: Verification;
  /** True where it was proven, and only what is newer than that proof counts. */
  readonly isWatched: boolean;
  /** Since when scores count, by control. */
  readonly since: (controlName: string) => string;
}

/** What newer scores decide about; undefined where nothing is to be proven. */
function askedOf(entity: JsonObject): Asked | undefined {
  const verification = verificationOf(entity);
  const completed = readInstant(textOf(entity["completedDateTime"]));
  if (verification === undefined || entity["status"] !== "completed" || completed === undefined) return undefined;
  if (verification.state === "unverified") return { verification, isWatched: false, since: () => completed };
  const { watched, evidence = null } = entity["verification"] as JsonObject;
  if (watched !== true || (verification.state !== "verified" && verification.state !== "accepted")) return undefined;
  const proofs = new Map(objectsOf(evidence).map((one) => [textOf(one["controlName"]), readInstant(textOf(one["scoreDateTime"]))]));
  return { verification, isWatched: true, since: (name) => proofs.get(name) ?? completed };
}

/** For each control the newest score since that tells of it, and its profile. What is from before, or from the future, proves nothing. */
function proofReads(entity: JsonObject, now: string): NamedReads {
  const found = askedOf(entity);
  if (found === undefined) return {};
  const { verification, since } = found;
  const { provider, vendor } = verification;
  const until = `${new Date(Date.parse(now) + ahead).toISOString().slice(0, 23)}0000Z`;
  const where: readonly FindCondition[] = [
    { path: "createdDateTime", is: "le", value: until },
    { path: "vendorInformation/provider", is: "eq", value: provider },
    ...(vendor === null ? [] : [{ path: "vendorInformation/vendor", is: "eq", value: vendor } as const]),
  ];
  return Object.fromEntries(
    verification.controlNames.flatMap((name) => {
      const own: readonly FindCondition[] = [
        { path: "createdDateTime", is: "gt", value: since(name) },
        { path: "controlScores/controlName", is: "eq", value: name },
      ];
      return [
        [`score ${name}`, { kind: "find", place: scores, where: [...where, ...own], newestBy: "createdDateTime", limit: 1 }],
        [`profile ${name}`, { kind: "get", place: profiles, id: name }],
      ] as const;
    }),
  );
}

interface Evidence extends ControlVerdict {
  readonly controlName: string;
  readonly scoreId: string | null;
  readonly scoreDateTime: Json;
}

const untold: ControlVerdict = { verdict: "unknown", score: null, maxScore: null, controlState: null, reason: "No score since the completion tells of it." };

function evidenceOf(controlName: string, provider: string, found: Found): Evidence {
  const [score] = found[`score ${controlName}`] as readonly JsonObject[];
  const profile = profileOf(found[`profile ${controlName}`], provider);
  const told = score?.["controlScores"];
  const control = Array.isArray(told) ? (told as readonly Json[]).findLast((one) => isObject(one) && one["controlName"] === controlName) : undefined;
  const verdict = isObject(control) ? controlVerdict(control, profile) : controlVerdictOfNone(profile);
  return { ...verdict, controlName, scoreId: score === undefined ? null : textOf(score["id"]), scoreDateTime: score?.["createdDateTime"] ?? null };
}

/** No score tells of it: what was decided about it counts nevertheless. */
function controlVerdictOfNone(profile: JsonObject | null): ControlVerdict {
  const verdict = controlVerdict({}, profile);
  return verdict.verdict === "accepted" ? verdict : { ...untold, maxScore: verdict.maxScore, controlState: verdict.controlState };
}

/** One control that fails is enough to fail; one that nothing is known of, to go on waiting. */
function stateOf(evidence: readonly Evidence[]): "failed" | "unverified" | "accepted" | "verified" {
  const verdicts = new Set(evidence.map(({ verdict }) => verdict));
  if (verdicts.has("failed")) return "failed";
  if (verdicts.has("unknown")) return "unverified";
  return verdicts.has("accepted") ? "accepted" : "verified";
}

function noteOf(evidence: readonly Evidence[], how: string): string {
  const failing = evidence.filter(({ verdict }) => verdict === "failed");
  const told = failing.slice(0, 5).map(({ controlName, reason, scoreId }) => `'${controlName}' does not pass in the score ${scoreId}: ${reason}`);
  const more = failing.length > 5 ? ` ${failing.length - 5} more do not pass.` : "";
  return `${how}, taken up again. ${told.join(" ")}${more}`.slice(0, 4000).toWellFormed();
}

const notes = { verified: "Verified: every control passes.", accepted: "Accepted: every control passes or was decided about." };

/**
 * recheck: looks at a task again as things are now. A completed task that names controls becomes verified or accepted, or is taken up again with
 * what was found as a note, also when it was verified before and a newer score says otherwise; an open one that is past its date becomes overdue. Where nothing is new nothing is written.
 */
export const recheckTask: Rule = {
  reads: ({ entity }, { now }) => proofReads(entity, now),
  decide({ entity }, found, stamp) {
    const asked = askedOf(entity);
    if (asked !== undefined) return asked.isWatched ? doubted(entity, asked.verification, found, stamp) : proven(entity, asked.verification, found, stamp);
    const now = settled(entity, stamp.now);
    return now["isOverdue"] === entity["isOverdue"] ? { entity, keeps: true } : { entity: now };
  },
};

function proven(entity: JsonObject, { controlNames, provider }: Verification, found: Found, stamp: Stamp): Decision {
  const evidence = controlNames.map((name) => evidenceOf(name, provider, found));
  const state = stateOf(evidence);
  const before = entity["verification"] as JsonObject;
  const listed = evidence.map(shown);
  if (state === "unverified" && (evidence.every(({ scoreId }) => scoreId === null) || isSame(before["evidence"], listed))) return { entity, keeps: true };
  const verification = withMembers(before, { state, checkedDateTime: stamp.now, evidence: listed });
  const checked = withMembers(entity, { verification });
  const by: Stamp = { ...stamp, user: author };
  if (state === "unverified") return { entity: checked };
  if (state !== "failed") return { entity: withEntry(checked, { status: "completed", note: notes[state] }, by) };
  return { entity: reopened(checked, noteOf(evidence, "Not verified"), by) };
}

const shown = (one: Evidence): JsonObject => ({ "@odata.type": "microsoft.graph.taskEvidence", ...one });

function reopened(checked: JsonObject, note: string, by: Stamp): JsonObject {
  const active = withMembers(checked, { status: "active", completedDateTime: null });
  return settled(withEntry(active, { status: "active", note }, by), by.now);
}

/** What was proven stands, unless a control does not pass any more: then that is the evidence, beside what stands of the others. */
function doubted(entity: JsonObject, { controlNames, provider }: Verification, found: Found, stamp: Stamp): Decision {
  const failing = controlNames.map((name) => evidenceOf(name, provider, found)).filter(({ verdict }) => verdict === "failed");
  if (failing.length === 0) return { entity, keeps: true };
  const before = entity["verification"] as JsonObject;
  const names = new Set(failing.map(({ controlName }) => controlName));
  const others = objectsOf(before["evidence"] ?? null).filter((one) => !names.has(textOf(one["controlName"])));
  const verification = withMembers(before, { state: "failed", checkedDateTime: stamp.now, evidence: [...failing.map(shown), ...others] });
  return { entity: reopened(withMembers(entity, { verification }), noteOf(failing, "No longer verified"), { ...stamp, user: author }) };
}

function isSame(before: Json | undefined, evidence: readonly JsonObject[]): boolean {
  const told = (list: readonly JsonObject[]): string => JSON.stringify(list.map(({ controlName, verdict, scoreId }) => [controlName, verdict, scoreId]));
  return Array.isArray(before) && told(before as readonly JsonObject[]) === told(evidence);
}
