import type { SqlText } from "../sqlText.ts";

const kept = new WeakMap<SqlText, SqlText>();

/** A page's statement and those behind it as one: branches are read one after the other until the limit is reached, and all see one state of the data. */
export function pageText(first: SqlText, behind: readonly SqlText[]): SqlText {
  if (behind.length === 0) return first;
  let text = kept.get(first);
  if (text === undefined) kept.set(first, (text = united([first, ...behind])));
  return text;
}

function united(texts: readonly SqlText[]): SqlText {
  let ahead = 0;
  const branches = texts.map(({ sql, parameters }) => {
    const before = ahead;
    ahead += parameters.length;
    // Parameters are the only text that begins with a dollar: names of the model have none, values are never in the text.
    return `(${sql.replaceAll(/\$(\d+)/g, (_, n: string) => `$${Number(n) + before}`)})`;
  });
  const parameters = texts.flatMap((text) => text.parameters);
  return { sql: `${branches.join(" UNION ALL ")} LIMIT $${ahead + 1}`, parameters: [...parameters, (run) => run.limit] };
}
