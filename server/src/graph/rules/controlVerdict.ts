import { isObject, isRawNumber, textOf, type Json, type JsonObject } from "../../base/json.ts";

/** What a score says of one control, in the light of the control's profile. */
export interface ControlVerdict {
  /** `accepted`: it does not pass, and somebody decided that it need not. `unknown`: the score says too little. */
  readonly verdict: "passed" | "failed" | "accepted" | "unknown";
  readonly score: number | null;
  readonly maxScore: number | null;
  /** What was last decided about it. */
  readonly controlState: string | null;
  readonly reason: string;
}

const enough = 100;
/** Sums of points are not exact. */
const slack = 1e-9;
const good = new Set(["pass", "passed", "compliant", "implemented", "true"]);
const bad = new Set(["fail", "failed", "noncompliant", "notimplemented", "false"]);

/**
 * The rule by which a control passes. In this order: all of its percentage (`scoreInPercentage`, 100), all of its points (`score` against its own
 * `maxScore` or its profile's), a word for it (`state`, `result` or `implementationStatus`: pass, fail, ...). One that does not pass by these is
 * accepted where its profile was last set to Ignored or ThirdParty or is deprecated.
 */
export function controlVerdict(control: JsonObject, profile: JsonObject | null): ControlVerdict {
  const score = numberOf(control["score"]);
  const maxScore = numberOf(control["maxScore"]) ?? numberOf(profile?.["maxScore"]);
  const controlState = lastState(profile);
  const { verdict, reason } = measured(control, score, maxScore);
  const accepted = verdict === "passed" ? undefined : acceptance(profile, controlState);
  return { verdict: accepted === undefined ? verdict : "accepted", score, maxScore, controlState, reason: accepted ?? reason };
}

/** The controls of a score that do not pass, as far as the score itself tells. */
export function notPassing(score: JsonObject): readonly string[] {
  const { controlScores } = score;
  const told = Array.isArray(controlScores) ? (controlScores as readonly Json[]).filter(isObject) : [];
  const failing = told.filter((one) => controlVerdict(one, null).verdict !== "passed");
  return [...new Set(failing.map((one) => textOf(one["controlName"])).filter((name) => name !== ""))];
}

function measured(control: JsonObject, score: number | null, maxScore: number | null): Pick<ControlVerdict, "verdict" | "reason"> {
  const percentage = numberOf(control["scoreInPercentage"]);
  if (percentage !== null) return { verdict: percentage >= enough ? "passed" : "failed", reason: `It has ${percentage} %.` };
  if (score !== null && maxScore !== null && maxScore > 0) {
    return { verdict: score >= maxScore - slack ? "passed" : "failed", reason: `It has ${score} of ${maxScore} points.` };
  }
  const words = ["state", "result", "implementationStatus"].map((name) => textOf(control[name]));
  const word = words.find((one) => good.has(plain(one)) || bad.has(plain(one)));
  if (word !== undefined) return { verdict: good.has(plain(word)) ? "passed" : "failed", reason: `It is said to be '${word}'.` };
  return { verdict: "unknown", reason: "The score says neither a percentage, nor of how many points, nor in words whether it passes." };
}

function acceptance(profile: JsonObject | null, state: string | null): string | undefined {
  if (state === "Ignored" || state === "ThirdParty") return `It was set to ${state}.`;
  return profile?.["deprecated"] === true ? "It is deprecated." : undefined;
}

function lastState(profile: JsonObject | null): string | null {
  const updates = profile?.["controlStateUpdates"];
  const last = Array.isArray(updates) ? (updates.at(-1) as Json | undefined) : undefined;
  return isObject(last) && typeof last["state"] === "string" ? last["state"] : null;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_-]/g, "");
}

function numberOf(value: Json | undefined): number | null {
  if (isRawNumber(value)) return Number(value.rawJSON);
  return typeof value === "number" ? value : null;
}
