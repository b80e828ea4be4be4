import { STATUS_CODES } from "node:http";
import { randomGuid } from "../base/ids.ts";
import type { HttpResponse } from "../base/http.ts";

interface Answer {
  readonly response: HttpResponse;
  readonly contentId?: string;
}

/** The answer of one part of a batch. */
export type AnsweredPart = ({ readonly kind: "single" } & Answer) | { readonly kind: "changeSet"; readonly answers: readonly Answer[] };

/** A multipart/mixed answer (R131; OData 4.01 Protocol, 11.7.7.6): every line ends with CRLF, an answer without body has an empty one. Content of any kind goes byte by byte. */
export function printMultipart(parts: readonly AnsweredPart[]): { readonly contentType: string; readonly body: Uint8Array } {
  const boundary = `batchresponse_${randomGuid()}`;
  const printed = parts.map((part) => `--${boundary}\r\n${part.kind === "single" ? printAnswer(part) : printChangeSet(part.answers)}`);
  return { contentType: `multipart/mixed; boundary=${boundary}`, body: Buffer.from(`${printed.join("")}--${boundary}--\r\n`, "latin1") };
}

/** A character for each byte. */
function bytesOf(content: string | Uint8Array): string {
  return Buffer.from(content).toString("latin1");
}

function printChangeSet(answers: readonly Answer[]): string {
  const boundary = `changesetresponse_${randomGuid()}`;
  const printed = answers.map((answer) => `--${boundary}\r\n${printAnswer(answer)}`);
  return `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${printed.join("")}--${boundary}--\r\n\r\n`;
}

function printAnswer({ response: { status, headers, body }, contentId }: Answer): string {
  const id = contentId === undefined ? "" : `Content-ID: ${bytesOf(contentId)}\r\n`;
  const text = body === undefined ? "" : bytesOf(body);
  const fields = Object.entries(headers)
    .filter(([name]) => name !== "Content-Length")
    .map(([name, value]) => `${name}: ${bytesOf(value)}\r\n`);
  if (text !== "") fields.push(`Content-Length: ${text.length}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${fields.join("")}`;
  return `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n${id}\r\n${head}\r\n${text}\r\n`;
}
