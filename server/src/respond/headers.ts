import type { Format } from "../odata/parseAccept.ts";
import { randomGuid } from "../base/ids.ts";

const safeId = /^[\x21-\x7e]{1,64}$/;

/** The ids of one request, in headers and error bodies alike (R21, R22, R36). */
export interface RequestIds {
  readonly requestId: string;
  readonly clientRequestId: string;
}

/** A fresh request id; the client's own id is echoed when it is short and safe in a header. */
export function requestIds(headers: Readonly<Record<string, string | undefined>>): RequestIds {
  const requestId = randomGuid();
  const sent = headers["client-request-id"];
  return { requestId, clientRequestId: sent !== undefined && safeId.test(sent) ? sent : requestId };
}

const diagnostics = JSON.stringify({ ServerInfo: { DataCenter: "Local", Slice: "E", Ring: "1", ScaleUnit: "000", RoleInstance: "secgraph" } });

/** Headers of every answer (R21-R25). */
export function commonHeaders(ids: RequestIds, odataVersion = "4.0"): Record<string, string> {
  return {
    "Cache-Control": "no-store",
    "OData-Version": odataVersion,
    "request-id": ids.requestId,
    "client-request-id": ids.clientRequestId,
    "x-ms-ags-diagnostic": diagnostics,
  };
}

const minimal = contentType("minimal", false);

function contentType(metadata: string, ieee754: boolean): string {
  return `application/json;odata.metadata=${metadata};odata.streaming=true;IEEE754Compatible=${ieee754};charset=utf-8`;
}

/** The Content-Type of a JSON answer (R26). */
export function jsonType({ metadata, ieee754Compatible }: Format): string {
  return metadata === "minimal" && !ieee754Compatible ? minimal : contentType(metadata, ieee754Compatible);
}
