import { readInstant } from "../../base/instant.ts";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Decision, FindCondition, Found, NamedReads, Rule, Stamp } from "../../edm/rules.ts";
import { controlVerdict, type ControlVerdict } from "./controlVerdict.ts";
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

/** The proof that is waited for, and since when; undefined where none is. */
function awaited(entity: JsonObject): { readonly verification: Verification; readonly since: string } | undefined {
  const verification = verificationOf(entity);
  const since = readInstant(textOf(entity["completedDateTime"]));
  if (verification?.state !== "unverified" || entity["status"] !== "completed" || since === undefined) return undefined;
  return { verification, since };
}

/** For each control the newest score since the completion that tells of it, and its profile. What is from before, or from the future, proves nothing. */
function proofReads(entity: JsonObject, now: string): NamedReads {
  const found = awaited(entity);
  if (found === undefined) return {};
  const { verification, since } = found;
  const { provider, vendor } = verification;
  const until = `${new Date(Date.parse(now) + ahead).toISOString().slice(0, 23)}0000Z`;
  const where: readonly FindCondition[] = [
    { path: "createdDateTime", is: "gt", value: since },
    { path: "createdDateTime", is: "le", value: until },
    { path: "vendorInformation/provider", is: "eq", value: provider },
    ...(vendor === null ? [] : [{ path: "vendorInformation/vendor", is: "eq", value: vendor } as const]),
  ];
  return Object.fromEntries(
    verification.controlNames.flatMap((name) => {
      const ofControl: FindCondition = { path: "controlScores/controlName", is: "eq", value: name };
      return [
        [`score ${name}`, { kind: "find", place: scores, where: [...where, ofControl], newestBy: "createdDateTime", limit: 1 }],
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

function noteOf(evidence: readonly Evidence[]): string {
  const failing = evidence.filter(({ verdict }) => verdict === "failed");
  const told = failing.slice(0, 5).map(({ controlName, reason, scoreId }) => `'${controlName}' does not pass in the score ${scoreId}: ${reason}`);
  const more = failing.length > 5 ? ` ${failing.length - 5} more do not pass.` : "";
  return `Not verified, taken up again. ${told.join(" ")}${more}`.slice(0, 4000).toWellFormed();
}

const notes = { verified: "Verified: every control passes.", accepted: "Accepted: every control passes or was decided about." };

/**
 * recheck: looks at a task again as things are now. A completed task that names controls becomes verified or accepted, or is taken up again with
 * what was found as a note; an open one that is past its date becomes overdue. Where nothing is new nothing is written.
 */
export const recheckTask: Rule = {
  reads: ({ entity }, { now }) => proofReads(entity, now),
  decide({ entity }, found, stamp) {
    const asked = awaited(entity);
    if (asked !== undefined) return proven(entity, asked.verification, found, stamp);
    const now = settled(entity, stamp.now);
    return now["isOverdue"] === entity["isOverdue"] ? { entity, keeps: true } : { entity: now };
  },
};

function proven(entity: JsonObject, { controlNames, provider }: Verification, found: Found, stamp: Stamp): Decision {
  const evidence = controlNames.map((name) => evidenceOf(name, provider, found));
  const state = stateOf(evidence);
  const before = entity["verification"] as JsonObject;
  const listed = evidence.map((one) => ({ "@odata.type": "microsoft.graph.taskEvidence", ...one }));
  if (state === "unverified" && (evidence.every(({ scoreId }) => scoreId === null) || isSame(before["evidence"], listed))) return { entity, keeps: true };
  const verification = withMembers(before, { state, checkedDateTime: stamp.now, evidence: listed });
  const checked = withMembers(entity, { verification });
  const by: Stamp = { ...stamp, user: author };
  if (state === "unverified") return { entity: checked };
  if (state !== "failed") return { entity: withEntry(checked, { status: "completed", note: notes[state] }, by) };
  const reopened = withMembers(checked, { status: "active", completedDateTime: null });
  return { entity: settled(withEntry(reopened, { status: "active", note: noteOf(evidence) }, by), stamp.now) };
}

function isSame(before: Json | undefined, evidence: readonly JsonObject[]): boolean {
  const told = (list: readonly JsonObject[]): string => JSON.stringify(list.map(({ controlName, verdict, scoreId }) => [controlName, verdict, scoreId]));
  return Array.isArray(before) && told(before as readonly JsonObject[]) === told(evidence);
}
