/** A number's text without exponent: `1.5e-7` as `0.00000015`, `2e3` as `2000`. All digits stay; other text is given back. */
export function longNotation(text: string): string {
  const [all, sign = "", whole = "", fraction = "", exponent] = /^(-?)(\d+)(?:\.(\d+))?[eE]([-+]?\d+)$/.exec(text) ?? [];
  if (all === undefined) return text;
  const point = whole.length + Number(exponent);
  const digits = `${"0".repeat(Math.max(0, 1 - point))}${whole}${fraction}`.padEnd(point, "0");
  const end = Math.max(1, point);
  const behind = digits.slice(end);
  return `${sign}${digits.slice(0, end).replace(/^0+(?=\d)/, "")}${behind === "" ? "" : `.${behind}`}`;
}
