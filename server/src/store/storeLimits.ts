/** What one query may cost a store. */
export interface StoreLimits {
  /** Reading workers at most, for queries that may read a whole collection. */
  readonly workers?: number;
  /** Milliseconds that such a query may take. */
  readonly queryBudget?: number;
  /** Bytes of bodies in a page. */
  readonly pageBytes?: number;
  /** Bytes of rows and pages that are kept in memory while nothing is written to them, with what is printed of them; 0 keeps none. */
  readonly keptBytes?: number;
  /** Bytes of the data file that the reading connection maps into memory. */
  readonly mapBytes?: number;
}

/** The limits when nobody says otherwise. */
export const usualStoreLimits = { queryBudget: 10_000, pageBytes: 4 * 1024 * 1024, keptBytes: 64 * 1024 * 1024, mapBytes: 64 * 1024 * 1024 };
