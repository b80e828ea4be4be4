import { createSocket } from "node:dgram";
import type { RemoteInfo } from "node:dgram";
import { onTestFinished } from "vitest";
import { readIpAddress } from "../../src/base/ipAddress.ts";

/** What the server says of a name: addresses, an alias, or a code (2 SERVFAIL, 3 NXDOMAIN); `silent`: nothing at all. */
export interface NameRecord {
  readonly addresses?: readonly string[];
  readonly alias?: string;
  readonly code?: number;
  readonly silent?: boolean;
  /** Milliseconds until it answers. */
  readonly after?: number;
}

/** A name server on this machine (RFC 1035, answers over UDP). `say` is asked with a name and the kind of address. */
export async function serveNames(
  say: (name: string, kind: "A" | "AAAA") => NameRecord | undefined,
): Promise<{ readonly address: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query: Buffer, { address, port }: RemoteInfo) => {
    const { name, type, end } = questionOf(query);
    const kind = type === 1 ? "A" : "AAAA";
    asked.push(`${name} ${kind}`);
    const record = say(name, kind) ?? { code: 3 };
    if (record.silent === true) return;
    const answer = answerTo(query.subarray(0, end), name, { record, kind, say });
    setTimeout(() => socket.send(answer, port, address, () => undefined), record.after ?? 0);
  });
  let closed = false;
  socket.on("close", () => (closed = true));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  onTestFinished(() => void (closed || socket.close()));
  return { address: `127.0.0.1:${socket.address().port}`, asked };
}

function questionOf(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

interface Saying {
  readonly record: NameRecord;
  readonly kind: "A" | "AAAA";
  readonly say: (name: string, kind: "A" | "AAAA") => NameRecord | undefined;
}

/** Follows aliases as a recursive server does: chain and addresses in one answer. */
function answerTo(question: Buffer, name: string, { record, kind, say }: Saying): Buffer {
  const records: Buffer[] = [];
  let [owner, current]: [string, NameRecord | undefined] = [name, record];
  for (let hops = 0; current?.alias !== undefined && hops < 20; hops += 1) {
    records.push(recordOf(owner, 5, encodeName(current.alias)));
    [owner, current] = [current.alias, say(current.alias, kind)];
  }
  for (const text of current?.addresses ?? []) {
    const address = readIpAddress(text);
    const isMapped = address?.family === 4 && text.includes(":");
    const family = address?.family === 4 && !isMapped ? "A" : "AAAA";
    if (address === undefined || family !== kind) continue;
    const value = isMapped ? (0xffffn << 32n) | address.value : address.value;
    records.push(recordOf(owner, kind === "A" ? 1 : 28, Buffer.from(value.toString(16).padStart(kind === "A" ? 8 : 32, "0"), "hex")));
  }
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | (record.code ?? 0), 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...records]);
}

function recordOf(owner: string, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(0, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(owner), fixed, data]);
}

function encodeName(name: string): Buffer {
  return Buffer.concat([...name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "latin1")])), Buffer.from([0])]);
}
