// A client that odata2ts generates from the $metadata of a model of one's own, the bookshop. BASE_URL is the service's root. Prints one fact per line, as JSON.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { FetchClient, FetchClientError } from "@odata2ts/http-client-fetch";
import { tell } from "../place.mjs";

const run = promisify(execFile);
const root = process.env.BASE_URL;

/** It takes keys for the server's to give unless it is told otherwise. */
async function generate(folder) {
  writeFileSync(join(folder, "metadata.xml"), await (await fetch(`${root}/$metadata`)).text());
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "commonjs" }));
  const compilerOptions = { target: "es2022", module: "commonjs", strict: true, skipLibCheck: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const service = {
    serviceName: "bookshop",
    source: "metadata.xml",
    output: "out",
    tsconfig: "tsconfig.json",
    emitMode: "js_dts",
    disableAutoManagedKey: true,
  };
  writeFileSync(join(folder, "odata2ts.config.cjs"), `module.exports = ${JSON.stringify({ services: { bookshop: service } })};`);
  await run(process.execPath, [join(import.meta.dirname, "node_modules/@odata2ts/odata2ts/lib/run-cli.js")], { cwd: folder, encoding: "utf8" });
}

/** Checks a program that uses the generated types, as a person's editor would. */
async function typeCheck(folder) {
  const program = `import { FetchClient } from "@odata2ts/http-client-fetch";
import { Genre } from "./out/bookshopModel";
import type { Book } from "./out/bookshopModel";
import { bookshopService } from "./out/bookshopService";
const service = new bookshopService(new FetchClient(), "http://localhost");
export const made: Promise<Book> = service.Books().create({ Isbn: "1", Title: "t", Stock: 1, Price: { Amount: 1, Currency: "EUR" } }).then(({ data }) => data);
export const novels = service.Books().query((builder, book) => builder.filter(book.Genre.eq(Genre.Novel)).expand("Author").top(1));
// @ts-expect-error -- a stock is a number
void service.Books().create({ Isbn: "1", Title: "t", Stock: "many" });
`;
  writeFileSync(join(folder, "program.ts"), program);
  try {
    return (
      await run(process.execPath, [join(import.meta.dirname, "node_modules/typescript/bin/tsc"), "--noEmit", "-p", "tsconfig.json"], {
        cwd: folder,
        encoding: "utf8",
      })
    ).stdout;
  } catch (error) {
    return error.stdout;
  }
}

async function refusalOf(call) {
  try {
    return { answered: (await call()).status };
  } catch (error) {
    if (!(error instanceof FetchClientError)) throw error;
    return { status: error.status, message: error.message };
  }
}

const titles = ({ data }) => data.value.map(({ Title }) => Title);

async function useBooks(service) {
  tell("listed", titles(await service.Books().query((builder, book) => builder.orderBy(book.Title.asc()))));
  tell("filtered", titles(await service.Books().query((builder, book) => builder.filter(book.Price.props.Amount.gt(8)))));
  const { data: expanded } = await service.Books().query((builder, book) => builder.expand("Author", "Reviews").filter(book.Title.startsWith("Frank")));
  tell("expanded", { author: expanded.value[0].Author.Name, reviews: expanded.value[0].Reviews.map(({ Reader, Stars }) => ({ Reader, Stars })) });
  const { data: counted } = await service.Books().query((builder) => builder.count().top(0));
  tell("counted", counted["@odata.count"]);
}

async function change(service) {
  const { data: made } = await service.Books().create({ Isbn: "42", Title: "New", Stock: 5, Genre: "Crime", Price: { Amount: 3.5, Currency: "CHF" } });
  tell("made", { Isbn: made.Isbn, Genre: made.Genre, Price: { Amount: made.Price.Amount, Currency: made.Price.Currency } });
  const book = service.Books("42");
  const headers = { "If-Match": made["@odata.etag"] };
  tell("patched", (await book.patch({ Title: "Newer" }, { headers })).status);
  tell("stale", (await refusalOf(() => book.patch({ Title: "Newest" }, { headers }))).status);
  tell("reviewed", (await book.Reviews().create({ Reader: "Eve", Stars: 4 })).status);
  tell("reviews", (await book.Reviews("Eve").query()).data.Stars);
  tell("deleted", (await book.delete()).status);
  tell("gone", (await refusalOf(() => book.query())).status);
}

async function useOperations(service) {
  const { data: sold } = await service.Books("9780141439471").Sell({ copies: 1 });
  tell("sold", { Title: sold.Title, Stock: sold.Stock });
  tell("notSold", await refusalOf(() => service.Books("9780141439471").Sell({ copies: 1000 })));
  tell("cheapest", titles(await service.Books().Cheapest({ count: 1 })));
}

const store = join(import.meta.dirname, "node_modules/.generated");
mkdirSync(store, { recursive: true });
const folder = mkdtempSync(join(store, "bookshop-"));
try {
  await generate(folder);
  tell("generated.faults", await typeCheck(folder));
  const generated = createRequire(import.meta.url)(join(folder, "out/bookshopService.js"));
  const service = new generated.bookshopService(new FetchClient(), root);
  await useBooks(service);
  await change(service);
  await useOperations(service);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
tell("done", true);
