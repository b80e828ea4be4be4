/**
 * The body of a PL/pgSQL function that changes the case of a text `x` as JavaScript does (Unicode's full mappings, the final sigma included).
 * The mappings stand in it, so that neither the server's locales nor its version of ICU change an answer.
 */
export function caseFolding(direction: "lower" | "upper"): string {
  const { blocks, longer } = mappingsOf(direction);
  const usual = blocks.filter(({ from }) => from < "\u0500");
  const others = blocks.filter((block) => !usual.includes(block));
  const replaced = longer.map(([one, several]) => `x := replace(x, ${quoted(one)}, ${quoted(several)});`).join(" ");
  return `BEGIN
    IF octet_length(x) = length(x) THEN RETURN ${direction}(x COLLATE "C"); END IF;
    ${direction === "lower" ? finalSigma() : ""}
    x := translate(x, ${quoted(ascii(direction))}, ${quoted(ascii(direction === "lower" ? "upper" : "lower"))});
    ${usual.map(translated).join("\n")}
    IF x COLLATE "C" ~ '[\u0500-\u{10ffff}]' THEN ${others.map(translated).join("\n")} END IF;
    IF x COLLATE "C" ~ ${quoted(`[${longer.map(([one]) => one).join("")}]`)} THEN ${replaced} END IF;
    RETURN x;
  END`;
}

/** What changes in that direction, of ASCII. */
const ascii = (direction: "lower" | "upper"): string => (direction === "lower" ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "abcdefghijklmnopqrstuvwxyz");

/** A long list is gone through for each character of the text: only when one of them is there. */
function translated({ from, to }: Block): string {
  const [first, last] = [Array.from(from)[0]!, Array.from(from).at(-1)!];
  return `IF x COLLATE "C" ~ '[${first}-${last}]' THEN x := translate(x, ${quoted(from)}, ${quoted(to)}); END IF;`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Characters of one block that become one other, and those, in the same order. */
interface Block {
  readonly from: string;
  readonly to: string;
}

interface Mappings {
  readonly blocks: readonly Block[];
  /** Characters that become several. */
  readonly longer: readonly (readonly [string, string])[];
}

function mappingsOf(direction: "lower" | "upper"): Mappings {
  const blocks = new Map<number, Block>();
  const longer: [string, string][] = [];
  for (const character of characters()) {
    const changed = direction === "lower" ? character.toLowerCase() : character.toUpperCase();
    if (changed === character || character < "\u0080") continue;
    if (Array.from(changed).length > 1) {
      longer.push([character, changed]);
      continue;
    }
    const number = character.codePointAt(0)! >> 8;
    const { from, to } = blocks.get(number) ?? { from: "", to: "" };
    blocks.set(number, { from: from + character, to: to + changed });
  }
  return { blocks: [...blocks.values()], longer };
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
