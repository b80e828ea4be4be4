import type { WriteAnswer } from "../store.ts";

/** Thrown when a WriteSet cannot stand; its transaction is rolled back. */
export class Withdrawn extends Error {
  readonly answer: WriteAnswer;

  constructor(answer: WriteAnswer) {
    super("withdrawn");
    this.answer = answer;
  }
}
