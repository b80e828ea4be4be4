/**
 * Every refusal that can leave this product: stable key, wire code (the live service's spelling,
 * R52), HTTP status and message template. `{name}` is filled from the parameters.
 * `docs/reference/errors.md` is compared with this table by a test.
 */
export const catalogue = {
  syntax: { code: "BadRequest", status: 400, message: "{what}" },
  malformedJson: {
    code: "BadRequest",
    status: 400,
    message: "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format. {detail}",
  },
  badRequest: { code: "BadRequest", status: 400, message: "{what}" },
  unknownSegment: { code: "BadRequest", status: 400, message: "Resource not found for the segment '{segment}'." },
  unknownProperty: {
    code: "BadRequest",
    status: 400,
    message: "Could not find a property named '{property}' on type '{type}'.",
  },
  validationFailed: { code: "ValidationError", status: 400, message: "{what}" },
  validationTimeout: { code: "InvalidRequest", status: 400, message: "{what}" },
  providerNotFound: { code: "BadRequest", status: 400, message: "Cannot find a provider for this request" },
  actionNotFound: { code: "BadRequest", status: 400, message: "Cannot find a provider for this request" },
  parametersInvalid: { code: "ActionParametersInvalid", status: 400, message: "{what}" },
  durationInvalid: { code: "ActionDurationInvalid", status: 400, message: "{what}" },
  queryTooCostly: { code: "QueryTooCostly", status: 400, message: "{what}" },
  badToken: { code: "InvalidAuthenticationToken", status: 401, message: "{what}" },
  forbidden: { code: "Forbidden", status: 403, message: "{what}" },
  approvalByRequester: {
    code: "ApprovalByRequester",
    status: 403,
    message:
      "An action is approved or rejected by another person than {asker}, who asked for it; where an application asks or decides, by another application.",
  },
  reporterMismatch: { code: "ReporterMismatch", status: 403, message: "Only the application '{reporter}' reports on the actions of this connector." },
  targetProtected: { code: "TargetProtected", status: 403, message: "{what}" },
  notFound: { code: "itemNotFound", status: 404, message: "{what}" },
  unknownRoot: {
    code: "ResourceNotFound",
    status: 404,
    message: "Nothing is served at '{path}'. The service roots are {roots}.",
  },
  methodNotAllowed: {
    code: "MethodNotAllowed",
    status: 405,
    message: "Specified HTTP method is not allowed for the request target. Allowed: {allowed}.",
  },
  notAcceptable: { code: "NotAcceptable", status: 406, message: "{what}" },
  nameAlreadyExists: { code: "nameAlreadyExists", status: 409, message: "{what}" },
  conflict: { code: "Conflict", status: 409, message: "{what}" },
  actionTransition: { code: "ActionStateConflict", status: 409, message: "{what}" },
  actionNotReversible: { code: "ActionNotReversible", status: 409, message: "The action '{action}' cannot be undone: {why}." },
  approvalRequired: {
    code: "ApprovalRequired",
    status: 409,
    message: "The action waits for the approval of another person; until then nobody carries it out.",
  },
  approvalExpired: { code: "ApprovalExpired", status: 409, message: "The approval had to be given before {expires}." },
  taskTransition: { code: "TaskTransitionNotAllowed", status: 409, message: "A task cannot go from {from} to {to}; possible are {allowed}." },
  taskNoteRequired: { code: "TaskNoteRequired", status: 409, message: "Reopening a {from} task needs a note: use updateStatus with 'note'." },
  gone: { code: "resyncRequired", status: 410, message: "{what}" },
  resourceModified: { code: "resourceModified", status: 412, message: "{what}" },
  tooLarge: { code: "RequestEntityTooLarge", status: 413, message: "{what}" },
  uriTooLong: { code: "RequestUriTooLong", status: 414, message: "The URL has {length} characters; the limit is {limit}." },
  unsupportedMediaType: { code: "UnsupportedMediaType", status: 415, message: "{what}" },
  failedDependency: {
    code: "FailedDependency",
    status: 424,
    message: "Request '{id}' was not run because request '{failed}', on which it depends, failed.",
  },
  throttled: { code: "TooManyRequests", status: 429, message: "Too many requests. Retry after {seconds} seconds." },
  requestTimeout: { code: "RequestTimeout", status: 408, message: "The request did not arrive in time." },
  headersTooLarge: {
    code: "RequestHeaderFieldsTooLarge",
    status: 431,
    message: "The request's headers are larger than {limit} bytes.",
  },
  internal: { code: "generalException", status: 500, message: "An unexpected error occurred." },
  notImplemented: { code: "NotImplemented", status: 501, message: "{what}" },
  unavailable: { code: "serviceNotAvailable", status: 503, message: "{what}" },
  timeout: { code: "timeout", status: 504, message: "{what}" },
  versionNotSupported: { code: "HttpVersionNotSupported", status: 505, message: "{version} is not spoken here. Send HTTP/1.1." },
  insufficientStorage: { code: "quotaLimitReached", status: 507, message: "{what}" },
} as const;

/** A key of the catalogue. */
export type ProblemKey = keyof typeof catalogue;

/** What a refusal may carry beside its message (Graph error shape, R35-R39). */
export interface ProblemExtras {
  /** The property path, option or header that is at fault. */
  readonly target?: string;
  readonly details?: readonly { readonly code: string; readonly message: string; readonly target?: string }[];
  /** The nested code of `innerError` (R39), for example `entityTagDoesNotMatch`. */
  readonly inner?: string;
  /** The `status` of `innerError`, where Graph repeats it (R164). */
  readonly innerStatus?: string;
  /** Response headers that belong to the refusal: Allow, Retry-After, WWW-Authenticate. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal on its way to the wire. Thrown anywhere below `handle`, written by `respond/refuse.ts` alone. */
export class Problem extends Error {
  readonly key: ProblemKey;
  readonly code: string;
  readonly status: number;
  readonly extras: ProblemExtras;

  constructor(key: ProblemKey, message: string, extras: ProblemExtras) {
    super(message);
    this.name = "Problem";
    this.key = key;
    this.code = catalogue[key].code;
    this.status = catalogue[key].status;
    this.extras = extras;
  }
}

/** Makes a refusal of the catalogue; `parameters` fill the message template. */
export function problem(key: ProblemKey, parameters: Readonly<Record<string, string | number>> = {}, extras: ProblemExtras = {}): Problem {
  const message = catalogue[key].message.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(parameters[name] ?? ""));
  return new Problem(key, message.trim(), extras);
}

/** A syntax error at a 0-based position of a named option, path or header. */
export function syntaxProblem(place: string, at: number, what: string): Problem {
  return problem("syntax", { what: `${place}: ${what} at position ${at}.` }, { target: place });
}
