import { createModel, type ModelDefinition } from "../../src/edm/createModel.ts";
import { allVerbs, collectionOf, complexType, contains, double, entityType, int32, int64, of, set, string, strings } from "../../src/edm/define.ts";
import type { EntityDefinition, PlaceDefinition } from "../../src/edm/resource.ts";
import { openHub, type HubSettings, type TestHub } from "./hub.ts";

const permissions = { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] };
const keyed = { key: ["id"], base: undefined as never };
const type = (name: string, more: Partial<EntityDefinition>): EntityDefinition =>
  entityType(name, { ...keyed, ...more, properties: { id: string({ nullable: false }), ...more.properties } });
const place = (path: string, name: string): PlaceDefinition => set(path, name, { verbs: allVerbs, permissions, clientId: true });

/** A library: relations of every kind, with string keys that clients give. */
export const libraryDefinition: ModelDefinition = {
  namespace: "lib",
  container: "library",
  resources: [
    {
      name: "library",
      types: [
        complexType("size", { height: double(), width: double(), unit: string() }),
        complexType("cover", { color: string(), size: of("size"), marks: strings() }),
        type("book", {
          properties: {
            title: string({ nullable: false }),
            pages: int32(),
            serial: int64(),
            price: { type: "Edm.Decimal", precision: 10, scale: 2 },
            tags: strings(),
            cover: of("cover"),
            editions: collectionOf("cover"),
            publisherId: string({ indexed: true }),
          },
          navigation: {
            writer: { type: "author", partner: "books" },
            shelves: { type: "shelf", collection: true, partner: "books" },
            publisher: { type: "publisher", partner: "books", constraints: [{ property: "publisherId", referenced: "id" }] },
            sequel: { type: "book" },
            chapters: contains("chapter"),
          },
        }),
        entityType("novel", { base: "book", properties: { plot: string() }, navigation: { prizes: { type: "prize", collection: true } } }),
        type("chapter", { properties: { text: string() }, navigation: { cites: { type: "book", collection: true } } }),
        type("author", { properties: { name: string() }, navigation: { books: { type: "book", collection: true, partner: "writer" } } }),
        type("shelf", {
          properties: { room: string() },
          navigation: { books: { type: "book", collection: true, partner: "shelves" }, keeper: { type: "author", nullable: false } },
        }),
        type("publisher", { properties: { city: string() }, navigation: { books: { type: "book", collection: true, partner: "publisher" } } }),
        type("prize", { properties: { year: int32() } }),
        type("club", {
          properties: { name: string(), guestsOf: string({ default: "nobody" }), rootId: string() },
          navigation: {
            members: { type: "author", collection: true, onDelete: "Cascade" },
            rooms: { type: "shelf", collection: true, onDelete: "None" },
            root: { type: "club", partner: "branches", constraints: [{ property: "rootId", referenced: "id" }] },
            branches: { type: "club", collection: true, partner: "root", onDelete: "Cascade" },
            host: { type: "club", partner: "guests", constraints: [{ property: "guestsOf", referenced: "id" }] },
            guests: { type: "club", collection: true, partner: "host", onDelete: "SetDefault" },
          },
        }),
      ],
      places: [
        place("books", "book"),
        place("books/chapters", "chapter"),
        place("authors", "author"),
        place("shelves", "shelf"),
        place("publishers", "publisher"),
        place("prizes", "prize"),
        place("clubs", "club"),
      ],
    },
  ],
};

/** Opens a library, empty, in the odata profile. Close it in `afterAll`. */
export function openLibrary(settings: HubSettings = {}): Promise<TestHub> {
  return openHub({ model: createModel(libraryDefinition), profile: "odata", ...settings });
}
