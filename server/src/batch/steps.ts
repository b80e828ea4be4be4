import type { BatchItem } from "./readBatch.ts";
import { refusedBatch } from "./readBatch.ts";
import { namesIn } from "./references.ts";

/** What a batch does at once: one request, or a group that stands or falls as a whole. */
export interface BatchStep {
  /** Its id, or its group's name, in lower case. */
  readonly name: string;
  readonly kind: "request" | "group";
  readonly items: readonly BatchItem[];
  /** The steps that come before it. */
  readonly needs: readonly BatchStep[];
}

interface Draft extends BatchStep {
  readonly items: BatchItem[];
  readonly needs: BatchStep[];
}

/**
 * The steps of a batch with what each waits for: what `dependsOn` names, requests or groups, and what URLs and conditions refer to (R123;
 * OData JSON Format 4.01, 19.1). Without `groups` an atomicityGroup means nothing (R125). Throws 400 for unknown names, for dependencies that
 * lead back to themselves, and for groups that are not one behind the other.
 */
export function stepsOf(items: readonly BatchItem[], { groups }: { readonly groups: boolean }): readonly BatchStep[] {
  const steps: Draft[] = [];
  const byName = new Map<string, Draft>();
  for (const item of items) {
    const group = groups ? item.atomicityGroup?.toLowerCase() : undefined;
    const step = group === undefined ? begin(item.id.toLowerCase(), "request", steps) : groupStep(group, { steps, byName });
    step.items.push(item);
    name(item.id, step, byName);
  }
  for (const step of steps) for (const item of step.items) step.needs.push(...neededBy(item, step, byName));
  requireOrder(steps);
  return steps;
}

function begin(stepName: string, kind: Draft["kind"], steps: Draft[]): Draft {
  const step: Draft = { name: stepName, kind, items: [], needs: [] };
  steps.push(step);
  return step;
}

interface Known {
  readonly steps: Draft[];
  readonly byName: Map<string, Draft>;
}

function groupStep(group: string, { steps, byName }: Known): Draft {
  const last = steps.at(-1);
  if (last?.kind === "group" && last.name === group) return last;
  const step = begin(group, "group", steps);
  name(group, step, byName);
  return step;
}

function name(text: string, step: Draft, byName: Map<string, Draft>): void {
  if (byName.has(text.toLowerCase())) {
    throw refusedBatch(
      step.kind === "group" && step.name === text.toLowerCase()
        ? `The requests of the atomicity group '${text}' do not stand one behind the other, or a request has its name.`
        : `The id '${text}' is the name of an atomicity group, too.`,
    );
  }
  byName.set(text.toLowerCase(), step);
}

function neededBy(item: BatchItem, step: Draft, byName: ReadonlyMap<string, Draft>): Draft[] {
  const named = item.dependsOn.map((needed) => {
    const found = byName.get(needed.toLowerCase());
    if (found === undefined) throw refusedBatch(`Request '${item.id}' depends on '${needed}', which is not in the batch.`);
    if (found === step && !comesBefore(needed, item, step)) throw refusedBatch(`The dependencies of request '${item.id}' lead back to it.`);
    return found;
  });
  const meant = namesIn(item).flatMap((text) => byName.get(text.toLowerCase()) ?? []);
  return [...named, ...meant].filter((one) => one !== step);
}

/** Within its group a request runs behind those that stand before it. */
function comesBefore(needed: string, item: BatchItem, { items }: Draft): boolean {
  const at = items.findIndex(({ id }) => id.toLowerCase() === needed.toLowerCase());
  return at >= 0 && at < items.indexOf(item);
}

function requireOrder(steps: readonly BatchStep[]): void {
  const state = new Map<BatchStep, "open" | "done">();
  const visit = (step: BatchStep): void => {
    if (state.get(step) === "done") return;
    if (state.get(step) === "open") throw refusedBatch(`The dependencies of request '${step.items[0]!.id}' lead back to it.`);
    state.set(step, "open");
    step.needs.forEach(visit);
    state.set(step, "done");
  };
  steps.forEach(visit);
}
