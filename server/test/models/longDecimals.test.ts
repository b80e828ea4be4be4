import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diceOf } from "../fuzz/dice.ts";
import type { TestHub } from "../wire/hub.ts";
import { exactly, openLedger } from "./ledger.ts";

interface Row {
  readonly Id: number;
  readonly Amount: string | null;
  readonly Few: string | null;
  readonly Ratio: string | null;
  readonly Long: string | null;
  readonly Many: readonly string[];
  readonly Fews: readonly string[];
}

const dice = diceOf(20_261_122);

/** Long ones that differ in their last digits, and what is special. */
const near = ["12345678901234567890123456.789", "0.1000000000000000000000001", "99999999999999999999", "9007199254740993", "1.5"];
const special = ["0", "-0", "0.000", "1", "1.0", "-1", "100", "0.1", "-0.1", "9223372036854775807", "9223372036854775808", "-9223372036854775808.5", "1e21"];

function amount(): string {
  if (dice.often(25)) return dice.one(special);
  const base = dice.one(near);
  const tail = dice.often(30) ? "0".repeat(dice.between(1, 2)) : String(dice.between(0, 12));
  return `${dice.often(40) ? "-" : ""}${base}${base.includes(".") ? "" : "."}${tail}`;
}

const short = (): string => dice.one(["0", "1", "-1", "1.5", "0.1", "-0.1", "100", "12345678.9"]);

const rows: readonly Row[] = Array.from({ length: 40 }, (_, index) => ({
  Id: index + 1,
  Amount: dice.often(12) ? null : amount(),
  Few: dice.often(12) ? null : short(),
  Ratio: dice.often(12) ? null : dice.one(["0", "0.1", "1", "-1", "1.5", "1e+21", "9007199254740992", "12345678901234568000"]),
  Long: dice.often(12) ? null : dice.one(["0", "1", "-1", "100", "9007199254740993", "9223372036854775807", "-9223372036854775808"]),
  Many: dice.some(0, 3, amount),
  Fews: dice.some(0, 2, short),
}));

const parts = [...new Set(rows.flatMap(({ Amount }) => (Amount === null ? [] : [Amount])).filter(() => dice.often(50)))];
const members = (row: Row): string =>
  `"Id":${row.Id},"Amount":${row.Amount},"Few":${row.Few},"Ratio":${row.Ratio},"Long":${row.Long},"Code":${row.Id}.00000000000000000000000${row.Id}01,` +
  `"Many":[${row.Many.join()}],"Fews":[${row.Fews.join()}],"Lines":[${row.Many.map((one) => `{"Price":${one}}`).join()}]`;

let hub: TestHub;

beforeAll(async () => {
  hub = await openLedger();
  for (const row of rows) await made(row.Id % 4 === 0 ? "Specials" : "Rows", `{${members(row)}}`);
  for (const size of parts) await hub.send("POST", "/v1.0/Parts", { body: `{"Size":${size}}` });
}, 60_000);
afterAll(() => hub.close());

async function made(set: string, body: string): Promise<void> {
  const answer = await hub.send("POST", `/v1.0/${set}`, { body });
  if (answer.status !== 201) throw new Error(`${body}: ${answer.text}`);
}

const ofRows = rows.filter(({ Id }) => Id % 4 !== 0);

/** All of a list, page by page. */
async function all(target: string, size = 7): Promise<any[]> {
  const found: any[] = [];
  let next: string | undefined = `/v1.0/${target}`;
  while (next !== undefined) {
    const { status, json, text } = await hub.get(next, { headers: { Prefer: `maxpagesize=${size}`, accept: "application/json;IEEE754Compatible=true" } });
    expect(status, `${target}: ${text}`).toBe(200);
    found.push(...json.value);
    next = json["@odata.nextLink"]?.replace("https://hub.example", "") ?? json["@nextLink"]?.replace("https://hub.example", "");
  }
  return found;
}

