import { expect } from "vitest";
import { baseUrl, type TestHub } from "./hub.ts";
import { url } from "./shapes.ts";

/** Who fills a library and reads in it; what is not answered as it should be fails the test. */
export interface Librarian {
  readonly make: (set: string, ...bodies: readonly object[]) => Promise<void>;
  readonly link: (from: string, to: string, method?: string) => Promise<void>;
  /** Of a path below the root, or of a link that was answered. */
  readonly get: (target: string) => Promise<any>;
}

export function librarianOf(hub: TestHub): Librarian {
  return {
    async make(set, ...bodies) {
      for (const body of bodies) expect((await hub.post(url(set), body)).status).toBe(201);
    },
    async link(from, to, method = "POST") {
      const { status, text } = await hub.send(method, url(`${from}/$ref`), { body: { "@odata.id": `${baseUrl}/v1.0/${to}` } });
      expect(status, text).toBe(204);
    },
    async get(target) {
      const { status, text, json } = await hub.get(target.startsWith("http") ? target.slice(baseUrl.length) : url(target));
      expect(status, text).toBe(200);
      return json;
    },
  };
}

/** Keys of rows, in their order. */
export const idsOf = (rows: readonly { readonly id: string }[]): string => rows.map(({ id }) => id).join();
