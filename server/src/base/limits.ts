/** Budgets of one request; every one is a setting (`docs/reference/configuration.md`). */
export interface Budgets {
  /** Characters of the request target. */
  readonly urlLength: number;
  /** Bytes of a request body, decompressed. */
  readonly bodyBytes: number;
  /** Rows of a page when the client asks for none, and at most. */
  readonly pageSize: number;
  readonly maxPageSize: number;
  /** `$skip` at most (R61); deeper reading goes by nextLink. */
  readonly maxSkip: number;
  /** Rows that `$apply` may make at most, pages or not: each page of them is computed anew. */
  readonly maxGroups: number;
  /** How deep the JSON of a body may be nested. */
  readonly bodyDepth: number;
  /** How deep the parts of one query option may lie in each other, how many there may be, and how many characters (R85). */
  readonly expressionDepth: number;
  readonly expressionNodes: number;
  readonly optionLength: number;
  /** Requests of one $batch (R118). */
  readonly batchItems: number;
  /** Seconds that a page token is good for (R75). */
  readonly pageTokenSeconds: number;
  /** Seconds that a delta link is good for (R139). */
  readonly deltaTokenSeconds: number;
}

export const defaultBudgets: Budgets = {
  urlLength: 16_384,
  bodyBytes: 4 * 1024 * 1024,
  pageSize: 100,
  maxPageSize: 1000,
  maxSkip: 500,
  maxGroups: 100_000,
  bodyDepth: 64,
  expressionDepth: 100,
  expressionNodes: 2000,
  optionLength: 8192,
  batchItems: 20,
  pageTokenSeconds: 24 * 3600,
  deltaTokenSeconds: 30 * 24 * 3600,
};

/** The budgets of one query option. */
export function syntaxLimits({ expressionDepth, expressionNodes, optionLength }: Budgets): {
  readonly depth: number;
  readonly nodes: number;
  readonly length: number;
} {
  return { depth: expressionDepth, nodes: expressionNodes, length: optionLength };
}