const idsOf = async (filter: string): Promise<number[]> => (await all(`Rows?$select=Id&$filter=${encodeURIComponent(filter)}`, 100)).map(({ Id }) => Id);
const idsWhere = (is: (row: Row) => boolean): number[] => ofRows.filter(is).map(({ Id }) => Id);

type Compare = (difference: bigint) => boolean;
const operators: Readonly<Record<string, Compare>> = {
  eq: (d) => d === 0n,
  ne: (d) => d !== 0n,
  gt: (d) => d > 0n,
  ge: (d) => d >= 0n,
  lt: (d) => d < 0n,
  le: (d) => d <= 0n,
};

/** OData's logic: null equals null alone, and nothing is above or below it. */
function holds(operator: string, left: string | null, right: string | null): boolean {
  if (left === null || right === null) return operator === "eq" ? left === right : operator === "ne" ? left !== right : false;
  return operators[operator]!(exactly(left) - exactly(right));
}

/** What a URL has as a literal: without an exponent, which would make it a Double. */
const plain = (text: string): string => (text === "1e21" ? `1${"0".repeat(21)}` : text);
const literals = [...new Set([...rows.flatMap(({ Amount }) => Amount ?? []), ...Array.from({ length: 20 }, amount)])].map(plain);

describe("decimals of more than fifteen digits are compared exactly", () => {
  test.each(Object.keys(operators))("%s with literals, on either side, of every kind of column", async (operator) => {
    for (const literal of literals.slice(0, 30)) {
      const column = dice.one(["Amount", "Amount", "Few", "Ratio", "Long"] as const);
      const wanted = idsWhere((row) => holds(operator, row[column], literal));
      expect(await idsOf(`${column} ${operator} ${literal}`), `${column} ${operator} ${literal}`).toEqual(wanted);
      const turned = idsWhere((row) => holds(operator, literal, row[column]));
      expect(await idsOf(`${literal} ${operator} ${column}`), `${literal} ${operator} ${column}`).toEqual(turned);
      expect(await idsOf(`not (${column} ${operator} ${literal})`)).toEqual(idsWhere((row) => !holds(operator, row[column], literal)));
    }
  });

  test.each(Object.keys(operators))("%s with other numbers of the row", async (operator) => {
    for (const other of ["Few", "Ratio", "Long", "Amount"] as const) {
      expect(await idsOf(`Amount ${operator} ${other}`), other).toEqual(idsWhere((row) => holds(operator, row.Amount, row[other])));
      expect(await idsOf(`${other} ${operator} Amount`), other).toEqual(idsWhere((row) => holds(operator, row[other], row.Amount)));
    }
  });

  test("in, any, all, and $count of what is equal", async () => {
    for (let round = 0; round < 20; round += 1) {
      const few = dice.some(1, 4, () => dice.one(literals));
      const [literal] = few as [string];
      const operator = dice.one(Object.keys(operators));
      const is = (one: string | null): boolean => few.some((item) => holds("eq", one, item));
      expect(await idsOf(`Amount in (${few.join()})`)).toEqual(idsWhere(({ Amount }) => is(Amount)));
      expect(await idsOf(`not (Few in (${few.join()},null))`)).toEqual(idsWhere(({ Few }) => Few !== null && !is(Few)));
      expect(await idsOf(`Many/any(m:m ${operator} ${literal})`)).toEqual(idsWhere(({ Many }) => Many.some((one) => holds(operator, one, literal))));
      expect(await idsOf(`Many/all(m:m ${operator} ${literal})`)).toEqual(idsWhere(({ Many }) => Many.every((one) => holds(operator, one, literal))));
      expect(await idsOf(`Lines/any(l:l/Price ${operator} ${literal})`)).toEqual(idsWhere(({ Many }) => Many.some((one) => holds(operator, one, literal))));
      expect(await idsOf(`Many/$count($filter=$this ${operator} ${literal}) ge 2`)).toEqual(
        idsWhere(({ Many }) => Many.filter((one) => holds(operator, one, literal)).length >= 2),
      );
    }
    expect(await idsOf("Many/any(m:m eq $it/Amount)")).toEqual(idsWhere(({ Many, Amount }) => Many.some((one) => holds("eq", one, Amount))));
    expect(await idsOf("Many/any(m:m lt $it/Few)")).toEqual(idsWhere(({ Many, Few }) => Many.some((one) => holds("lt", one, Few))));
  });

  test("collections beside collections", async () => {
    const within = (whole: readonly string[], part: readonly string[]): boolean => {
      let at = 0;
      for (const item of whole) if (at < part.length && holds("eq", item, part[at]!)) at += 1;
      return at === part.length;
    };
    for (const row of ofRows.slice(0, 12)) {
      const list = row.Many.map(plain);
      expect(await idsOf(`hassubsequence(Many,[${list.join()}])`)).toEqual(idsWhere(({ Many }) => within(Many, list)));
      expect(await idsOf(`hassubsequence([1.50,${list.join()}${list.length > 0 ? "," : ""}0.10],Fews)`)).toEqual(
        idsWhere(({ Fews }) => within(["1.5", ...list, "0.1"], Fews)),
      );
    }
    expect(await idsOf("hassubsequence(Fews,[1.50000000000000000000001])")).toEqual([]);
    expect(await idsOf("hassubset([1,0,100,0.1,-1,-0.1,1.5,12345678.9],Fews)")).toEqual(idsWhere(({ Fews }) => new Set(Fews).size === Fews.length));
    expect(await idsOf("hassubsequence(Many,Fews)")).toEqual(idsWhere(({ Many, Fews }) => within(Many, Fews)));
  });
});

