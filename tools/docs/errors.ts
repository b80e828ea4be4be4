import { catalogue, type ProblemKey } from "../../server/src/base/errors.ts";
import { code, page, table } from "./markdown.ts";

/** When each refusal of the catalogue is given. */
const occasions: Readonly<Record<ProblemKey, string>> = {
  syntax: "The path, a query option or a header cannot be parsed; the message says where and what was expected.",
  malformedJson:
    "The body is no JSON object, is not UTF-8, repeats a name, holds U+0000, a lone surrogate or a number without measure, is nested too deeply, or has no Content-Type.",
  badRequest: "Well-formed, but not what the model or the resource's rules take; `details` names every fault of a body by path.",
  unknownSegment: "The path names something that the model does not have there.",
  unknownProperty:
    "`$filter`, `$select`, `$orderby` or a path names a property that the type does not have and, on an open type, that this hub has never stored.",
  validationFailed: "The notification endpoint of a subscription cannot be called, or does not answer the challenge as it must.",
  validationTimeout: "The notification endpoint of a subscription took longer than 10 seconds for the challenge.",
  providerNotFound:
    "The hub has connectors and none of them is that of the action's vendor and provider, or it has none and `SECGRAPH_FAITHFUL` has `providers`; `details` lists those that there are.",
  actionNotFound: "The connector of the action's vendor and provider has no action of this name; `details` lists those that it has.",
  parametersInvalid:
    "Parameters of an action do not fit the JSON Schema that its connector has for them; `details` names each, with what was expected and given.",
  queryTooCostly:
    "The query takes more computing or memory than one may (`SECGRAPH_QUERY_SECONDS`), whatever else the server does; the message says what to ask instead. Asked again it fails again.",
  durationInvalid: "`duration` is out of bounds, or nothing can take the action back when it is over.",
  badToken: "The token is missing, expired, or not meant for this service; `WWW-Authenticate` says how to get one.",
  forbidden: "The token lacks the permission, the directory role, or the right over another tenant's hub.",
  approvalByRequester: "Whoever asked for an action approves or rejects it; also by another token of theirs.",
  reporterMismatch: "An application reports on an action whose connector names another one (`reporterAppId`).",
  targetProtected:
    "A parameter of the action names what the hub protects (`security/protectedTargets`); `details` says of each value what protects it and why.",
  notFound: "No such row, or one of a hub that the caller cannot reach: the two are answered alike.",
  unknownRoot: "The URL lies under no service root.",
  methodNotAllowed: "The resource is there but cannot be asked that; `Allow` names what it can.",
  notAcceptable: "`Accept` or `$format` leaves no type that this resource has.",
  nameAlreadyExists: "The id, or the natural key where the hub enforces it, is taken.",
  conflict: "The state does not allow the change, or the row would not stand still; the latter with `Retry-After`.",
  actionTransition: "The state of an action does not allow what is asked; the operations that it allows stand in `details`, one each.",
  actionNotReversible: "An action is to be undone and its connector, or the reverse action there, does not exist.",
  approvalRequired: "An action is reported on that waits for its approval.",
  approvalExpired: "An action is approved or rejected too late.",
  taskTransition: "The status of a task does not allow this one next; those that are possible stand in `details`, one each.",
  taskNoteRequired: "A completed or rejected task is taken up again with a note that says why.",
  gone: "The page token is too old: begin with the first page.",
  resourceModified: "`If-Match` or `If-None-Match` does not hold; `innerError.code` is `entityTagDoesNotMatch`.",
  tooLarge: "The body is larger than the limit, also when decompressed.",
  uriTooLong: "The URL is longer than the limit; the same request is taken within a `$batch`.",
  unsupportedMediaType: "The Content-Type or Content-Encoding is not one that is read here.",
  failedDependency: "Within a `$batch`: a request on which this one depends has failed.",
  throttled: "Too many requests; `Retry-After` says when to come back.",
  requestTimeout: "The request did not arrive in time.",
  headersTooLarge: "The request's headers are larger than the limit.",
  internal: "A fault of the server; it says nothing of itself, its log knows the `request-id`.",
  notImplemented: "Part of OData or of Graph that is not served yet; or a Transfer-Encoding beside `chunked`.",
  unavailable:
    "The server has as much to do as it can, the store takes no writes at the moment, or the server is going down; `Retry-After` says when to come back.",
  timeout: "A query could not be finished in time though it is not dear: the server or its disk is busy with other things; with `Retry-After`.",
  versionNotSupported: "The request line names another version than HTTP/1.0 and HTTP/1.1.",
  insufficientStorage: "The disk is full, or the tenant has as many hubs as it may.",
};

/** `docs/reference/errors.md`: every refusal, from the catalogue. */
export function errorsPage(): string {
  const keys = (Object.keys(catalogue) as ProblemKey[]).toSorted((one, other) => catalogue[one].status - catalogue[other].status);
  const example = {
    error: {
      code: "BadRequest",
      message: "Property 'maxScore': expected a number, got \"80\".",
      target: "maxScore",
      details: [{ code: "BadRequest", message: "Property 'maxScore': expected a number, got \"80\".", target: "maxScore" }],
      innerError: { date: "2026-11-22T06:00:00", "request-id": "7d3c…", "client-request-id": "7d3c…" },
    },
  };
  return page(
    "# Errors",
    "Generated from the catalogue by `node run.mjs tools/docs/write.ts`.",
    "Every refusal on every path has this body, with the codes that the real service uses; only the token endpoint speaks OAuth's own shape.",
    `\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``,
    "`target` names the property, option, header or segment at fault, and `details` every fault of a body, where there are such. `innerError.code` is a more specific code where there is one: `entityTagDoesNotMatch`, `malformedEntityTag`. `innerError.date` is UTC without a zone, as Graph prints it. The ids stand in the headers `request-id` and `client-request-id` too. Parts of a message in braces are filled in.",
    table(
      ["Status", "Code", "Message", "When"],
      keys.map((key) => [String(catalogue[key].status), code(catalogue[key].code), code(catalogue[key].message), occasions[key]]),
    ),
  );
}
