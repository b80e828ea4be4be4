import { STATUS_CODES, type ServerResponse } from "node:http";

/** Where Node keeps a head until the body goes out with it; one that does so no longer is given the fields in the public way. */
const headText = "_header";

type Written = ServerResponse & { [headText]?: string | null };

/** A field of a head, as it went out last. */
interface Line {
  readonly name: string;
  /** True for values that are made of numbers and names of this server alone. */
  readonly safe: boolean;
  value: string;
  text: string;
}

/** The last line of each name, and of each place in a head: most say the same in every answer. */
const lines = new Map<string, Line>();
const inPlace: Line[] = [];

const safeNames: ReadonlySet<string> = new Set(["Content-Length", "Server-Timing"]);

/** What may not stand in a field (RFC 9110, 5.5); beyond Latin-1 a character would lose its upper half and could become a line break. */
const forbidden = /[^\t\x20-\x7e\x80-\xff]/;
/** The value that was found good last: ids stand twice in a head. */
let good = "";

/**
 * Puts status, fields (name, value, name, value) and `Date` on a response that has a body of known length and whose connection
 * is kept: both must be among the fields. Node checks each field of each answer anew; here it is done for what is not as it was in the answer
 * before. Throws a TypeError for a field that cannot be sent.
 */
export function writeHead(response: ServerResponse, status: number, fields: string[]): void {
  const written = response as unknown as Written;
  if (written[headText] !== null) return void response.writeHead(status, fields);
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (let index = 0; index < fields.length; index += 2) text += lineAt(index, fields[index]!, fields[index + 1]!);
  response.statusCode = status;
  written[headText] = `${text}${dateLine()}\r\n`;
}

function lineAt(place: number, name: string, value: string): string {
  let line = inPlace[place];
  if (line?.name !== name) line = inPlace[place] = lineOf(name);
  if (line.value === value) return line.text;
  if (!line.safe && value !== good) {
    if (forbidden.test(value)) throw new TypeError(`The header ${name} holds a character that no header may hold.`);
    good = value;
  }
  line.value = value;
  return (line.text = `${name}: ${value}\r\n`);
}

function lineOf(name: string): Line {
  let line = lines.get(name);
  if (line === undefined) lines.set(name, (line = { name, safe: safeNames.has(name), value: "", text: `${name}: \r\n` }));
  return line;
}

let second = 0;
let date = "";

/** Written once a second (RFC 9110, 5.6.7). */
function dateLine(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    date = `Date: ${new Date(now * 1000).toUTCString()}\r\n`;
  }
  return date;
}
