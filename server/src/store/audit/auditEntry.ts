import type { Origin } from "../../base/origin.ts";

/** Who did what, when and from where, as the audit keeps it. */
export interface AuditEntry {
  /** create, update, delete or the action's name; `signIn` and the like of others. */
  readonly verb: string;
  readonly at: string;
  readonly tenant: string;
  readonly appId: string;
  readonly user: string | null;
  /** What stays of the user when the name is erased. */
  readonly pseudonym?: string | undefined;
  /** Default: `change`. */
  readonly category?: AuditCategory;
  /** Absent: the server did it by itself. */
  readonly origin?: Origin | undefined;
  /** What it was about, where that is no row that was written. */
  readonly path?: string | undefined;
  readonly resourceType?: string | undefined;
  /** Why nothing came of it. */
  readonly refusal?: { readonly status: number; readonly code: string };
  /** How often the same was done, and when last. */
  readonly repeated?: { readonly occurrences: number; readonly lastAt: string };
  /** Records that were too old to be kept: up to this one, with the seal that it had. */
  readonly removed?: { readonly through: number; readonly seal: string };
}

/** What a record of the audit is about. */
export type AuditCategory = "change" | "refusal" | "signIn" | "system";

/** The last record of a trail. */
export interface TrailEnd {
  readonly hub: string;
  readonly number: number;
  readonly seal: string;
  readonly at: string;
}

/** What is to be removed of a trail. */
export interface TrailCut {
  readonly hub: string;
  readonly until: string;
  readonly most: number;
  readonly now: string;
  /** Whether a record tells of it: the first of several calls. */
  readonly tell: boolean;
}

/** Records of a trail whose details are to be erased. */
export interface TrailErasing {
  readonly hub: string;
  readonly numbers: readonly number[];
  readonly now: string;
  /** The number of records that a record tells of; 0: none tells. */
  readonly told: number;
}
