import type { Dispatcher, Pool } from "undici";
import type { Answer, Call, CallLimits } from "./call.ts";
import type { Destination } from "./destination.ts";
import { EgressFault } from "./egressFault.ts";
import type { EgressReason } from "./egressFault.ts";

/** A request that is ready to go. */
export interface Outgoing {
  readonly call: Call;
  readonly destination: Destination;
  readonly head: string[];
  readonly limits: CallLimits;
  /** When its turn came, by `performance.now()`. */
  readonly begun: number;
}

/** Sends one request over a pool and gathers its answer within the limits. Rejects with an EgressFault. */
export function exchange(pool: Pool, outgoing: Outgoing): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { call, destination, head } = outgoing;
    const { method, body = null } = call;
    const gathering = new Gathering(outgoing, resolve, reject);
    try {
      pool.dispatch({ path: destination.path, method, headers: head, body }, gathering);
    } catch (error) {
      gathering.fail(error as Error);
    }
  });
}

/** Takes the answer as undici reads it. */
class Gathering implements Dispatcher.DispatchHandler {
  readonly #outgoing: Outgoing;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (fault: EgressFault) => void;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #status = 0;
  #headers: Answer["headers"] = {};
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout;
  #done = false;

  constructor(outgoing: Outgoing, resolve: (answer: Answer) => void, reject: (fault: EgressFault) => void) {
    this.#outgoing = outgoing;
    this.#resolve = resolve;
    this.#reject = reject;
    const { headers, total } = outgoing.limits;
    this.#timer = this.#within(Math.min(headers, total));
    outgoing.call.signal?.addEventListener("abort", this.#stop);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was given up while it waited for a connection.
    if (this.#done) controller.abort(this.#fault("timeout"));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Answer["headers"]): void {
    if (status < 200 || this.#done) return;
    const { limits, call } = this.#outgoing;
    this.#status = status;
    this.#headers = headers;
    if (limits.headers < limits.total) {
      clearTimeout(this.#timer);
      this.#timer = this.#within(limits.total);
    }
    const coding = headers["content-encoding"];
    if (!isLenient(call) && coding !== undefined && coding !== "identity") this.#cut(this.#fault("encoding", String(coding).slice(0, 40)));
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#done) return;
    const { limits, call } = this.#outgoing;
    const left = limits.bytes - this.#size;
    this.#size += chunk.length;
    if (call.wanted === "beginning" && left > 0) this.#chunks.push(chunk.subarray(0, left));
    if (this.#size > limits.bytes) this.#cut(this.#fault("bodyTooLarge", `larger than ${limits.bytes} bytes`));
    else if (!isLenient(call)) this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#answer();
  }

  onResponseError(_: unknown, error: Error): void {
    this.fail(error);
  }

  fail(error: Error): void {
    if (this.#status !== 0 && isLenient(this.#outgoing.call)) return this.#answer();
    if (error instanceof EgressFault) return this.#end(error);
    const [reason, detail] = reasonOf(error);
    this.#end(this.#fault(reason, detail));
  }

  #within(limit: number): NodeJS.Timeout {
    const left = this.#outgoing.begun + limit - performance.now();
    return setTimeout(() => this.#cut(this.#fault("timeout", `not within ${limit} ms`)), Math.max(left, 0));
  }

  readonly #stop = (): void => this.#cut(this.#fault("stopped"));

  /** Leaves the rest of the answer; that is no fault when its status was what mattered. */
  #cut(fault: EgressFault): void {
    if (this.#status !== 0 && isLenient(this.#outgoing.call)) this.#answer();
    else this.#end(fault);
    this.#controller?.abort(fault);
  }

  #answer(): void {
    if (this.#done) return;
    this.#settle();
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  #end(fault: EgressFault): void {
    if (this.#done) return;
    this.#settle();
    this.#reject(fault);
  }

  #settle(): void {
    this.#done = true;
    clearTimeout(this.#timer);
    this.#outgoing.call.signal?.removeEventListener("abort", this.#stop);
  }

  #fault(reason: EgressReason, detail?: string): EgressFault {
    const begun = this.#controller !== undefined;
    return new EgressFault(reason, { where: this.#outgoing.destination.origin, begun, ...(detail === undefined ? {} : { detail }) });
  }
}

function isLenient({ wanted = "body" }: Call): boolean {
  return wanted !== "body";
}

const reasons: Readonly<Record<string, EgressReason>> = {
  UND_ERR_HEADERS_OVERFLOW: "headersTooLarge",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "protocol",
  UND_ERR_INVALID_ARG: "request",
  UND_ERR_NOT_SUPPORTED: "request",
  UND_ERR_CLOSED: "stopped",
  UND_ERR_DESTROYED: "stopped",
  EPROTO: "tls",
};

/** undici's and Node's errors in words of the table. */
function reasonOf(error: Error): [EgressReason, string] {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const known = reasons[code];
  if (known !== undefined) return [known, code];
  if (code.startsWith("HPE_") || error.name === "HTTPParserError") return ["protocol", code || error.message];
  if (code.startsWith("ERR_SSL")) return ["tls", code];
  return ["closed", code || error.message];
}
