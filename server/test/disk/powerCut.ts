import { constants, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Random } from "../process/randomOf.ts";
import type { Change } from "./journal.ts";

/** What is on a disk: files by their contents, folders by their entries; beside what is sure, what waits for a sync. */
interface File {
  readonly kind: "file";
  stable: Content;
  waiting: Piece[];
}
interface Folder {
  readonly kind: "folder";
  readonly stable: Map<string, Node>;
  /** As processes see it. */
  readonly now: Map<string, Node>;
  waiting: Entry[];
}
type Node = File | Folder;
type Piece = { readonly at: number; readonly bytes: Buffer } | { readonly length: number };
/** Names that change together: a rename is whole or not at all. */
type Entry = readonly { readonly name: string; readonly node: Node | undefined }[];

interface Content {
  readonly bytes: Buffer;
  readonly length: number;
}

/** What a power cut leaves of a folder. */
export interface PowerCut {
  /** Bytes and names that were not synced, and how much of them is there all the same. */
  readonly waiting: number;
  readonly kept: number;
}

/** A disk that is followed from a state on which everything was synced. */
export interface FollowedDisk {
  readonly follow: (changes: readonly Change[]) => void;
  /**
   * Writes the folder as a power cut leaves it now, in place of what is there: only what was synced; with `random` also a
   * part of what was not, in any order, torn at sectors of 512 bytes.
   */
  readonly cut: (random?: Random) => PowerCut;
}

const sector = 512;

/** Follows a folder from what is in it now. */
export function followDisk(folder: string): FollowedDisk {
  const root = readFolder(folder);
  const open = new Map<string, Node>();
  const find = (path: string): { readonly parent: Folder; readonly name: string } => placeOf(root, relative(folder, path));
  return {
    follow(changes) {
      for (const change of changes) apply(change, { open, find, root });
    },
    cut(random) {
      const counts = { waiting: 0, kept: 0 };
      const left = settle(root, random, counts);
      rmSync(folder, { recursive: true, force: true });
      writeFolder(folder, left as Folder);
      return counts;
    },
  };
}

interface Known {
  readonly open: Map<string, Node>;
  readonly find: (path: string) => { readonly parent: Folder; readonly name: string };
  readonly root: Folder;
}

function apply(change: Change, known: Known): void {
  switch (change.kind) {
    case "open":
      return opened(change, known);
    case "write":
      return wait(known, change.file, { at: change.at, bytes: change.bytes });
    case "truncate":
      return wait(known, change.file, { length: change.length });
    case "sync":
      return sync(nodeOf(known, change.file));
    case "failedSync":
      return lose(nodeOf(known, change.file));
    case "mkdir":
      return enter(known, change.path, { kind: "folder", stable: new Map(), now: new Map(), waiting: [] });
    case "unlink":
    case "rmdir":
      return enter(known, change.path, undefined);
    case "link":
      return enter(known, change.to, lookUp(known, change.path));
    case "rename":
      return move(known, change.path, change.to);
  }
}

function opened({ file, path, flags }: Extract<Change, { kind: "open" }>, known: Known): void {
  let node = known.find(path).name === "" ? known.root : lookUp(known, path);
  if (node === undefined) {
    if ((flags & constants.O_CREAT) === 0) throw new Error(`${path} was opened and is not known.`);
    node = { kind: "file", stable: { bytes: Buffer.alloc(0), length: 0 }, waiting: [] };
    enter(known, path, node);
  }
  known.open.set(file, node);
  if ((flags & constants.O_TRUNC) !== 0) wait(known, file, { length: 0 });
}

function nodeOf({ open }: Known, file: string): Node {
  const node = open.get(file);
  if (node === undefined) throw new Error(`The journal names the descriptor ${file}, which was not opened.`);
  return node;
}

function lookUp({ find }: Known, path: string): Node | undefined {
  const { parent, name } = find(path);
  return parent.now.get(name);
}

function wait(known: Known, file: string, piece: Piece): void {
  const node = nodeOf(known, file);
  if (node.kind === "folder") throw new Error("A folder was written to.");
  node.waiting.push(piece);
}

function enter({ find }: Known, path: string, node: Node | undefined): void {
  const { parent, name } = find(path);
  note(parent, [{ name, node }]);
}

