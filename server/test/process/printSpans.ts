import { registerMemoryTracer } from "../http/memoryTracer.ts";

/** Loaded into a server by `--import`, where an SDK would be. */
registerMemoryTracer(({ name }) => void process.stderr.write(`span ${name}\n`));
