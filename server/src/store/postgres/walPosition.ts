/** A place in the write-ahead log, as a number: `16/B374D848` (PostgreSQL, type pg_lsn). Undefined for what is none. */
export function walPosition(text: unknown): bigint | undefined {
  const [, high, low] = (typeof text === "string" && /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text)) || [];
  return high === undefined || low === undefined ? undefined : (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
