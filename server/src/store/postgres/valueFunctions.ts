/** The functions of PostgreSQL by which values become others: decimals, times, and what texts say. What they give is what `sqlite/{decimals,times}.ts` give. */

export const define = (head: string, language: "sql" | "plpgsql", body: string): string =>
  `CREATE OR REPLACE FUNCTION ${head} LANGUAGE ${language} IMMUTABLE STRICT PARALLEL SAFE AS $body$ ${body} $body$`;

export const [lowest, highest] = ["-9223372036854775808", "9223372036854775807"];

/** The number nearest to an exact one: itself when it is whole and of 64 bits, else a double. */
const nearest = define(
  "secgraph_nearest(r numeric) RETURNS numeric",
  "sql",
  `SELECT CASE WHEN r = trunc(r) AND r BETWEEN ${lowest} AND ${highest} THEN trunc(r)
    WHEN abs(r) < 2.4703282292062328e-324 THEN 0
    WHEN abs(r) >= 1.7976931348623158079372897140e308 THEN sign(r) * 'Infinity'::numeric
    ELSE secgraph_exact(r::double precision) END`,
);

/** The order of magnitude of a quotient's parts tells how many digits are to be calculated. */
const decimal = define(
  "secgraph_decimal(operator text, a numeric, b numeric) RETURNS numeric",
  "plpgsql",
  `DECLARE k int;
  BEGIN
    IF abs(a) = 'Infinity' OR abs(b) = 'Infinity' THEN
      IF operator IN ('div', 'mod') AND b = 0 THEN RETURN NULL; END IF;
      RETURN secgraph_calculate(operator, a, b, TRUE);
    END IF;
    CASE operator
      WHEN 'add' THEN RETURN secgraph_nearest(a + b);
      WHEN 'sub' THEN RETURN secgraph_nearest(a - b);
      WHEN 'mul' THEN RETURN secgraph_nearest(a * b);
      WHEN 'mod' THEN
        IF b = 0 THEN RETURN NULL; END IF;
        RETURN secgraph_nearest(mod(a, b));
      ELSE
        IF b = 0 THEN RETURN NULL; END IF;
        IF a = 0 THEN RETURN 0; END IF;
        k := greatest(0, 41 + floor(log(abs(b)))::int - floor(log(abs(a)))::int);
        RETURN secgraph_nearest(div(a * ('1e' || k)::numeric, b) * ('1e-' || k)::numeric);
    END CASE;
  END`,
);

const scaled = define(
  "secgraph_scaled(duration numeric, factor numeric, divides boolean) RETURNS numeric",
  "plpgsql",
  `DECLARE r numeric;
  BEGIN
    IF abs(duration) = 'Infinity' OR abs(factor) = 'Infinity' OR (divides AND factor = 0) THEN RETURN NULL; END IF;
    r := CASE WHEN divides THEN div(duration, factor) ELSE trunc(duration * factor) END;
    RETURN CASE WHEN r BETWEEN ${lowest} AND ${highest} THEN r END;
  END`,
);

/** An instant or a date in units of 100 ns since year 1; null for a date that no instant has. */
const ticks = define(
  "secgraph_ticks(x text) RETURNS numeric",
  "plpgsql",
  `BEGIN
    IF length(x) = 10 THEN
      IF secgraph_parsed_date(x) IS NULL THEN RETURN NULL; END IF;
      RETURN (make_date(substr(x, 1, 4)::int, substr(x, 6, 2)::int, substr(x, 9, 2)::int) - date '0001-01-01')::numeric * 864000000000;
    END IF;
    RETURN (((make_date(substr(x, 1, 4)::int, substr(x, 6, 2)::int, substr(x, 9, 2)::int) - date '0001-01-01')::numeric * 86400
      + substr(x, 12, 2)::int * 3600 + substr(x, 15, 2)::int * 60 + substr(x, 18, 2)::int) * 10000000 + substr(x, 21, 7)::int);
  END`,
);

