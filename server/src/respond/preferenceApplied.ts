/** `Preference-Applied` (RFC 7240, 3) naming the preferences that were honoured; nothing where there is none. */
export function preferenceApplied(...honoured: readonly (string | undefined)[]): Record<string, string> {
  const named = honoured.filter((one) => one !== undefined);
  return named.length === 0 ? {} : { "Preference-Applied": named.join(", ") };
}