function move(known: Known, path: string, to: string): void {
  const [from, target] = [known.find(path), known.find(to)];
  const node = from.parent.now.get(from.name);
  const [leaves, comes] = [
    { name: from.name, node: undefined },
    { name: target.name, node },
  ];
  if (from.parent === target.parent) return note(from.parent, [leaves, comes]);
  note(target.parent, [comes]);
  note(from.parent, [leaves]);
}

function note(folder: Folder, entry: Entry): void {
  folder.waiting.push(entry);
  put(folder.now, entry);
}

function put(names: Map<string, Node>, entry: Entry): void {
  for (const { name, node } of entry) {
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }
}

function sync(node: Node): void {
  if (node.kind === "file") {
    for (const piece of node.waiting) node.stable = withPiece(node.stable, piece);
  } else {
    for (const entry of node.waiting) put(node.stable, entry);
  }
  node.waiting = [];
}

/** After a failed fsync the kernel holds the pages for clean: they reach the disk only when they are written again. */
function lose(node: Node): void {
  if (node.kind === "file") node.waiting = [];
}

function withPiece({ bytes, length }: Content, piece: Piece): Content {
  if ("length" in piece) {
    if (piece.length > length) return withPiece({ bytes, length }, { at: piece.length, bytes: Buffer.alloc(0) });
    // What is cut off reads as zeros when the file grows again.
    bytes.fill(0, piece.length, length);
    return { bytes, length: piece.length };
  }
  const end = piece.at + piece.bytes.length;
  let room = bytes;
  if (end > room.length) {
    room = Buffer.alloc(Math.max(end, room.length * 2, 4096));
    bytes.copy(room, 0, 0, length);
  }
  piece.bytes.copy(room, piece.at);
  return { bytes: room, length: Math.max(end, length) };
}

type Counts = { -readonly [K in keyof PowerCut]: number };

function settle(node: Node, random: Random | undefined, counts: Counts): Node {
  counts.waiting += node.waiting.length;
  const chance = random?.between(0, 4) ?? 0;
  const isKept = (): boolean => random !== undefined && random.between(1, 4) <= chance && (counts.kept += 1) > 0;
  if (node.kind === "file") {
    let content = node.stable;
    for (const piece of node.waiting) if (isKept()) content = withPiece(content, torn(piece, random!));
    return { kind: "file", stable: content, waiting: [] };
  }
  const names = new Map(node.stable);
  for (const entry of node.waiting) if (isKept()) put(names, entry);
  const settled = new Map([...names].map(([name, one]) => [name, settle(one, random, counts)]));
  return { kind: "folder", stable: settled, now: settled, waiting: [] };
}

/** Every other write that lasts, lasts in part: some first sectors of it. */
function torn(piece: Piece, random: Random): Piece {
  if ("length" in piece || random.between(0, 1) === 0) return piece;
  const sectors = random.between(0, Math.floor(piece.bytes.length / sector));
  return { at: piece.at, bytes: piece.bytes.subarray(0, sectors * sector) };
}

function placeOf(root: Folder, path: string): { readonly parent: Folder; readonly name: string } {
  const names = path.split("/");
  const name = names.pop() ?? "";
  let parent = root;
  for (const one of names) {
    const next = parent.now.get(one);
    if (next?.kind !== "folder") throw new Error(`The journal names ${path}, whose folder is not known.`);
    parent = next;
  }
  return { parent, name };
}

function readFolder(folder: string): Folder {
  const entries = readdirSync(folder, { withFileTypes: true }).map((entry): [string, Node] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return [entry.name, readFolder(path)];
    const bytes = readFileSync(path);
    return [entry.name, { kind: "file", stable: { bytes, length: bytes.length }, waiting: [] }];
  });
  return { kind: "folder", stable: new Map(entries), now: new Map(entries), waiting: [] };
}

function writeFolder(path: string, { stable }: Folder): void {
  mkdirSync(path, { mode: 0o700 });
  for (const [name, node] of stable) {
    if (node.kind === "folder") writeFolder(join(path, name), node);
    else writeFileSync(join(path, name), node.stable.bytes.subarray(0, node.stable.length), { mode: 0o600 });
  }
}
