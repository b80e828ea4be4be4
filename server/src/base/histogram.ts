/** How many values fell below each bound; the bounds are the makers'. */
export interface Histogram {
  readonly bounds: readonly number[];
  /** Values up to each bound and above the one before; larger ones are only in `count`. */
  readonly buckets: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** A histogram that values are added to. */
export interface GrowingHistogram extends Histogram {
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** Makes an empty histogram over ascending bounds. */
export function createHistogram(bounds: readonly number[]): GrowingHistogram {
  return { bounds, buckets: bounds.map(() => 0), sum: 0, count: 0 };
}

/** Adds one value. */
export function addTo(histogram: GrowingHistogram, value: number): void {
  const { bounds } = histogram;
  histogram.sum += value;
  histogram.count += 1;
  let index = 0;
  while (index < bounds.length && value > bounds[index]!) index += 1;
  if (index < bounds.length) histogram.buckets[index]! += 1;
}
