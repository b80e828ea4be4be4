import { expect } from "vitest";
import { isObject, type Json } from "../../src/base/json.ts";

/** What differs each time: of it a page only shows the kind. */
const yours = new Set(["id", "@odata.etag", "createdDateTime"]);

/** Holds an answer to what a page shows of it: every member that is shown is there with its value, as is every element. */
export function expectShown(answer: Json, shown: Json, path = "$"): void {
  if (isObject(shown) && isObject(answer)) {
    for (const [name, value] of Object.entries(shown)) {
      expect(answer, `${path} has ${name}`).toHaveProperty([name]);
      if (yours.has(name)) expect(typeof answer[name], `${path}/${name}`).toBe(typeof value);
      else expectShown(answer[name]!, value, `${path}/${name}`);
    }
  } else if (Array.isArray(shown) && Array.isArray(answer)) {
    expect(answer.length, path).toBe(shown.length);
    for (const [index, value] of shown.entries()) expectShown(answer[index] as Json, value as Json, `${path}[${index}]`);
  } else {
    expect(answer, path).toEqual(shown);
  }
}
