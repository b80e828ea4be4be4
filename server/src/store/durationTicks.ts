const pattern = /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/i;

/** A duration (`P1DT2H`) in units of 100 ns; undefined when it is none or beyond 64 bits. */
export function durationTicks(value: string): bigint | undefined {
  const match = pattern.exec(value);
  if (match === null || match.slice(2).every((part) => part === undefined)) return undefined;
  const [days, hours, minutes, seconds] = [2, 3, 4, 5].map((index) => BigInt(match[index] ?? 0)) as [bigint, bigint, bigint, bigint];
  const whole = ((days * 24n + hours) * 60n + minutes) * 60n + seconds;
  const ticks = whole * 10_000_000n + BigInt((match[6] ?? "").slice(0, 7).padEnd(7, "0"));
  const signed = match[1] === "-" ? -ticks : ticks;
  return BigInt.asIntN(64, signed) === signed ? signed : undefined;
}
