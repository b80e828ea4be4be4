import type { Calendar } from "./calendar.ts";

/** `12 09:30` -> half past nine on the twelfth working day before today; `n3 02:10` -> in the night three days ago. */
export function momentOf(text: string, calendar: Calendar): number {
  const match = /^(n?)(\d+) (\d\d):(\d\d)$/.exec(text);
  if (match === null) throw new Error(`'${text}' is no moment of the demo.`);
  const [, night, ago, hours, minutes] = match;
  const after = Number(hours) * 60 + Number(minutes);
  return night === "" ? calendar.working(Number(ago), after) : calendar.midnight(Number(ago)) + after * 60_000;
}
