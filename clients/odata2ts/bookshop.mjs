// A client that odata2ts generates from the $metadata of a model of one's own, the bookshop. BASE_URL is the service's root. Prints one fact per line, as JSON.
import { FetchClient } from "@odata2ts/http-client-fetch";
import { tell } from "../place.mjs";
import { generatedClient, refusalOf } from "./generatedClient.mjs";

const root = process.env.BASE_URL;
/** It takes keys for the server's to give unless it is told otherwise. */
const options = { disableAutoManagedKey: true };
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

const { services, faults } = await generatedClient({ name: "bookshop", root, options, program });
tell("generated.faults", faults);
const service = new services.bookshopService(new FetchClient(), root);
await useBooks(service);
await change(service);
await useOperations(service);
tell("done", true);
