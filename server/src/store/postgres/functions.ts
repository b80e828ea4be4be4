import { caseFolding } from "./caseFolding.ts";
import { sortableFunctions } from "./sortableFunctions.ts";
import { define, highest, lowest, valueFunctions } from "./valueFunctions.ts";

/** A floating-point number as the shortest decimal that gives it; from 2^53 on, where all are whole, as what it is. */
const exact = define(
  "secgraph_exact(x double precision) RETURNS numeric",
  "sql",
  "SELECT CASE WHEN abs(x) >= 9007199254740992 AND x >= -9223372036854775808 AND x < 9223372036854775808 THEN x::bigint::numeric ELSE x::text::numeric END",
);

const whole = define("secgraph_whole(x numeric) RETURNS bigint", "sql", `SELECT trunc(least(greatest(x, ${lowest}::numeric), ${highest}::numeric))::bigint`);

const round = define(
  "secgraph_round(x numeric) RETURNS numeric",
  "sql",
  "SELECT CASE WHEN abs(x) >= 4503599627370496 THEN secgraph_exact(x::double precision) ELSE round(x) END",
);

const substrings = [
  define(
    "secgraph_place(x text, start numeric) RETURNS int",
    "sql",
    "SELECT CASE WHEN trunc(start) < 0 THEN greatest(length(x) + trunc(greatest(start, -2000000000))::int, 0) ELSE trunc(least(start, 2000000000))::int END",
  ),
  define("secgraph_substring(x text, start numeric) RETURNS text", "sql", "SELECT substr(x, secgraph_place(x, start) + 1)"),
  define(
    "secgraph_substring(x text, start numeric, size numeric) RETURNS text",
    "sql",
    "SELECT substr(substr(x, secgraph_place(x, start) + 1), 1, trunc(least(greatest(size, 0), 2000000000))::int)",
  ),
];

/** The remainder of two floating-point numbers, which is exact (IEEE 754's fmod). */
const remainder = define(
  "secgraph_remainder(x double precision, y double precision) RETURNS double precision",
  "plpgsql",
  `DECLARE r double precision := abs(x); d double precision := abs(y); t double precision;
  BEGIN
    IF r = 'Infinity' THEN RETURN 'NaN'; END IF;
    t := d;
    WHILE t <= r - t LOOP t := t * 2; END LOOP;
    LOOP
      IF r >= t THEN r := r - t; END IF;
      EXIT WHEN t = d;
      t := t / 2;
    END LOOP;
    RETURN CASE WHEN x < 0 THEN -r ELSE r END;
  END`,
);

/** Beyond these a result may leave the range of doubles: there it is calculated at another scale, and then brought back. */
const [large, small, none] = ["1e308", "1e-300", "1e-330"];

/** A quarter of a result, as the result. */
const fromQuarter = (quarter: string): string =>
  `r := ${quarter}; RETURN CASE WHEN abs(r) >= ${2 ** 1022} THEN sign(r) * 'Infinity'::double precision ELSE r * 4 END;`;

/** A result times 2^200, as the result. */
const fromLarger = (larger: string): string => `r := ${larger}; RETURN CASE WHEN abs(r) <= ${2 ** -875} THEN 0 ELSE r * ${2 ** -200}::double precision END;`;

