import { readFileSync } from "node:fs";

/** One change that a process made to the watched files, as `disk.c` notes it; `file`: the descriptor, with its process. */
export type Change =
  | { readonly kind: "open"; readonly file: string; readonly path: string; readonly flags: number }
  | { readonly kind: "write"; readonly file: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly file: string; readonly length: number }
  | { readonly kind: "sync" | "failedSync"; readonly file: string }
  | { readonly kind: "unlink" | "rmdir" | "mkdir"; readonly path: string }
  | { readonly kind: "rename" | "link"; readonly path: string; readonly to: string };

const headBytes = 32;

/** Reads a journal in its order. A record that the end of the process cut off is left out: its change was not finished either. */
export function readJournal(file: string): Change[] {
  const all = readFileSync(file);
  const changes: Change[] = [];
  for (let at = 0; at + headBytes <= all.length;) {
    const size = all.readUInt32LE(at);
    if (at + size > all.length) break;
    changes.push(changeOf(all.subarray(at, at + size)));
    at += size;
  }
  return changes;
}

function changeOf(record: Buffer): Change {
  const file = `${record.readInt32LE(8)}:${record.readInt32LE(12)}`;
  const [offset, length] = [Number(record.readBigInt64LE(16)), Number(record.readBigInt64LE(24))];
  const bytes = record.subarray(headBytes);
  const [path = "", to = ""] = bytes.toString("utf8").split("\0");
  const op = String.fromCharCode(record[4]!);
  switch (op) {
    case "O":
      return { kind: "open", file, path, flags: offset };
    case "W":
      return { kind: "write", file, at: offset, bytes };
    case "T":
      return { kind: "truncate", file, length };
    case "S":
      return { kind: "sync", file };
    case "F":
      return { kind: "failedSync", file };
    case "U":
      return { kind: "unlink", path };
    case "D":
      return { kind: "rmdir", path };
    case "M":
      return { kind: "mkdir", path };
    case "R":
      return { kind: "rename", path, to };
    case "L":
      return { kind: "link", path, to };
    default:
      throw new Error(`The journal holds a record '${op}'.`);
  }
}
