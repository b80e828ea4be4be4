import { define } from "./valueFunctions.ts";

/** What every digit is in a negative number, and back. */
const complement = (digits: string): string => `translate(${digits}, '0123456789', '9876543210')`;

/** A number as `base/sortableDecimal.ts` writes it; null for none. */
const sortable = define(
  "secgraph_sortable(x numeric) RETURNS text",
  "plpgsql",
  `DECLARE t text; f text; d text;
  BEGIN
    IF x = 'NaN' THEN RETURN NULL; END IF;
    IF x = 'Infinity' THEN RETURN '3'; END IF;
    IF x = '-Infinity' THEN RETURN '-'; END IF;
    IF x = 0 THEN RETURN '1'; END IF;
    t := abs(x)::text;
    f := split_part(t, '.', 2);
    t := split_part(t, '.', 1);
    d := ltrim(t || f, '0');
    t := lpad((5000 + length(d) - length(f))::text, 4, '0') || rtrim(d, '0');
    RETURN CASE WHEN x < 0 THEN '0' || ${complement("t")} || ':' ELSE '2' || t END;
  END`,
);

/** The number that such a text says. */
const number = define(
  "secgraph_sorted(x text) RETURNS numeric",
  "plpgsql",
  `DECLARE t text;
  BEGIN
    CASE left(x, 1)
      WHEN '2' THEN t := substr(x, 2);
      WHEN '0' THEN t := ${complement("substr(x, 2, length(x) - 2)")};
      WHEN '1' THEN RETURN 0;
      WHEN '3' THEN RETURN 'Infinity'::numeric;
      ELSE RETURN '-Infinity'::numeric;
    END CASE;
    RETURN (CASE WHEN left(x, 1) = '0' THEN '-' ELSE '' END || substr(t, 5) || 'e' || (left(t, 4)::int - 4996 - length(t)))::numeric;
  END`,
);

/** The number nearest to it: fifteen digits are a double's own, unless it is next to none. */
const near = define(
  "secgraph_near(x text) RETURNS numeric",
  "plpgsql",
  `BEGIN
    IF length(x) BETWEEN 6 AND 20 AND substr(x, 2, 4) BETWEEN '4710' AND '5290' THEN RETURN secgraph_sorted(x); END IF;
    RETURN secgraph_nearest(secgraph_sorted(x));
  END`,
);

/** A sum divided by how many numbers it is of, with twenty digits more behind the point than it has itself; a half goes away from zero. */
const mean = define(
  "secgraph_mean(x numeric, n bigint) RETURNS text",
  "plpgsql",
  `DECLARE s int;
  BEGIN
    IF n = 0 THEN RETURN NULL; END IF;
    IF x = 'NaN' OR abs(x) = 'Infinity' THEN RETURN secgraph_sortable(x); END IF;
    s := scale(trim_scale(x)) + 20;
    RETURN secgraph_sortable(sign(x) * div(2 * abs(x) * ('1e' || s)::numeric + n, 2 * n::numeric) * ('1e-' || s)::numeric);
  END`,
);

/** Statements that make the functions of decimals of any length; they stand behind `secgraph_nearest`. */
export const sortableFunctions: readonly string[] = [sortable, number, near, mean];
