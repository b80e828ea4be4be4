import type { Format } from "../odata/parseAccept.ts";
import { requestGuid } from "../base/ids.ts";

const safeId = /^[\x21-\x7e]{1,64}$/;

/** What every answer to one request carries: its ids, in headers and error bodies alike (R21, R22, R36), and the version of OData it is in. */
export interface RequestIds {
  readonly requestId: string;
  readonly clientRequestId: string;
  readonly odataVersion: "4.0" | "4.01";
}

/** A fresh request id; the client's own id is echoed when it is short and safe in a header. 4.01 is for who asks for it (DESIGN 3; R25, R30). */
export function requestIds(headers: Readonly<Record<string, string | undefined>>): RequestIds {
  const requestId = requestGuid();
  const sent = headers["client-request-id"];
  const highest = headers["odata-maxversion"];
  const odataVersion = highest !== undefined && isNewer.test(highest) ? "4.01" : "4.0";
  return { requestId, clientRequestId: sent !== undefined && safeId.test(sent) ? sent : requestId, odataVersion };
}

/** 4.01 and what may come after it. */
const isNewer = /^\s*(?:4\.0[1-9]|4\.[1-9]|[5-9]\.|\d{2,}\.)/;

const diagnostics = JSON.stringify({ ServerInfo: { DataCenter: "Local", Slice: "E", Ring: "1", ScaleUnit: "000", RoleInstance: "secgraph" } });

/** Headers of every answer (R21-R25). */
export function commonHeaders(ids: RequestIds): Record<string, string> {
  return {
    "Cache-Control": "no-store",
    "OData-Version": ids.odataVersion,
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