/** Nulls are lowest; what is equal stands by its key. */
function inOrder(list: readonly Row[], descending = false): number[] {
  const compare = (a: Row, b: Row): number => {
    if (a.Amount === null || b.Amount === null) return Number(b.Amount === null) - Number(a.Amount === null);
    const difference = exactly(a.Amount) - exactly(b.Amount);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  };
  return list.toSorted((a, b) => (descending ? compare(b, a) : compare(a, b)) || a.Id - b.Id).map(({ Id }) => Id);
}

const known = (list: readonly Row[]): string[] => list.flatMap(({ Amount }) => Amount ?? []);
const digitsOf = (value: bigint): string => {
  const text = String(value < 0n ? -value : value).padStart(401, "0");
  const fraction = text.slice(-400).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${text.slice(0, -400)}${fraction === "" ? "" : `.${fraction}`}`;
};
const normal = (text: string): string => digitsOf(exactly(text));
const greatest = (list: readonly string[]): string => normal(list.reduce((a, b) => (exactly(a) < exactly(b) ? b : a)));
const least = (list: readonly string[]): string => normal(list.reduce((a, b) => (exactly(a) > exactly(b) ? b : a)));
const sumOf = (list: readonly string[]): bigint => list.reduce((sum, one) => sum + exactly(one), 0n);

describe("and so they are ordered, grouped and put together", () => {
  test("$orderby, page by page, up and down, of one set and of several", async () => {
    expect((await all("Rows?$orderby=Amount&$select=Id", 3)).map(({ Id }) => Id)).toEqual(inOrder(ofRows));
    expect((await all("Rows?$orderby=Amount desc,Id&$select=Id", 3)).map(({ Id }) => Id)).toEqual(inOrder(ofRows, true));
    expect((await all("$all/m.Row?$orderby=Amount desc,Id&$select=Id", 5)).map(({ Id }) => Id)).toEqual(inOrder(rows, true));
    expect(new Set((await all("Rows?$apply=topcount(5,Amount)&$select=Id")).map(({ Id }) => Id))).toEqual(new Set(inOrder(ofRows, true).slice(0, 5)));
  });

  test("groups: the same number is one group however it is written", async () => {
    const groups = new Map<string | null, number>();
    for (const { Amount } of ofRows) groups.set(Amount && normal(Amount), (groups.get(Amount && normal(Amount)) ?? 0) + 1);
    const found = await all("Rows?$apply=groupby((Amount),aggregate($count as n))", 4);
    expect(new Map(found.map(({ Amount, n }) => [Amount, Number(n)]))).toEqual(groups);
    expect(found.length).toBe(groups.size);
    const [distinct] = await all("Rows?$apply=aggregate(Amount with countdistinct as n)");
    expect(Number(distinct.n)).toBe(groups.size - (groups.has(null) ? 1 : 0));
  });

  test("min, max, sum and average have all digits", async () => {
    const values = known(ofRows);
    const [found] = await all("Rows?$apply=aggregate(Amount with min as low,Amount with max as high,Amount with sum as sum,Amount with average as mean)");
    const { low, high, sum, mean } = found;
    expect([low, high, sum]).toEqual([least(values), greatest(values), digitsOf(sumOf(values))]);
    const error = exactly(mean) * BigInt(values.length) - sumOf(values);
    expect(error < 0n ? -error : error).toBeLessThanOrEqual(10n ** 380n * BigInt(values.length));
    const [one] = await all("Rows?$apply=filter(Id eq 1)/aggregate(Amount with sum as sum,Amount with average as mean)");
    expect([one.sum, one.mean]).toEqual(rows[0]!.Amount === null ? [null, null] : [normal(rows[0]!.Amount), normal(rows[0]!.Amount)]);
    const [many] = await all("Rows?$apply=aggregate(Many with sum as sum,Many with max as high,Fews with sum as less)");
    const elements = ofRows.flatMap(({ Many }) => Many);
    expect([many.sum, many.high]).toEqual([digitsOf(sumOf(elements)), greatest(elements)]);
    expect(many.less).toBe(digitsOf(sumOf(ofRows.flatMap(({ Fews }) => Fews))));
  });

  test("what is put together is filtered, ordered and put side by side again", async () => {
    const sums = new Map<number | null, bigint>();
    for (const { Long, Amount } of ofRows) if (Amount !== null) sums.set(Long as never, (sums.get(Long as never) ?? 0n) + exactly(Amount));
    const bound = "12345678901234567890123456.789012";
    const grouped = await all(`Rows?$apply=groupby((Long),aggregate(Amount with sum as sum))/filter(sum gt ${bound})/orderby(sum desc)`, 2);
    const wanted = [...sums.values()].filter((sum) => sum > exactly(bound)).toSorted((a, b) => (a > b ? -1 : 1)); // prettier-ignore
    expect(grouped.map(({ sum }) => sum)).toEqual(wanted.map(digitsOf));
    const side = await all("Rows?$apply=concat(aggregate(Amount with max as x),aggregate(Few with max as x),filter(Id eq 1)/groupby((Amount)))");
    expect(side.map((row) => row.x ?? row.Amount ?? null)).toEqual([greatest(known(ofRows)), "12345678.9", rows[0]!.Amount && normal(rows[0]!.Amount)]);
  });

  test("a plain property that $compute passes on keeps its digits; so does what cast makes of it", async () => {
    const found = await all("Rows?$compute=Amount as same,cast(Amount,Edm.String) as text,cast(Amount,Edm.Int64) as whole&$select=Id,same,text,whole");
    for (const { Id, same, text, whole } of found) {
      const { Amount } = rows[Id - 1]!;
      expect([same && normal(same), text], `${Id}`).toEqual(Amount === null ? [null, null] : [normal(Amount), normal(Amount)]);
      const digits = Amount === null ? null : BigInt(normal(Amount).replace(/\..*/, ""));
      expect(whole, `${Id}`).toBe(digits === null || BigInt.asIntN(64, digits) !== digits ? null : String(digits));
    }
    const long = "1.000000000000000000000001";
    const [constant] = await all(`Rows?$compute=${long} as one,case(Few eq null:Few,true:${long}) as two&$select=one,two&$filter=Few ne null&$top=1`);
    expect([constant.one, constant.two]).toEqual([long, long]);
    const steps = (other: string): string => `Rows?$apply=compute(${long} as one)/filter(one eq ${other})/aggregate($count as n)`;
    expect([Number((await all(steps(long)))[0].n), Number((await all(steps("1")))[0].n)]).toEqual([ofRows.length, 0]);
    const texts = ofRows.filter(({ Amount }) => Amount !== null).slice(0, 5);
    for (const { Amount } of texts)
      expect(await idsOf(`cast(Amount,Edm.Decimal) eq ${plain(Amount!)}`)).toEqual(idsWhere((row) => holds("eq", row.Amount, Amount)));
  });
});

describe("and so rows are tied to each other and found", () => {
  const isPart = (value: string | null): boolean => value !== null && parts.some((size) => exactly(size) === exactly(value));

  test("$crossjoin, and links by referential constraints between decimals of different lengths", async () => {
    const sizes = [...new Set(parts.map(normal))];
    const pairs = async (filter: string): Promise<number> => (await all(`$crossjoin(Rows,Parts)?$filter=${filter}`, 50)).length;
    const count = (is: (row: Row, size: string) => boolean): number => ofRows.flatMap((row) => sizes.filter((size) => is(row, size))).length;
    expect(await pairs("Rows/Amount eq Parts/Size")).toBe(count(({ Amount }, size) => holds("eq", Amount, size)));
    expect(await pairs("Rows/Few lt Parts/Size")).toBe(count(({ Few }, size) => holds("lt", Few, size)));
    expect(await idsOf("Part/Size ne null")).toEqual(idsWhere(({ Amount }) => isPart(Amount)));
    expect(await idsOf("FewPart/Size ne null")).toEqual(idsWhere(({ Few }) => isPart(Few)));
    const expanded = await all("Rows?$select=Id&$expand=Part,FewPart", 9);
    for (const { Id, Part, FewPart } of expanded) {
      const { Amount, Few } = rows[Id - 1]!;
      expect([Part === null, FewPart === null], `${Id}`).toEqual([!isPart(Amount), !isPart(Few)]);
    }
    for (const { Id, Amount, Few } of ofRows.slice(0, 8)) {
      expect((await hub.get(`/v1.0/Rows(${Id})/Part`)).status === 200, `${Id}`).toBe(isPart(Amount));
      expect((await hub.get(`/v1.0/Rows(${Id})/FewPart`)).status === 200, `${Id}`).toBe(isPart(Few));
    }
  });

  test("keys and alternate keys", async () => {
    const { json } = await hub.get("/v1.0/Rows(Code=7.00000000000000000000000701)");
    expect(json.Id, JSON.stringify(json)).toBe(7);
    expect((await hub.get("/v1.0/Rows(Code=7.00000000000000000000000702)")).status).toBe(404);
    const sizes = await all("Parts?$orderby=Size", 3);
    const order = [...new Set(parts.map(normal))].toSorted((a, b) => (exactly(a) < exactly(b) ? -1 : 1));
    expect(sizes.map(({ Size }) => normal(Size))).toEqual(order);
    expect((await hub.get(`/v1.0/Parts(${order[0]})`)).status).toBe(200);
  });

  test("changes of rows by a filter", async () => {
    const bound = "12345678901234567890123456.78905";
    const track = { headers: { Prefer: "track-changes" } };
    const first = await hub.get(`/v1.0/Rows?$select=Id,Amount&$filter=Amount gt ${bound}`, track);
    expect(first.status, first.text).toBe(200);
    expect(first.json.value.map(({ Id }: { Id: number }) => Id)).toEqual(idsWhere(({ Amount }) => holds("gt", Amount, bound)));
    await made("Rows", `{"Id":1001,"Amount":${bound}}`);
    await made("Rows", `{"Id":1002,"Amount":${bound}01}`);
    const link = first.json["@odata.deltaLink"] ?? first.json["@deltaLink"];
    expect(link, first.text).toBeDefined();
    const changed = await hub.get(link.replace("https://hub.example", ""));
    expect(changed.json.value.flatMap(({ Id }: { Id?: number }) => Id ?? [])).toEqual([1002]);
    for (const id of [1001, 1002]) await hub.remove(`/v1.0/Rows(${id})`);
  });
});