const moved = define(
  "secgraph_moved(x text, duration numeric) RETURNS text",
  "plpgsql",
  `DECLARE t numeric := secgraph_ticks(x) + trunc(duration); s int; d text;
  BEGIN
    IF t IS NULL OR t < 0 OR t >= 3155378976000000000 THEN RETURN NULL; END IF;
    d := to_char(date '0001-01-01' + div(t, 864000000000)::int, 'YYYY-MM-DD');
    IF length(x) = 10 THEN RETURN d; END IF;
    s := div(mod(t, 864000000000), 10000000)::int;
    RETURN d || 'T' || lpad((s / 3600)::text, 2, '0') || ':' || lpad((s / 60 % 60)::text, 2, '0') || ':' || lpad((s % 60)::text, 2, '0')
      || '.' || lpad(mod(t, 10000000)::int::text, 7, '0') || 'Z';
  END`,
);

const between = define("secgraph_between(later text, earlier text) RETURNS numeric", "sql", "SELECT secgraph_ticks(later) - secgraph_ticks(earlier)");

const offset = define(
  "secgraph_offset(x text) RETURNS bigint",
  "plpgsql",
  `DECLARE m text[] := regexp_match(x, '([+-])([0-9]{2}):([0-9]{2})$');
  BEGIN
    IF secgraph_instant(to_json(x)) IS NULL THEN RETURN NULL; END IF;
    IF m IS NULL THEN RETURN 0; END IF;
    RETURN CASE m[1] WHEN '-' THEN -1 ELSE 1 END * (m[2]::bigint * 60 + m[3]::bigint);
  END`,
);

const within = define(
  "secgraph_within(x numeric, low numeric, high numeric) RETURNS bigint",
  "sql",
  "SELECT CASE WHEN trunc(x) BETWEEN low AND high THEN trunc(x)::bigint END",
);

const infinite = "WHEN x = 'Infinity' THEN 'INF' WHEN x = '-Infinity' THEN '-INF'";

const decimalText = define("secgraph_decimal_text(x numeric) RETURNS text", "sql", `SELECT CASE ${infinite} ELSE trim_scale(x)::text END`);

/** A double: what it is, where all doubles are whole, else as JavaScript writes it, the shortest digits, with an exponent from 1e21 on and below 1e-6. */
const doubleText = define(
  "secgraph_double_text(x numeric) RETURNS text",
  "plpgsql",
  `DECLARE f text; m text; e int; n int;
  BEGIN
    IF abs(x) = 'Infinity' THEN RETURN CASE WHEN x > 0 THEN 'INF' ELSE '-INF' END; END IF;
    IF x::double precision = 0 THEN RETURN '0'; END IF;
    IF abs(x::double precision) >= 9007199254740992 AND x::double precision >= -9223372036854775808 AND x::double precision < 9223372036854775808 THEN RETURN secgraph_exact(x::double precision)::text; END IF;
    f := (abs(x)::double precision)::text::numeric::text;
    f := CASE WHEN strpos(f, '.') = 0 THEN f || '.' ELSE f END;
    e := strpos(f, '.') - 1;
    m := replace(f, '.', '');
    n := length(m) - length(ltrim(m, '0'));
    e := e - n;
    m := rtrim(ltrim(m, '0'), '0');
    n := length(m);
    RETURN CASE WHEN x < 0 THEN '-' ELSE '' END || CASE
      WHEN e BETWEEN n AND 21 THEN m || repeat('0', e - n)
      WHEN e BETWEEN 1 AND 21 THEN left(m, e) || '.' || substr(m, e + 1)
      WHEN e BETWEEN -5 AND 0 THEN '0.' || repeat('0', -e) || m
      ELSE left(m, 1) || CASE WHEN n > 1 THEN '.' || substr(m, 2) ELSE '' END || 'e' || CASE WHEN e > 0 THEN '+' ELSE '-' END || abs(e - 1) END;
  END`,
);

const durationText = define(
  "secgraph_duration_text(x numeric) RETURNS text",
  "plpgsql",
  `DECLARE t numeric := abs(x); r numeric := mod(abs(x), 864000000000); s text; f text; days text; clock text;
  BEGIN
    f := rtrim(lpad(mod(r, 10000000)::bigint::text, 7, '0'), '0');
    s := mod(div(r, 10000000), 60)::int || CASE f WHEN '' THEN '' ELSE '.' || f END;
    clock := CASE WHEN r >= 36000000000 THEN div(r, 36000000000)::int || 'H' ELSE '' END
      || CASE WHEN mod(div(r, 600000000), 60) > 0 THEN mod(div(r, 600000000), 60)::int || 'M' ELSE '' END
      || CASE s WHEN '0' THEN '' ELSE s || 'S' END;
    days := CASE WHEN t >= 864000000000 THEN div(t, 864000000000)::bigint || 'D' ELSE '' END;
    RETURN CASE WHEN x < 0 THEN '-' ELSE '' END || 'P' || CASE WHEN days = '' AND clock = '' THEN 'T0S' ELSE days || CASE clock WHEN '' THEN '' ELSE 'T' || clock END END;
  END`,
);

