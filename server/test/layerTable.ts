/**
 * What a layer may import besides its own files. A layer is a folder of src or a file at its root; `runtime` names
 * layers or single files, `types` those that only `import type` may reach.
 */
interface Layer {
  readonly runtime: readonly string[];
  readonly types?: readonly string[];
}

const below = ["base", "edm", "odata", "plan", "auth", "limits", "store", "execute", "respond", "batch", "egress"];
const inside = [...below, "operations", "graph", "outbox", "inbound", "issuer", "import", "emulator", "handle.ts"];

export const layers: Record<string, Layer> = {
  base: { runtime: [] },
  edm: { runtime: ["base"] },
  graph: { runtime: ["base", "edm"] },
  odata: { runtime: ["base"] },
  plan: { runtime: ["base", "edm", "odata"] },
  egress: { runtime: ["base"] },
  auth: { runtime: ["base", "edm", "plan", "egress"] },
  limits: { runtime: ["base"], types: ["auth"] },
  // The store asks at its door whether `permit` made the plan: that one file of auth runs there.
  store: { runtime: ["base", "edm", "auth/permitted.ts"], types: ["odata", "plan", "auth"] },
  execute: { runtime: ["base", "edm", "plan", "auth", "store", "egress"] },
  respond: { runtime: ["base", "edm", "odata"], types: ["plan", "execute"] },
  batch: { runtime: ["base", "plan", "handle.ts"] },
  operations: { runtime: ["base", "edm", "plan", "respond", "auth/requireOneOf.ts", "handle.ts"], types: ["odata", "auth"] },
  outbox: { runtime: ["base", "edm", "plan", "auth", "store", "execute", "egress"] },
  inbound: { runtime: ["base", "edm", "auth"], types: ["plan", "store"] },
  issuer: { runtime: ["base"], types: ["auth"] },
  import: { runtime: ["base", "edm", "plan"] },
  emulator: { runtime: ["base"], types: ["handle.ts", "auth"] },
  http: { runtime: ["base"], types: ["handle.ts"] },
  // The graph is handed to the App as data, so handle knows no model.
  "handle.ts": { runtime: below },
  // What app.ts is put together from: a piece of wiring a file.
  wiring: {
    runtime: ["base", "odata", "execute", "respond", "inbound", "outbox", "handle.ts"],
    types: ["edm", "auth", "limits", "store", "egress", "operations"],
  },
  "app.ts": { runtime: [...inside, "wiring"] },
  "index.ts": { runtime: [...inside, "http", "wiring", "app.ts"] },
  cli: { runtime: [...inside, "http", "wiring", "app.ts", "index.ts"] },
};
