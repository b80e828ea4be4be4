/** What stands in a template for a value: `{parameters.ip}` is the path `parameters`, `ip`; `{undoes?}` may be absent. */
export interface Placeholder {
  readonly path: readonly string[];
  readonly optional: boolean;
}

/** A text in which placeholders stand: literal pieces and placeholders in turn. */
export type Template = readonly (string | Placeholder)[];

/** Why a template cannot be one, and at which of its characters (UTF-16 code units). */
export class TemplateFault extends Error {
  override readonly name = "TemplateFault";
  readonly at: number;

  constructor(what: string, at: number) {
    super(what);
    this.at = at;
  }
}

/** Characters of a template, and placeholders in it. */
const [longest, mostPlaceholders] = [65_536, 256];

const word = /[A-Za-z_][\w-]*/y;
const quoted = /\[("(?:[^"\\]|\\.)*")\]/sy;

/**
 * Reads a template in one pass: `{name}`, `{name.member}`, `{name["any member"]}`, a `?` behind the path of what may be absent, `{{` and `}}` for the
 * braces themselves. There is nothing to compute: no conditions, no loops, no functions. Throws a TemplateFault.
 */
export function parseTemplate(text: string): Template {
  if (text.length > longest) throw new TemplateFault(`a template has ${longest} characters at most`, longest);
  const pieces: (string | Placeholder)[] = [];
  let literal = "";
  let placeholders = 0;
  let at = 0;
  while (at < text.length) {
    const brace = nextBrace(text, at);
    literal += text.slice(at, brace);
    if (brace === text.length) break;
    if (text[brace + 1] === text[brace]) {
      literal += text[brace]!;
      at = brace + 2;
      continue;
    }
    if (text[brace] === "}") throw new TemplateFault("this '}' closes nothing; a brace itself is written '}}'", brace);
    const [placeholder, end] = readPlaceholder(text, brace);
    if (literal !== "") pieces.push(literal);
    pieces.push(placeholder);
    placeholders += 1;
    if (placeholders > mostPlaceholders) throw new TemplateFault(`a template has ${mostPlaceholders} placeholders at most`, brace);
    [literal, at] = ["", end];
  }
  if (literal !== "") pieces.push(literal);
  return pieces;
}

function nextBrace(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x7b || code === 0x7d) return at;
  }
  return text.length;
}

/** The placeholder that begins at a brace, and where the text goes on. */
function readPlaceholder(text: string, brace: number): [Placeholder, number] {
  const path: string[] = [];
  let at = brace + 1;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return undefined;
    at = pattern.lastIndex;
    return found[1] ?? found[0];
  };
  const name = (): void => {
    const found = take(word);
    if (found === undefined) throw new TemplateFault("a name was expected, as in {action.id}", at);
    path.push(found);
  };
  name();
  for (;;) {
    if (text[at] === ".") {
      at += 1;
      name();
    } else if (text[at] === "[") path.push(readMember(take(quoted), at));
    else break;
  }
  const optional = text[at] === "?";
  if (optional) at += 1;
  if (text[at] !== "}") throw new TemplateFault("'}', '.', '[\"' or '?' was expected", at);
  return [{ path, optional }, at + 1];
}

function readMember(found: string | undefined, at: number): string {
  if (found === undefined) throw new TemplateFault('a member in brackets is written ["name"]', at);
  try {
    return JSON.parse(found) as string;
  } catch {
    throw new TemplateFault(`${found} is no JSON string`, at);
  }
}

/** A placeholder as it is written. */
export function printPlaceholder({ path: [root = "", ...members], optional }: Placeholder): string {
  const isWord = (member: string): boolean => /^[A-Za-z_][\w-]*$/.test(member);
  return `{${root}${members.map((member) => (isWord(member) ? `.${member}` : `[${JSON.stringify(member)}]`)).join("")}${optional ? "?" : ""}}`;
}
