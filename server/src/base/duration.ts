const pattern = /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;

/** Milliseconds of an Edm.Duration such as PT1H or P2DT30M (days are the largest unit); undefined for what is none. */
export function durationMilliseconds(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null || /[PT]$/i.test(text)) return undefined;
  const [days, hours, minutes, seconds] = [2, 3, 4, 5].map((index) => Number(match[index] ?? 0)) as [number, number, number, number];
  const total = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  return match[1] === "-" ? -total : total;
}
