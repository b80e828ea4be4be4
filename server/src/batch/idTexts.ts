/** A JSON text of an entity's id within a body, its quotes included. */
export interface IdText {
  readonly start: number;
  readonly end: number;
}

const member = /"(?:[^"\\]*@(?:odata\.)?bind|@(?:odata\.)?id)"\s*:\s*/g;

/**
 * Where in a JSON body the ids of entities stand: the texts, and lists of texts, of `@odata.id` and `@odata.bind`, with and without the
 * prefix. One pass, whatever the body is like; what is no JSON yields what looks like it, and is refused later.
 */
export function idTexts(body: string): IdText[] {
  const found: IdText[] = [];
  member.lastIndex = 0;
  for (let match = member.exec(body); match !== null; match = member.exec(body)) {
    const end = body[member.lastIndex] === "[" ? list(body, member.lastIndex + 1, found) : text(body, member.lastIndex, found);
    // Behind what was read: nothing is looked at twice.
    member.lastIndex = Math.max(end, member.lastIndex);
  }
  return found;
}

/** Reads the text that begins at a place, if one does; gives the place behind it. */
function text(body: string, start: number, found: IdText[]): number {
  if (body[start] !== '"') return start;
  const end = body.indexOf('"', start + 1) + 1;
  if (end === 0) return body.length;
  found.push({ start, end });
  return end;
}

function list(body: string, start: number, found: IdText[]): number {
  let at = start;
  while (at < body.length && body[at] !== "]") at = body[at] === '"' ? text(body, at, found) : at + 1;
  return at;
}
