import type { Json } from "../base/json.ts";
import type { Property } from "../edm/types.ts";
import type { Expansion } from "../plan/plan.ts";
import type { Change, Page, Row, Shaped } from "../store/store.ts";
import type { PageTokens } from "./expandedTokens.ts";

/** Rows and removals of change tracking, with the token of the next page or, on the last, of what will change. */
export interface ChangesOutcome {
  readonly kind: "changes";
  readonly changes: readonly Change[];
  readonly link: { readonly option: "$skiptoken" | "$deltatoken"; readonly token: string };
  /** `odata`: a delta payload as OData has it; `graph`: rows, and removals as Graph writes them, under the context URL of the collection. */
  readonly form: "graph" | "odata";
}

/** What came of a plan; that of a write is plain data, so that it can be kept and answered again (idempotency). */
export type Outcome =
  /** `nextToken`: the sealed token of the next page. `part`: of a plan over several collections the number of that in which the rows lie. */
  | { readonly kind: "page"; readonly page: Page; readonly part?: number; readonly nextToken?: string; readonly expanded?: PageTokens }
  | ChangesOutcome
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "row"; readonly row: Row; readonly expanded?: PageTokens }
  | { readonly kind: "property"; readonly value: Json; readonly property?: Property; readonly form: "json" | "value" | "count"; readonly etag: string }
  | { readonly kind: "media"; readonly bytes: Uint8Array; readonly type: string; readonly etag: string }
  | { readonly kind: "notModified"; readonly etag: string }
  /** `expand`: related entities that the body gave, which the answer shows beside those that the request asks for. */
  | { readonly kind: "created"; readonly row: Row; readonly notes: readonly string[]; readonly expand?: readonly Expansion[]; readonly expanded?: PageTokens }
  | { readonly kind: "updated"; readonly row: Row; readonly notes: readonly string[]; readonly expand?: readonly Expansion[]; readonly expanded?: PageTokens }
  | { readonly kind: "deleted" }
  /** A single navigation property that leads to no entity. */
  | { readonly kind: "nothing" }
  /** Entities of one collection that were made or changed, and ids of those that were deleted. */
  | { readonly kind: "changedSet"; readonly rows: readonly Row[]; readonly removed: readonly string[] }
  /** An action without a result. */
  | { readonly kind: "acted"; readonly status: 200 | 204 }
  /** The rows or the value that an action returns. */
  | { readonly kind: "actedOn"; readonly rows: readonly Row[] }
  | { readonly kind: "value"; readonly value: Json };

export type { Change, Page, PageTokens, Row, Shaped };
