import { problem } from "../base/errors.ts";
import type { App, BatchAnswer, Outer } from "../handle.ts";
import { jsonBatch } from "./jsonBatch.ts";
import { multipartBatch } from "./multipartBatch.ts";

/** `POST $batch`: as JSON (R117-R130) or as multipart/mixed (R131); the answer has the form of the request. */
export async function batch(app: App, outer: Outer): Promise<BatchAnswer> {
  const { method, headers } = outer.http;
  if (method !== "POST") throw problem("methodNotAllowed", { allowed: "POST" }, { headers: { Allow: "POST" } });
  const contentType = headers["content-type"] ?? "";
  const media = contentType.split(";")[0]!.trim().toLowerCase();
  switch (media) {
    case "application/json":
      return jsonBatch(app, outer);
    case "multipart/mixed":
      return multipartBatch(app, outer, contentType);
    case "":
      throw problem("malformedJson", { detail: "The Content-Type header is missing." }, { target: "Content-Type" });
    default: {
      const what = `Content-Type '${media.slice(0, 100)}' is not supported for $batch; send application/json or multipart/mixed.`;
      throw problem("unsupportedMediaType", { what }, { target: "Content-Type" });
    }
  }
}
