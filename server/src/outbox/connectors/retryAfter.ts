const longest = 24 * 3600 * 1000;

/** Milliseconds that a `Retry-After` asks for (RFC 9110 10.2.3: seconds or a date), a day at most; undefined for none or nonsense. */
export function retryAfter(field: string | readonly string[] | undefined, now: number): number | undefined {
  const text = typeof field === "string" ? field.trim() : "";
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return text === "" || Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longest);
}
