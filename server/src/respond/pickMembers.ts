const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * The members of a JSON object that are wanted, as they stand in its text, without the braces around them. The text is
 * as JSON.stringify writes it: an object, no space between tokens. Values are passed over, never read, so that numbers
 * keep every digit and a narrow $select costs a fraction of parsing.
 */
export function pickMembers(text: string, isWanted: (name: string) => boolean): string {
  let picked = "";
  const last = text.length - 1;
  for (let at = 1; at < last;) {
    const behindName = endOfString(text, at);
    const end = endOfValue(text, behindName + 1);
    if (isWanted(nameIn(text, at, behindName))) picked += picked === "" ? text.slice(at, end) : `,${text.slice(at, end)}`;
    at = end + 1;
  }
  return picked;
}

function nameIn(text: string, start: number, end: number): string {
  const name = text.slice(start + 1, end - 1);
  return name.includes("\\") ? (JSON.parse(text.slice(start, end)) as string) : name;
}

/** Behind the string whose quote opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === backslash) before -= 1;
  return (at - before) % 2 === 0;
}

function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return endOfString(text, start);
  if (first === openBrace || first === openBracket) return endOfBrackets(text, start);
  let end = start;
  while (!isEnd(text.charCodeAt(end))) end += 1;
  return end;
}

function isEnd(code: number): boolean {
  return code === comma || code === closeBrace || code === closeBracket;
}

function endOfBrackets(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else {
      if (code === openBrace || code === openBracket) depth += 1;
      else if (code === closeBrace || code === closeBracket) depth -= 1;
      at += 1;
    }
  } while (depth > 0);
  return at;
}
