import { Problem } from "../../../src/base/errors.ts";

/** A piece of the input that refusals count positions in: an option's value, the path. */
export interface Piece {
  readonly target: string;
  /** Where the piece begins in the input. */
  readonly start: number;
  readonly raw: string;
}

/** What a refusal points at: from its position to the end of the word that stands there. */
export interface Spot {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/** A refusal by the small model. */
export class Misfit extends Error {
  readonly from: number;
  readonly to: number;
  /** The piece that the positions count in; absent: the input. */
  readonly target: string | undefined;
  constructor(message: string, { from, to, target }: { readonly from: number; readonly to: number; readonly target?: string }) {
    super(message);
    this.from = from;
    this.to = to;
    this.target = target;
  }
}

const word = /\$?[\w.]+|\s+|./suy;

/** Where in the input the refusal points. */
export function spotOf(error: unknown, input: string, pieces: readonly Piece[]): Spot {
  if (error instanceof Misfit) {
    const start = pieces.find(({ target }) => target === error.target)?.start ?? 0;
    return { from: error.from + start, to: error.to + start, message: error.message };
  }
  if (!(error instanceof Problem)) throw error;
  const { message } = error;
  const [, target, at] = /^(.+?): .* at position (\d+)\.$/s.exec(message) ?? [];
  const piece = pieces.find((one) => one.target === target);
  if (piece !== undefined && at !== undefined) {
    const from = piece.start + rawOffset(piece, Number(at));
    word.lastIndex = from;
    return { from, to: from + (word.exec(input)?.[0].length ?? 0), message };
  }
  return { ...quotedIn(error, input, pieces), message };
}

/** A refusal without a position quotes what it refuses, or names an option. */
function quotedIn({ message, extras }: Problem, input: string, pieces: readonly Piece[]): { from: number; to: number } {
  const quoted = /'(.+?)'/s.exec(message)?.[1] ?? "";
  const at = quoted === "" ? -1 : input.lastIndexOf(quoted);
  if (at >= 0) return { from: at, to: at + quoted.length };
  const named = pieces.find((one) => one.target === extras.target);
  if (named !== undefined) return { from: named.start - named.target.length - 1, to: named.start };
  return { from: input.length, to: input.length };
}

/** Positions count decoded characters; in a path, from the segment on. */
function rawOffset({ target, raw }: Piece, position: number): number {
  const begin = target === "path" ? raw.lastIndexOf("/", position - 1) + 1 : 0;
  for (let end = begin; end <= raw.length; end++) {
    try {
      if (decodeURIComponent(raw.slice(begin, end)).length === position - begin) return end;
    } catch {
      // In the middle of an escape.
    }
  }
  return raw.length;
}
