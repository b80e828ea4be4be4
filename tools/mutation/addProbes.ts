import { childrenOf, parse, type Node } from "./syntax.ts";

/** A stretch of a source that runs as a whole or not at all, as far as branches decide that. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

interface Wrapped extends Region {
  readonly before: string;
  readonly after: string;
}

/** Where each node has parts that run only sometimes, by the names of its members. */
const branches: Readonly<Record<string, readonly string[]>> = {
  ArrowFunctionExpression: ["body"],
  ConditionalExpression: ["consequent", "alternate"],
  LogicalExpression: ["right"],
  IfStatement: ["consequent", "alternate"],
  ForStatement: ["body"],
  ForOfStatement: ["body"],
  ForInStatement: ["body"],
  WhileStatement: ["body"],
};

/**
 * A source that adds `<id>:<n>` to the set `globalThis.reached` when its region n runs, and the regions. Region 0 is the whole
 * file and runs when it is imported.
 */
export function addProbes(file: string, source: string, id: number): { readonly text: string; readonly regions: readonly Region[] } {
  const wrapped: Wrapped[] = [{ start: 0, end: source.length, before: "", after: `\n${probe(id, 0)};` }];
  const visit = (node: Node): void => {
    for (const part of partsOf(node)) wrapped.push(probed(part, probe(id, wrapped.length)));
    for (const one of childrenOf(node)) visit(one);
  };
  visit(parse(file, source));
  return { text: inserted(source, wrapped), regions: wrapped };
}

const probe = (id: number, region: number): string => `globalThis.reached?.add("${id}:${region}")`;

/** The parts of a node that are regions, each with the texts that go around it but for its probe. */
function partsOf(node: Node): readonly Wrapped[] {
  const { type, start, end } = node;
  if (type === "BlockStatement") return [{ start: start + 1, end: end - 1, before: "", after: "" }];
  if (type === "SwitchCase") {
    const statements = node["consequent"] as readonly Node[];
    const [first, last] = [statements[0], statements.at(-1)];
    return first === undefined || last === undefined ? [] : [{ start: first.start, end: last.end, before: "", after: "" }];
  }
  return (branches[type] ?? [])
    .map((name) => node[name] as Node | null)
    .filter((part): part is Node => part !== null && part.type !== "BlockStatement")
    .map((part) => ({ start: part.start, end: part.end, ...(part.type.endsWith("Statement") ? { before: "{", after: "}" } : { before: "(", after: ")" }) }));
}

function probed(part: Wrapped, call: string): Wrapped {
  return { ...part, before: part.before === "(" ? `(${call},` : `${part.before}${call};` };
}

function inserted(source: string, wrapped: readonly Wrapped[]): string {
  // Where several end at one place the inner one, which starts later, ends first; whatever ends there ends before others start.
  const marks = wrapped.flatMap(({ start, end, before, after }) => [
    { at: start, rank: 1, text: before, depth: -end },
    { at: end, rank: 0, text: after, depth: -start },
  ]);
  let [text, from] = ["", 0];
  for (const mark of marks.toSorted((one, other) => one.at - other.at || one.rank - other.rank || one.depth - other.depth)) {
    text += source.slice(from, mark.at) + mark.text;
    from = mark.at;
  }
  return text + source.slice(from);
}

/** The number of the innermost region that holds a stretch. */
export function regionOf(regions: readonly Region[], stretch: Region): number {
  let found = 0;
  regions.forEach((region, index) => {
    const isWithin = region.start <= stretch.start && stretch.end <= region.end;
    const best = regions[found];
    if (isWithin && best !== undefined && region.end - region.start <= best.end - best.start) found = index;
  });
  return found;
}
