import { expect, test } from "vitest";
import { problem, Problem } from "../../src/base/errors.ts";
import type { HttpRequest, HttpResponse } from "../../src/base/http.ts";
import { createAdmission } from "../../src/cli/createAdmission.ts";
import { ask, errorOf, refuse, serve } from "../http/testServer.ts";
import { callerOf } from "../wire/hub.ts";

const away = (): Problem => problem("unavailable", { what: "The database cannot be reached at present." });

test("who is refused at the door stays so, even if he would be let in by the time his body was thrown away: nothing is done without a body", async () => {
  const answers: (() => ReturnType<typeof callerOf>)[] = [];
  const { admits, authenticate } = createAdmission(() => answers.shift()!());
  const done: (string | undefined)[] = [];
  const fail = (): never => {
    throw away();
  };
  async function handle(request: HttpRequest): Promise<HttpResponse> {
    try {
      await authenticate(request.headers, true);
    } catch (error) {
      if (error instanceof Problem) return refuse(error);
      throw error;
    }
    done.push(request.body === undefined ? undefined : new TextDecoder().decode(request.body));
    return { status: 201, headers: {}, body: "{}" };
  }
  const { port } = await serve({ handle, admits });
  const post = () => ask(port, "/v1.0/x", { method: "POST", body: "whole" });
  answers.push(fail, callerOf);
  const refused = await post();
  expect([refused.status, errorOf(`a ${refused.status} b\r\n\r\n${refused.bytes.toString()}`)]).toEqual([503, expect.stringContaining("cannot be reached")]);
  expect(done).toEqual([]);
  answers.splice(0);
  answers.push(callerOf, callerOf);
  expect([(await post()).status, done]).toEqual([201, ["whole"]]);
});
