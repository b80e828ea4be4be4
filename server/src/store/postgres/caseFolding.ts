/**
 * The body of a PL/pgSQL function that changes the case of a text `x` as JavaScript does (Unicode's full mappings, the final sigma included).
 * The mappings stand in it, so that neither the server's locales nor its version of ICU change an answer.
 */
export function caseFolding(direction: "lower" | "upper"): string {
  const { from, to, longer } = mappingsOf(direction);
  const replaced = longer.map(([one, several]) => `x := replace(x, ${quoted(one)}, ${quoted(several)});`).join(" ");
  const anyLonger = longer.map(([one]) => one).join("");
  return `BEGIN
    IF octet_length(x) = length(x) THEN RETURN ${direction}(x COLLATE "C"); END IF;
    ${direction === "lower" ? finalSigma() : ""}
    x := translate(x, ${quoted(from)}, ${quoted(to)});
    IF x COLLATE "C" ~ ${quoted(`[${anyLonger}]`)} THEN ${replaced} END IF;
    RETURN x;
  END`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

interface Mappings {
  /** Characters that become one other, and those, in the same order. */
  readonly from: string;
  readonly to: string;
  /** Those that become several. */
  readonly longer: readonly (readonly [string, string])[];
}

function mappingsOf(direction: "lower" | "upper"): Mappings {
  let [from, to] = ["", ""];
  const longer: [string, string][] = [];
  for (const character of characters()) {
    const changed = direction === "lower" ? character.toLowerCase() : character.toUpperCase();
    if (changed === character) continue;
    if (Array.from(changed).length > 1) longer.push([character, changed]);
    else [from, to] = [from + character, to + changed];
  }
  return { from, to, longer };
}

function* characters(): Generator<string> {
  for (let code = 1; code <= 0x10ffff; code += 1) {
    if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code);
  }
}

/** A capital sigma at the end of a word becomes the final form (Unicode 3.13, Final_Sigma). */
function finalSigma(): string {
  const ignored = `[${rangesOf(/^\p{Case_Ignorable}$/u)}]*`;
  const cased = `[${rangesOf(/^(?!\p{Case_Ignorable})\p{Cased}$/u)}]`;
  const pattern = `(?<=${cased}${ignored})Σ(?!${ignored}${cased})`;
  return `IF strpos(x, 'Σ') > 0 THEN x := regexp_replace(x COLLATE "C", '${pattern}', 'ς', 'g'); END IF;`;
}

/** The characters that match, as the inside of a bracket expression. */
function rangesOf(pattern: RegExp): string {
  const ranges: [number, number][] = [];
  for (const character of characters()) {
    if (!pattern.test(character)) continue;
    const code = character.codePointAt(0)!;
    const last = ranges.at(-1);
    if (last?.[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  return ranges.map(([first, last]) => (first === last ? escaped(first) : `${escaped(first)}-${escaped(last)}`)).join("");
}

const escaped = (code: number): string => `\\U${code.toString(16).padStart(8, "0")}`;
