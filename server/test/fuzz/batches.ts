import type { Dice } from "./dice.ts";
import type { Mutations } from "./mutate.ts";
import type { FuzzRequest, Requests } from "./requests.ts";

/** A batch, and what it holds; `items` is undefined once it was broken. */
export interface BatchCase {
  readonly request: FuzzRequest;
  readonly items: readonly FuzzRequest[] | undefined;
}

const odd = ["DELETE", "get", "BREW", "", "POST"];

/** Batches of legal and broken requests, in JSON and in multipart/mixed. */
export class Batches {
  readonly #dice: Dice;
  readonly #requests: Requests;
  readonly #mutations: Mutations;

  constructor(dice: Dice, requests: Requests, mutations: Mutations) {
    this.#dice = dice;
    this.#requests = requests;
    this.#mutations = mutations;
  }

  next(): BatchCase {
    const dice = this.#dice;
    const items = dice.some(1, dice.often(5) ? 22 : 6, () => this.#item());
    const whole = dice.often(50) ? this.#json(items) : this.#multipart(items);
    if (dice.often(60)) return { request: whole, items };
    return { request: { ...whole, body: this.#mutations.text(whole.body ?? "") }, items: undefined };
  }

  #item(): FuzzRequest {
    const request = this.#requests.next();
    return this.#dice.often(30) ? { ...request, target: this.#mutations.target(request.target) } : request;
  }

  #json(items: readonly FuzzRequest[]): FuzzRequest {
    const dice = this.#dice;
    const requests = items.map(({ method, target, headers, body }, index) => ({
      id: dice.often(3) ? dice.one(["1", "", "__proto__", "a\r\nb", 1]) : String(index + 1),
      method: dice.often(3) ? dice.one(odd) : method,
      url: dice.often(90)
        ? target.replace(/^\/[^/?]+/, "") || "/"
        : dice.one([target, `https://hub.example${target}`, `https://evil.example${target}`, "//evil.example/", "/$batch"]),
      headers: { ...headers, ...(dice.often(5) ? { Authorization: "Bearer x", "X-Odd": "a\r\nb" } : {}) },
      ...(body === undefined ? {} : { body: dice.often(90) && body.startsWith("{") ? (JSON.parse(body) as unknown) : body }),
      ...(dice.often(15) ? { dependsOn: dice.some(0, 2, () => dice.one(["1", "2", String(index), "nobody", String(index + 1)])) } : {}),
    }));
    return { method: "POST", target: "/v1.0/$batch", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ requests }) };
  }

  #multipart(items: readonly FuzzRequest[]): FuzzRequest {
    const dice = this.#dice;
    const line = dice.one(["\r\n", "\r\n", "\n"]);
    const part = ({ method, target, headers, body }: FuzzRequest, index: number): string => {
      const fields = Object.entries({ ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers }).map(
        ([name, value]) => `${name}: ${value}${line}`,
      );
      const url = dice.often(80) ? target.replace(/^\/[^/?]+/, "").replace(/^\//, "") : dice.one([target, `https://hub.example${target}`, `$${index}/id`]);
      const id = dice.often(30) ? `Content-ID: ${dice.one([String(index + 1), "__proto__", "ä", "a b"])}${line}` : "";
      return `Content-Type: application/http${line}${id}${line}${method} ${url} HTTP/1.1${line}${fields.join("")}${line}${body ?? ""}${line}`;
    };
    const plain = items.map((item, index) => `--batch${line}${part(item, index)}`);
    const set = dice.often(30)
      ? `--batch${line}Content-Type: multipart/mixed; boundary=set${line}${line}${items.map((item, index) => `--set${line}${part(item, index)}`).join("")}--set--${line}`
      : "";
    const headers = {
      "Content-Type": dice.often(95) ? "multipart/mixed; boundary=batch" : 'multipart/mixed; boundary="batch"',
      ...(dice.often(40) ? { Prefer: "odata.continue-on-error" } : {}),
    };
    return { method: "POST", target: "/v1.0/$batch", headers, body: `${plain.join("")}${set}--batch--${line}` };
  }
}
