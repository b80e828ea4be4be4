import type { Expression } from "./expression.ts";
import type { QueryOptions, Segment } from "./options.ts";
import type { EtagCondition } from "./parseEtags.ts";
import type { Preferences } from "./parsePrefer.ts";
import type { Format } from "./parseAccept.ts";

/** One request after syntax and before the model: the border between `odata/` and `plan/`. */
export interface ODataRequest {
  readonly method: string;
  /** The service root as the client wrote it: `v1.0`, `Beta`. */
  readonly root: string;
  /** `baseUrl/root`, no trailing slash. */
  readonly serviceUrl: string;
  readonly segments: readonly Segment[];
  /** The raw path behind the root, for links that lead back. */
  readonly path: string;
  readonly options: QueryOptions;
  readonly aliases: ReadonlyMap<string, Expression>;
  /** Query options that are no system query options, as decoded text. */
  readonly custom: ReadonlyMap<string, string>;
  /** The raw query string: the key under which a bound query is kept. */
  readonly query: string;
  readonly format: Format;
  readonly preferences: Preferences;
  readonly ifMatch?: EtagCondition;
  readonly ifNoneMatch?: EtagCondition;
  readonly contentType?: string;
  readonly body?: Uint8Array;
  /** `Idempotency-Key` (`own`), or the `client-request-id` under which an SDK repeats a POST (R110). */
  readonly once?: { readonly key: string; readonly own: boolean; readonly lookup: boolean };
}
