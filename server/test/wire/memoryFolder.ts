import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for a hub that is gone after the test: in memory where the machine has such a place, when nothing of the test is about the disk. */
export function memoryFolder(): Promise<string> {
  return mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "secgraph-test-"));
}
