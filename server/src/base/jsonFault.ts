/** White space, string, number, literal or mark of RFC 8259; only the first character of a string or number matters here. */
const token = /[ \t\n\r]+|"(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[[\]{},:]/y; // oxlint-disable-line no-control-regex -- JSON forbids control characters

type Expected = "value" | "value or ]" | "name" | "name or }" | ":" | "after";

/** Where a text stops being JSON: the offset of the token that does not belong, or the text's length when it only ends too early. */
export function jsonFault(text: string): number {
  const open: string[] = [];
  let expected: Expected | undefined = "value";
  let at = 0;
  while (at < text.length) {
    token.lastIndex = at;
    const [found] = token.exec(text) ?? [];
    if (found === undefined) return at;
    if (!/^[ \t\n\r]/.test(found)) expected = next(found, expected, open);
    if (expected === undefined) return at;
    at += found.length;
  }
  return at;
}

/** What may follow this token; undefined when it may not stand here. */
function next(found: string, expected: Expected, open: string[]): Expected | undefined {
  const mark = found[0]!;
  const inner = open.at(-1);
  if (expected === ":") return mark === ":" ? "value" : undefined;
  if (expected === "after") {
    if (mark === "," && inner !== undefined) return inner === "{" ? "name" : "value";
    return closes(mark, inner, open);
  }
  if (expected === "name or }" && mark === "}") return closes(mark, inner, open);
  if (expected === "name" || expected === "name or }") return mark === '"' ? ":" : undefined;
  if (expected === "value or ]" && mark === "]") return closes(mark, inner, open);
  if (mark === "{" || mark === "[") {
    open.push(mark);
    return mark === "{" ? "name or }" : "value or ]";
  }
  return "]},:".includes(mark) ? undefined : "after";
}

function closes(mark: string, inner: string | undefined, open: string[]): Expected | undefined {
  if (!((mark === "}" && inner === "{") || (mark === "]" && inner === "["))) return undefined;
  open.pop();
  return "after";
}
