import { isSettableField } from "../base/requestField.ts";
import type { Call } from "./call.ts";
import { EgressFault } from "./egressFault.ts";
import { signBody } from "./signBody.ts";

const value = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const token = /^[\w.~+/-]+=*$/;

/**
 * The fields of a request, names and values in turn. Answers are asked for uncoded, so that none unpacks into more than was
 * counted. Throws an EgressFault for a field that cannot be sent or is not the caller's to set.
 */
export function requestHead({ headers, bearer, signing, body }: Call): string[] {
  const fields = ["user-agent", "secgraph", "accept-encoding", "identity"];
  const add = (given: Readonly<Record<string, string>>): void => {
    for (const field in given) fields.push(field, given[field]!);
  };
  if (headers !== undefined) {
    for (const field in headers) {
      if (!isSettableField(field)) throw new EgressFault("request", { detail: `the field ${JSON.stringify(field)} is not to be set` });
      if (!value.test(headers[field]!)) throw new EgressFault("request", { detail: `the value of ${field} has characters that no field has` });
    }
    add(headers);
  }
  if (bearer !== undefined) {
    if (!token.test(bearer)) throw new EgressFault("request", { detail: "the bearer token has characters that none has" });
    fields.push("authorization", `Bearer ${bearer}`);
  }
  if (signing !== undefined) {
    if (!/^[\w.~-]+$/.test(signing.id)) throw new EgressFault("request", { detail: "the id of a signed message has letters, digits and ._~- alone" });
    add(signBody(signing, body ?? ""));
  }
  return fields;
}
