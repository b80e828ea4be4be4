import { isObject, textOf, type Json } from "../../base/json.ts";
import { objectsOf } from "./objectsOf.ts";
import type { Fault } from "./faults.ts";
import type { FindFaults } from "./settingFaults.ts";

/** Faults of `securityExecSettings`; whether the operator has such a program is asked elsewhere. */
export const execFaults: FindFaults = (settings) => {
  const faults: Fault[] = [];
  const program = textOf(settings["program"]);
  if (!/^[\w.-]{1,128}$/.test(program)) faults.push({ target: "exec/program", message: "the name of a program that the operator allows is needed." });
  const given = Array.isArray(settings["arguments"]) ? (settings["arguments"] as readonly Json[]) : [];
  if (given.length > 100) faults.push({ target: "exec/arguments", message: "100 at most." });
  for (const [index, one] of given.entries()) {
    const at = `exec/arguments[${index}]`;
    if (typeof one !== "string" || one.length > 4096 || one.includes("\0"))
      faults.push({ target: at, message: `a text of at most 4096 characters without NUL.` });
  }
  return faults;
};

/** Faults of `securityPullSettings`. */
export const pullFaults: FindFaults = ({ leaseSeconds }) => {
  if (typeof leaseSeconds !== "number" || (leaseSeconds >= 5 && leaseSeconds <= 3600)) return [];
  return [{ target: "pull/leaseSeconds", message: `5 to 3600 seconds (not ${leaseSeconds}).` }];
};

/** Faults of `securityMockSettings`. */
export const mockFaults: FindFaults = (settings, actions) => {
  const outcomes = objectsOf(settings["outcomes"]);
  if (outcomes.length > 100) return [{ target: "mock/outcomes", message: "100 at most." }];
  return outcomes.flatMap((outcome, index) => {
    const { action, milliseconds } = outcome;
    const at = `mock/outcomes[${index}]`;
    const faults: Fault[] = [];
    if (typeof action === "string" && !actions.includes(action)) faults.push({ target: `${at}/action`, message: `this connector has no action '${action}'.` });
    if (typeof milliseconds === "number" && (milliseconds < 0 || milliseconds > 3_600_000)) {
      faults.push({ target: `${at}/milliseconds`, message: `0 to 3600000 (not ${milliseconds}).` });
    }
    if (!isObject(outcome) || textOf(outcome["outcome"]) === "") faults.push({ target: `${at}/outcome`, message: `it is needed.` });
    return faults;
  });
};