const parsedNumber = define(
  "secgraph_parsed_decimal(x text) RETURNS numeric",
  "plpgsql",
  `DECLARE n numeric;
  BEGIN
    IF length(x) > 800 OR x !~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]{1,4})?$' THEN RETURN NULL; END IF;
    n := x::numeric;
    IF abs(n) >= 1.7976931348623158079372897140e308 THEN RETURN NULL; END IF;
    IF x ~ '^-?[0-9]+([.]0*)?$' THEN RETURN secgraph_nearest(n); END IF;
    RETURN CASE WHEN abs(n) < 2.4703282292062328e-324 THEN 0 ELSE secgraph_exact(n::double precision) END;
  END`,
);
const parsedDouble = define("secgraph_parsed_double(x text) RETURNS numeric", "sql", "SELECT secgraph_exact(secgraph_parsed_decimal(x)::double precision)");

const parsedWhole = define(
  "secgraph_parsed_int(x text) RETURNS bigint",
  "sql",
  `SELECT CASE WHEN x ~ '^[-+]?[0-9]{1,19}$' THEN CASE WHEN x::numeric BETWEEN ${lowest} AND ${highest} THEN x::bigint END END`,
);

const parsedTexts = [
  define("secgraph_parsed_boolean(x text) RETURNS boolean", "sql", "SELECT CASE x WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"),
  define("secgraph_parsed_dateTimeOffset(x text) RETURNS text", "sql", "SELECT secgraph_instant(to_json(x))"),
  define(
    "secgraph_parsed_date(x text) RETURNS text",
    "sql",
    "SELECT CASE WHEN x ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN left(secgraph_instant(to_json(x || 'T00:00:00Z')), 10) END",
  ),
  define(
    "secgraph_parsed_timeOfDay(x text) RETURNS text",
    "sql",
    `SELECT CASE WHEN x ~ '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,12})?)?$'
      THEN CASE WHEN length(x) = 5 THEN x || ':00' ELSE left(x, 8) END || '.' || rpad(left(substr(x, 10), 7), 7, '0') END`,
  ),
  define(
    "secgraph_parsed_guid(x text) RETURNS text",
    "sql",
    "SELECT CASE WHEN x ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' THEN translate(x, 'ABCDEF', 'abcdef') END",
  ),
];

const parsedDuration = define(
  "secgraph_parsed_duration(x text) RETURNS bigint",
  "plpgsql",
  `DECLARE m text[] := regexp_match(x, '^(-?)[Pp](?:([0-9]+)[Dd])?(?:[Tt](?:([0-9]+)[Hh])?(?:([0-9]+)[Mm])?(?:([0-9]+)(?:[.]([0-9]+))?[Ss])?)?$'); r numeric;
  BEGIN
    IF m IS NULL OR coalesce(m[2], m[3], m[4], m[5]) IS NULL THEN RETURN NULL; END IF;
    r := (((coalesce(m[2]::numeric, 0) * 24 + coalesce(m[3]::numeric, 0)) * 60 + coalesce(m[4]::numeric, 0)) * 60 + coalesce(m[5]::numeric, 0)) * 10000000
      + rpad(left(coalesce(m[6], ''), 7), 7, '0')::int;
    r := CASE m[1] WHEN '-' THEN -r ELSE r END;
    RETURN CASE WHEN r BETWEEN ${lowest} AND ${highest} THEN r::bigint END;
  END`,
);

/** Statements that make them, in the order in which they use each other; they stand behind those of numbers and instants. */
export const valueFunctions: readonly string[] = [
  nearest, decimal, scaled, ...parsedTexts, ticks, moved, between, offset, within, decimalText, doubleText, durationText, parsedNumber, parsedDouble, parsedWhole, parsedDuration,
]; // prettier-ignore
