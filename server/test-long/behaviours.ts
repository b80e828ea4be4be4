/** A behaviour of the wire and the smallest change of a source that takes it away. */
export interface Behaviour {
  /** The number of the requirement in docs/reference/protocol.md. */
  readonly requirement: number;
  readonly without: string;
  readonly file: string;
  /** Stands once in the file. */
  readonly text: string;
  readonly replacement: string;
}

/** Each of them must be missed by a test that carries its number. */
export const behaviours: readonly Behaviour[] = [
  {
    requirement: 3,
    without: "keys in parentheses",
    file: "server/src/plan/resolvePath.ts",
    text: "  return row(collection, readKey(place.type, segment));",
    replacement: "  throw unknown(segment);",
  },
  {
    requirement: 8,
    without: "cast segments that narrow",
    file: "server/src/plan/resolvePath.ts",
    text: "const narrowed: CollectionTarget = { ...collection, cast };",
    replacement: "const narrowed: CollectionTarget = collection;",
  },
  {
    requirement: 9,
    without: "the raw text of $value",
    file: "server/src/respond/respond.ts",
    text: 'if (form === "value") return this.#text(rawText(value));',
    replacement: "",
  },
  {
    requirement: 10,
    without: "$count as plain text",
    file: "server/src/respond/respond.ts",
    text: '"Content-Type": "text/plain;charset=utf-8"',
    replacement: '"Content-Type": "application/json"',
  },
  { requirement: 12, without: "Allow beside 405", file: "server/src/plan/methods.ts", text: "{ headers: { Allow: methods } }", replacement: "{}" },
  {
    requirement: 19,
    without: "414 for long URLs",
    file: "server/src/handle.ts",
    text: "http.target.length > app.budgets.urlLength",
    replacement: "false",
  },
  {
    requirement: 22,
    without: "the client's own request id",
    file: "server/src/respond/headers.ts",
    text: "sent !== undefined && safeId.test(sent) ? sent : requestId",
    replacement: "requestId",
  },
  {
    requirement: 28,
    without: "metadata level none",
    file: "server/src/respond/entityText.ts",
    text: '  if (metadata === "none") return "";\n',
    replacement: "",
  },
  { requirement: 37, without: "a date of whole seconds in errors", file: "server/src/respond/refuse.ts", text: ".slice(0, 19)", replacement: "" },
  {
    requirement: 38,
    without: "all faults of a body in details",
    file: "server/src/plan/readEntity.ts",
    text: ", details: faults }",
    replacement: ", details: [first] }",
  },
  {
    requirement: 42,
    without: "415 for bodies that are not JSON",
    file: "server/src/plan/makePlan.ts",
    text: 'if (media !== "application/json" && media !== "text/json" && !also.includes(media)) {',
    replacement: "if (false) {",
  },
  {
    requirement: 45,
    without: "409 for a taken key",
    file: "server/src/base/errors.ts",
    text: 'nameAlreadyExists: { code: "nameAlreadyExists", status: 409',
    replacement: 'nameAlreadyExists: { code: "nameAlreadyExists", status: 400',
  },
  { requirement: 46, without: "410 for old page tokens", file: "server/src/auth/pageToken.ts", text: "if (until < context.now)", replacement: "if (false)" },
  {
    requirement: 60,
    without: "$top as the size of a page",
    file: "server/src/plan/bindQuery.ts",
    text: "const isPageSize = topIsPageSize === true",
    replacement: "const isPageSize = false",
  },
  { requirement: 63, without: "no rows for $top=0", file: "server/src/plan/bindQuery.ts", text: " && top !== 0;", replacement: ";" },
  {
    requirement: 75,
    without: "page tokens that are bound to their options",
    file: "server/src/auth/pageToken.ts",
    text: ", plan.query.text]);",
    replacement: "]);",
  },
  {
    requirement: 87,
    without: "Location of what was created",
    file: "server/src/respond/respond.ts",
    text: "{ Location: location, ...warningOf(notes) }",
    replacement: "{ ...warningOf(notes) }",
  },
  {
    requirement: 90,
    without: "the dropping of what the server sets",
    file: "server/src/plan/readEntity.ts",
    text: '    case "token":\n      return true;',
    replacement: '    case "token":\n      return false;',
  },
  {
    requirement: 95,
    without: "204 to a PATCH that asks for nothing",
    file: "server/src/respond/respond.ts",
    text: 'if (asked === "representation" || (asked === undefined && always))',
    replacement: "if (true)",
  },
  {
    requirement: 99,
    without: "create-if-missing",
    file: "server/src/plan/makePlan.ts",
    text: "preferences.createIfMissing === true && ",
    replacement: "false && ",
  },
  {
    requirement: 102,
    without: "If-Match at writes",
    file: "server/src/plan/conditions.ts",
    text: "    throw modified(`The entity has changed: its ETag is ${etag}.`);",
    replacement: "    return;",
  },
  {
    requirement: 103,
    without: "304 for what the client has",
    file: "server/src/plan/conditions.ts",
    text: "return ifNoneMatch !== undefined && etagMatches(ifNoneMatch, etag);",
    replacement: "return false;",
  },
  {
    requirement: 110,
    without: "the memory of repeated requests",
    file: "server/src/execute/once.ts",
    text: "if (kept !== undefined && asked.lookup) return kept;",
    replacement: "",
  },
  {
    requirement: 111,
    without: "members in any case",
    file: "server/src/plan/readValue.ts",
    text: "member.name.toLowerCase() === wanted ||",
    replacement: "member.name === value ||",
  },
  {
    requirement: 115,
    without: "the order of members by number",
    file: "server/src/plan/bindLiteral.ts",
    text: "return sum | member.value;",
    replacement: "return sum | -member.value;",
  },
  {
    requirement: 118,
    without: "the limit of a batch",
    file: "server/src/batch/readBatch.ts",
    text: "if (requests.length > limit)",
    replacement: "if (requests.length > limit + 1)",
  },
  {
    requirement: 123,
    without: "424 behind a failed request",
    file: "server/src/batch/jsonBatch.ts",
    text: "({ response }) => response.status >= 400",
    replacement: "() => false",
  },
  {
    requirement: 164,
    without: "Retry-After beside 429",
    file: "server/src/limits/throttle.ts",
    text: '{ "Retry-After": String(seconds), ...headersOf',
    replacement: "{ ...headersOf",
  },
  {
    requirement: 167,
    without: "limits of each app",
    file: "server/src/limits/throttle.ts",
    text: "const key = `${appId}\\n${tenant}`;",
    replacement: "const key = tenant;",
  },
  {
    requirement: 174,
    without: "403 for a missing permission",
    file: "server/src/auth/permit.ts",
    text: '  throw problem("forbidden", { what: missing(wanted, caller) });',
    replacement: "",
  },
  {
    requirement: 175,
    without: "the wall between roles and scopes",
    file: "server/src/auth/readClaims.ts",
    text: 'permissions: new Set(textsOf(claims["scp"])) }',
    replacement: 'permissions: new Set([...textsOf(claims["scp"]), ...textsOf(claims["roles"])]) }',
  },
];
