import { Problem } from "../base/errors.ts";

/** Another request took the idempotency key of a write while that was decided: nothing of the write stands, its answer is kept (or was). */
export class KeyTaken extends Problem {
  constructor() {
    const text = "Another request with this Idempotency-Key has just been carried out. Send it again for its answer.";
    super("conflict", text, { headers: { "Retry-After": "1" } });
  }
}
