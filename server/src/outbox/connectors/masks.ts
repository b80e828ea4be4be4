import type { OpenedCredential } from "../dispatch/connection.ts";

/** Takes secrets out of a text that is kept. */
export type Mask = (text: string) => string;

const masked = "***";
/** What is kept of a text. */
const longest = 16_384;

/** Makes the mask of an order's credentials: their secrets go in every spelling that a request or its echo gives them. */
export function createMask(credentials: readonly OpenedCredential[]): Mask {
  const spellings = [...new Set(credentials.flatMap(spellingsOf))].toSorted((a, b) => b.length - a.length);
  return (text) => {
    // What stands for one secret is not looked at again: a secret of asterisks would make it grow with each spelling.
    let pieces = [text];
    for (const spelling of spellings) pieces = pieces.flatMap((piece) => piece.split(spelling));
    return pieces.join(masked);
  };
}

function spellingsOf({ userName = "", secret, key }: OpenedCredential): string[] {
  return [secret, key].flatMap((text) => {
    if (text === undefined || text === "") return [];
    const both = Buffer.from(`${userName}:${text}`).toString("base64");
    const spelled = [text, both, Buffer.from(text).toString("base64"), Buffer.from(text).toString("base64url"), Buffer.from(text).toString("hex")];
    const quoted = JSON.stringify(text).slice(1, -1);
    return [...spelled, quoted, quoted.replaceAll("/", "\\/"), encodeURIComponent(text.toWellFormed()), both.replace(/=+$/, "")];
  });
}

const secretName = /authorization|api-?key|secret|passw|token|credential|^x-.*-key$/i;
const ownNames: ReadonlySet<string> = new Set(["x-fencing-token", "idempotency-key"]);

/** The value of a header field, unless its name says that it is a secret. */
export function shownField(name: string, value: string): string {
  return secretName.test(name) && !ownNames.has(name.toLowerCase()) ? masked : value;
}

const secretMember = /key|token|secret|passw|sig|code/i;

/** An address without the values of query members whose names say that they are secrets. */
export function shownAddress(url: string): string {
  return url.replaceAll(/([?&])([^=&?]*)=([^&#]*)/g, (member, before: string, name: string) =>
    secretMember.test(name) ? `${before}${name}=${masked}` : member,
  );
}

/** A text as it is kept: masked, cut, and without what no store holds. */
export function keptText(text: string, mask: Mask): string {
  const clean = mask(text).toWellFormed().replaceAll("\u0000", "\ufffd");
  return clean.length <= longest ? clean : clean.slice(0, longest).toWellFormed();
}
