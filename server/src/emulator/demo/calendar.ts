const day = 86_400_000;
const minute = 60_000;

/** The days that the demo covers, today included. */
export const days = 90;

/** Milliseconds after midnight at which providers report: all at one moment, so that they can be sent together. */
export const reportTime = 30_000;

/**
 * The demo's days. People work from Monday to Friday, so their deeds are told in working days before today:
 * 1 is the last one that is over. Nights are counted in days before today: 0 is the one that began today.
 * Moments are milliseconds since 1970; everything is UTC.
 */
export interface Calendar {
  /** Midnight at which a day began. */
  readonly midnight: (daysAgo: number) => number;
  /** A moment of a working day, in minutes after midnight. */
  readonly working: (workdaysAgo: number, minutes: number) => number;
  /** Working days from the one `daysAgo` up to yesterday: what was done that many working days ago or later is not done yet when that day begins. */
  readonly workdaysSince: (daysAgo: number) => number;
  /** How many working days lie before today. */
  readonly workdays: number;
}

/** The calendar that ends on the day in which `moment` lies. */
export function calendar(moment: number): Calendar {
  const today = Math.floor(moment / day) * day;
  const midnight = (daysAgo: number): number => today - daysAgo * day;
  const past = Array.from({ length: days - 1 }, (_, index) => index + 1).filter((daysAgo) => isWorkday(midnight(daysAgo)));
  return {
    midnight,
    working(workdaysAgo, minutes) {
      const daysAgo = past[workdaysAgo - 1];
      if (daysAgo === undefined) throw new RangeError(`There is no working day ${workdaysAgo} before today in the demo.`);
      return midnight(daysAgo) + minutes * minute;
    },
    workdaysSince: (daysAgo) => past.filter((one) => one <= daysAgo).length,
    workdays: past.length,
  };
}

function isWorkday(moment: number): boolean {
  const weekday = new Date(moment).getUTCDay();
  return weekday >= 1 && weekday <= 5;
}
