import type { Scalar } from "../plan/typed.ts";

/** A row as an engine gives it: values in the order of the columns. */
export type SqlRow = readonly Scalar[];
