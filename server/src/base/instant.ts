/**
 * Instants without loss: 100 ns since year 1 do not fit a JavaScript number, so an instant is kept as
 * fixed-width UTC text, `2026-11-22T06:00:00.1234567Z`, whose text order is its time order.
 */
const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(?:(Z|z)|([+-])(\d\d):(\d\d))$/;

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || year < 1) return false;
  return day <= (month === 2 && isLeap(year) ? 29 : daysInMonth[month - 1]!);
}

/** True for `yyyy-mm-dd` of a day that exists (Edm.Date). */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3]));
}

/**
 * Reads an Edm.DateTimeOffset (any offset, up to 12 fraction digits of which 7 count) as the
 * fixed-width UTC text that the store compares; undefined when it is no instant of the years 1 to 9999.
 */
export function readInstant(text: string): string | undefined {
  if (text.length > longest) return undefined;
  if (text !== last.text) last = { text, instant: read(text) };
  return last.instant;
}

/** Of a text that `pattern` takes. */
const longest = 40;

/** What a body gives is read twice, for the entity and for its column. */
let last: { readonly text: string; readonly instant: string | undefined } = { text: "", instant: undefined };

function read(text: string): string | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((index) => Number(match[index] ?? 0)) as [
    number, number, number, number, number, number,
  ]; // prettier-ignore
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = (match[7] ?? "").slice(0, 7).padEnd(7, "0");
  const offset = offsetMinutes(match[9], Number(match[10]), Number(match[11]));
  if (offset === undefined) return undefined;
  if (offset === 0) return `${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6] ?? "00"}.${fraction}Z`;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute - offset, second);
  const utcYear = date.getUTCFullYear();
  return utcYear < 1 || utcYear > 9999 ? undefined : `${date.toISOString().slice(0, 19)}.${fraction}Z`;
}

function offsetMinutes(sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (sign === undefined) return 0;
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return undefined;
  return (sign === "-" ? -1 : 1) * (hours * 60 + minutes);
}

/** An instant of the system's clock (milliseconds since 1970) as fixed-width UTC text. */
export function instantOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 23)}0000Z`;
}