/** Floating-point arithmetic that goes beyond its range as IEEE 754 says, where PostgreSQL's own raises an error. */
const floating = define(
  "secgraph_floating(operator text, a numeric, b numeric) RETURNS double precision",
  "plpgsql",
  `DECLARE x double precision := a; y double precision := b; r double precision;
  BEGIN
    IF operator = 'sub' THEN y := -y; b := -b; operator := 'add'; END IF;
    IF abs(x) = 'Infinity' OR abs(y) = 'Infinity' OR a = 0 OR b = 0 THEN
      RETURN CASE operator WHEN 'add' THEN x + y WHEN 'mul' THEN x * y WHEN 'div' THEN x / y ELSE secgraph_remainder(x, y) END;
    END IF;
    CASE operator
      WHEN 'add' THEN
        IF abs(a + b) >= ${large} THEN ${fromQuarter("CASE WHEN abs(x) < 1 THEN 0 ELSE x / 4 END + CASE WHEN abs(y) < 1 THEN 0 ELSE y / 4 END")} END IF;
        RETURN x + y;
      WHEN 'mul' THEN
        IF abs(a * b) >= ${large} THEN
          IF abs(a * b) >= 1.8e308 THEN RETURN sign(a) * sign(b) * 'Infinity'::double precision; END IF;
          ${fromQuarter("CASE WHEN abs(x) > abs(y) THEN x / 4 * y ELSE y / 4 * x END")}
        END IF;
        IF abs(a * b) < ${none} THEN RETURN 0; END IF;
        IF abs(a * b) < ${small} THEN ${fromLarger(`CASE WHEN abs(x) > abs(y) THEN x * ${2 ** 200}::double precision * y ELSE y * ${2 ** 200}::double precision * x END`)} END IF;
        RETURN x * y;
      WHEN 'div' THEN
        IF abs(a) >= abs(b) * ${large} THEN
          IF abs(a) >= abs(b) * 1.8e308 THEN RETURN sign(a) * sign(b) * 'Infinity'::double precision; END IF;
          ${fromQuarter("x / 4 / y")}
        END IF;
        IF abs(a) < abs(b) * ${none} THEN RETURN 0; END IF;
        IF abs(a) < abs(b) * ${small} THEN ${fromLarger(`x * ${2 ** 200}::double precision / y`)} END IF;
        RETURN x / y;
      ELSE
        RETURN secgraph_remainder(x, y);
    END CASE;
  END`,
);

/** Arithmetic in whole numbers of 64 bits as long as both and the result are such, else in floating-point ones; null where there is no value. */
const calculate = define(
  "secgraph_calculate(operator text, a numeric, b numeric, floats boolean) RETURNS numeric",
  "plpgsql",
  `DECLARE r numeric; f double precision;
  BEGIN
    IF operator IN ('div', 'mod') THEN
      IF NOT floats THEN a := secgraph_whole(a); b := secgraph_whole(b); END IF;
      IF b = 0 THEN RETURN CASE WHEN operator = 'div' AND floats AND a <> 0 THEN sign(a) * 'Infinity'::numeric END; END IF;
    END IF;
    IF NOT floats AND a BETWEEN ${lowest} AND ${highest} AND b BETWEEN ${lowest} AND ${highest} AND a = trunc(a) AND b = trunc(b) THEN
      r := CASE operator WHEN 'add' THEN a + b WHEN 'sub' THEN a - b WHEN 'mul' THEN a * b WHEN 'div' THEN div(a, b) ELSE mod(a, b) END;
      IF r BETWEEN ${lowest} AND ${highest} THEN RETURN r; END IF;
    END IF;
    f := secgraph_floating(operator, a, b);
    RETURN CASE WHEN f <> 'NaN' THEN secgraph_exact(f) END;
  END`,
);

/** A JSON number: whole ones of 64 bits as they are, others as the double nearest to them. */
const number = define(
  "secgraph_number(member json) RETURNS numeric",
  "plpgsql",
  `DECLARE t text := member::text; n numeric;
  BEGIN
    IF json_typeof(member) <> 'number' THEN RETURN NULL; END IF;
    IF t ~ '^-?[0-9]{1,19}$' THEN
      n := t::numeric;
      IF n BETWEEN ${lowest} AND ${highest} THEN RETURN n; END IF;
    ELSIF t ~ '[eE]-0*[1-9][0-9]{3}' THEN
      RETURN 0;
    ELSIF length(t) > 290 OR t ~ '[eE]-0*[1-9][0-9]{2}' THEN
      IF abs(t::numeric) < 2.4703282292062328e-324 THEN RETURN 0; END IF;
    END IF;
    RETURN secgraph_exact(t::double precision);
  END`,
);

