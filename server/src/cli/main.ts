#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Compiled code is kept beside the program: the next start takes half the time. Where nothing can be written there, nothing is kept.
enableCompileCache(join(import.meta.dirname, "..", "..", ".cache", "compile"));
await import("./program.ts");
