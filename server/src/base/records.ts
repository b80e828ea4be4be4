/** A kind of small records that several processes may share: what they are found by, and how long they last. */
export interface RecordKind<T> {
  readonly name: string;
  /** Milliseconds after which a record is gone, since it was made or since it was changed last; absent: it stays. */
  readonly life?: { readonly milliseconds: number; readonly since: "made" | "changed" };
  /** A second name, of one record of the kind alone. */
  readonly aliasOf?: (value: T) => string;
  /** Whose it is, for counting. */
  readonly ownerOf?: (value: T) => string;
  /** How many a memory keeps: those longest unused go first. */
  readonly most?: number;
}

/** The records of a kind. Values are plain data (JSON). */
export interface RecordSet<T> {
  readonly find: (key: string) => Promise<T | undefined>;
  readonly findByAlias: (alias: string) => Promise<T | undefined>;
  readonly all: () => Promise<readonly T[]>;
  readonly count: (owner: string) => Promise<number>;
  /**
   * Makes, replaces or removes (undefined) a record by what `change` makes of it, in one step: nobody changes it between.
   * `change` may be called several times; its last call counts. It alters nothing when it answers what it was given. Answers
   * what there is now. Throws `AliasTaken` when the second name is another record's.
   */
  readonly change: (key: string, change: (known: T | undefined) => T | undefined) => Promise<T | undefined>;
}

/** Where records are kept, by kind. */
export type Records = <T extends object>(kind: RecordKind<T>) => RecordSet<T>;

/** The second name belongs to another record of the kind. */
export class AliasTaken extends Error {}
