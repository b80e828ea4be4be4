import type { IncomingMessage, ServerResponse } from "node:http";
import { isIPv4, isIPv6 } from "node:net";
import { text } from "node:stream/consumers";
import { serveHttp } from "../../egress/grounds.ts";

/** A packet filter that takes commands, written from the OASIS texts: Language 1.0 (CS02), Stateless Packet Filtering 1.0, transfer over HTTPS 1.0 and 1.1. */
export interface Consumer {
  readonly url: string;
  /** Rules by their number: what is denied or allowed. */
  readonly rules: Map<number, string>;
  readonly requests: { readonly headers: IncomingMessage["headers"]; readonly command: any }[];
  /** What comes instead of the usual response. */
  instead: (
    command: any,
  ) => { readonly http?: number; readonly headers?: Record<string, string>; readonly response?: unknown; readonly text?: string } | undefined;
}

/** The state of a consumer that is being built. */
interface Memory {
  readonly rules: Map<number, string>;
  readonly known: Map<string, object>;
}

export async function openConsumer(): Promise<Consumer> {
  const memory: Memory = { rules: new Map(), known: new Map() };
  const consumer: Consumer = { url: "", rules: memory.rules, requests: [], instead: () => undefined };
  const url = await serveHttp((request, response) => {
    void text(request).then((body) => answer({ request, body, response }, consumer, memory));
  });
  return Object.assign(consumer, { url });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly body: string;
  readonly response: ServerResponse;
}

function answer({ request, body, response }: Exchange, consumer: Consumer, memory: Memory): void {
  const { headers } = request;
  const isNew = headers["content-type"] === "application/openc2+json;version=1.0";
  const json = JSON.parse(body);
  const command = isNew ? json.body.openc2.request : json;
  const requestId = headers["x-request-id"] as string;
  consumer.requests.push({ headers, command });
  const instead = consumer.instead(command);
  const made: any = instead?.response ?? respond(command, memory, transferFault(request, isNew, json));
  const message = isNew ? { headers: { request_id: requestId }, body: { openc2: { response: made } } } : made;
  const type = isNew ? "application/openc2+json;version=1.0" : "application/openc2-rsp+json;version=1.0";
  // 102 is an interim status of HTTP and cannot end an exchange: it stands in the response alone.
  const http = instead?.http ?? (made.status === 102 ? 200 : made.status);
  response.writeHead(http, { "content-type": type, ...(isNew ? {} : { "x-request-id": requestId }), ...instead?.headers });
  response.end(instead?.text ?? JSON.stringify(message));
}

/** What the transfer specifications demand of a request (1.0: 3.3; 1.1: 3.3.3, 3.4). */
function transferFault({ method, headers }: IncomingMessage, isNew: boolean, json: any): string | undefined {
  if (method !== "POST") return "POST alone";
  const [type, accept] = isNew ? ["openc2", "openc2"] : ["openc2-cmd", "openc2-rsp"];
  if (headers["content-type"] !== `application/${type}+json;version=1.0`) return "content type";
  if (headers["accept"] !== `application/${accept}+json;version=1.0`) return "accept";
  if (!/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(headers["x-request-id"] as string)) return "request id";
  if (isNew && json.headers.request_id !== headers["x-request-id"]) return "two request ids";
  if (!/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(headers["date"] ?? "")) return "date";
  return undefined;
}

function respond(command: any, memory: Memory, fault: string | undefined): object {
  if (fault !== undefined) return { status: 400, status_text: `transfer: ${fault}` };
  const strange = Object.keys(command).filter((name) => !["action", "target", "args", "actuator", "command_id"].includes(name));
  if (strange.length > 0 || Object.keys(command.target ?? {}).length !== 1) return { status: 400, status_text: "no command" };
  if (command.args !== undefined && Object.keys(command.args).length === 0) return { status: 400, status_text: "args are empty" };
  if (command.actuator !== undefined && Object.keys(command.actuator)[0] !== "slpf") return { status: 404, status_text: "another actuator" };
  const known = memory.known.get(command.command_id);
  if (known !== undefined) return known;
  const made = perform(command, memory);
  if (command.command_id !== undefined) memory.known.set(command.command_id, made);
  return made;
}

function perform({ action, target, args }: any, { rules }: Memory): object {
  const [kind, value] = Object.entries(target)[0] as [string, any];
  if (action === "query" && kind === "features") {
    const all: Record<string, unknown> = {
      versions: ["1.0"],
      profiles: ["slpf"],
      pairs: { deny: ["ipv4_net", "ipv6_net"], allow: ["ipv4_net", "ipv6_net"] },
      rate_limit: 30,
    };
    return { status: 200, results: Object.fromEntries(value.map((name: string) => [name, all[name]])) };
  }
  if (kind === "slpf:rule_number" && action === "delete") return rules.delete(value) ? { status: 200 } : { status: 404, status_text: "no such rule" };
  if ((action !== "deny" && action !== "allow") || !kind.endsWith("_net")) return { status: 501, status_text: "Target type not supported" };
  if (args?.slpf?.direction === "sideways") return { status: 501, status_text: "Option not supported" };
  const [address, length = ""] = value.split("/");
  const fits = kind === "ipv4_net" ? isIPv4(address) : isIPv6(address);
  if (!fits || !/^\d{0,3}$/.test(length)) return { status: 400, status_text: "no address" };
  const number = rules.size + 1;
  rules.set(number, `${action} ${value}`);
  return { status: 200, results: { slpf: { rule_number: number } } };
}