const text = define("secgraph_text(member json) RETURNS text", "plpgsql", `BEGIN RETURN CASE json_typeof(member) WHEN 'string' THEN member #>> '{}' END; END`);

const boolean = define(
  "secgraph_boolean(member json) RETURNS boolean",
  "plpgsql",
  `BEGIN RETURN CASE member::text WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END; END`,
);

/**
 * A JSON value as text whose order is the order of values: nothing, then numbers (true is 1 and false 0), then text, with objects and arrays
 * as their JSON. A number is the order of its double, then of its whole part, which tells those apart that one double stands for.
 */
const any = define(
  "secgraph_any(member json) RETURNS text",
  "plpgsql",
  `DECLARE kind text := json_typeof(member); n numeric; bits bit(64);
  BEGIN
    IF kind = 'null' THEN RETURN NULL; END IF;
    IF kind = 'string' THEN RETURN '2' || (member #>> '{}'); END IF;
    IF kind IN ('object', 'array') THEN RETURN '2' || member::text; END IF;
    n := CASE kind WHEN 'boolean' THEN (member::text = 'true')::int ELSE secgraph_number(member) END;
    bits := ('x' || encode(float8send(n::double precision), 'hex'))::bit(64);
    bits := CASE WHEN n < 0 THEN ~bits ELSE set_bit(bits, 0, 1) END;
    RETURN '1' || bits::text || lpad((secgraph_whole(n)::numeric - (${lowest}))::text, 20, '0');
  END`,
);

/** An instant of JSON text as the fixed-width text that instants are compared as (`base/instant.ts\`). */
const instant = define(
  "secgraph_instant(member json) RETURNS text",
  "plpgsql",
  `DECLARE
    m text[] := regexp_match(secgraph_text(member) COLLATE "C",
      '^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.]([0-9]{1,12}))?)?(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))$');
    y int := m[1]; mo int := m[2]; d int := m[3]; s text := coalesce(m[6], '00'); ahead int; t timestamp;
    fraction text := rpad(left(coalesce(m[7], ''), 7), 7, '0');
  BEGIN
    IF m IS NULL OR y < 1 OR mo NOT BETWEEN 1 AND 12 OR d < 1 OR m[4]::int > 23 OR m[5]::int > 59 OR s::int > 59 THEN RETURN NULL; END IF;
    IF d > extract(day FROM make_date(y, mo, 1) + interval '1 month' - interval '1 day') THEN RETURN NULL; END IF;
    ahead := coalesce(m[10]::int * 60 + m[11]::int, 0);
    IF ahead > 840 OR m[11]::int > 59 THEN RETURN NULL; END IF;
    t := make_timestamp(y, mo, d, m[4]::int, m[5]::int, 0) - make_interval(mins => CASE m[9] WHEN '-' THEN -ahead ELSE ahead END);
    IF extract(year FROM t) NOT BETWEEN 1 AND 9999 THEN RETURN NULL; END IF;
    RETURN to_char(t, 'YYYY-MM-DD"T"HH24:MI:') || s || '.' || fraction || 'Z';
  END`,
);

/**
 * The functions that compiled statements call, as statements that make them; they do not depend on the server's locales.
 * In the order in which they use each other; none reads a table.
 */
export function functionDefinitions(): readonly string[] {
  const folding = (direction: "lower" | "upper") => define(`secgraph_${direction}(x text) RETURNS text`, "plpgsql", caseFolding(direction));
  return [
    exact, whole, round, ...substrings, remainder, floating, calculate, number, text, boolean, any, instant, folding("lower"), folding("upper"), ...valueFunctions,
    ...sortableFunctions,
  ]; // prettier-ignore
}
