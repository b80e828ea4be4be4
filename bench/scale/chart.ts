/** A line of a chart: its points, by x. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
}

const [width, height] = [760, 420];
const [left, right, top, bottom] = [70, 220, 40, 50];
const colors = ["#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df"];

/** A chart of lines with logarithmic scales, as SVG. */
export function chartOf({ title, x, y, series }: Chart): string {
  const xs = series.flatMap(({ points }) => points.map(([at]) => at));
  const ys = series.flatMap(({ points }) => points.map(([, value]) => value));
  const across = scale(Math.min(...xs), Math.max(...xs), [left, width - right]);
  const up = scale(10 ** Math.floor(Math.log10(Math.min(...ys))), 10 ** Math.ceil(Math.log10(Math.max(...ys))), [height - bottom, top]);
  const rows = decades(Math.min(...ys), Math.max(...ys)).map((value) => rule(up(value), value));
  const columns = [...new Set(xs)].map((at) => text(across(at), height - bottom + 18, `x ${at}`, "middle"));
  const lines = series.map(({ name, points }, index) =>
    lineOf(
      name,
      points.map(([at, value]) => [across(at), up(value)] as const),
      { color: colors[index % colors.length]!, index },
    ),
  );
  const axes = [text(left, 22, title, "start", 15), text((left + width - right) / 2, height - 10, x, "middle"), text(left, top - 2, y, "start")];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"><rect width="${width}" height="${height}" fill="#fff"/>\n${[...axes, ...rows, ...columns, ...lines].join("\n")}\n</svg>\n`;
}

function scale(from: number, to: number, [low, high]: readonly [number, number]): (value: number) => number {
  const span = Math.log(to / from);
  return (value) => Math.round((low + ((high - low) * Math.log(value / from)) / span) * 10) / 10;
}

function decades(from: number, to: number): number[] {
  const [first, last] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

function rule(at: number, value: number): string {
  const shown = value >= 1 ? String(Math.round(value)) : String(Number(value.toPrecision(1)));
  return `<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}" stroke="#d0d7de"/>${text(left - 8, at + 4, shown, "end")}`;
}

function lineOf(name: string, points: readonly (readonly [number, number])[], { color, index }: { readonly color: string; readonly index: number }): string {
  const path = points.map(([x, y]) => `${x},${y}`).join(" ");
  const dots = points.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${color}"/>`).join("");
  const legend = text(width - right + 36, top + 20 + index * 22, name, "start");
  const mark = `<line x1="${width - right + 12}" x2="${width - right + 30}" y1="${top + 16 + index * 22}" y2="${top + 16 + index * 22}" stroke="${color}" stroke-width="3"/>`;
  return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots}${mark}${legend}`;
}

function text(x: number, y: number, value: string, anchor: "start" | "middle" | "end", size = 12): string {
  const escaped = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="#1f2328">${escaped}</text>`;
}
