import type { BuildApp } from "./appPort.ts";

/** The App's maker, loaded when a server starts. */
export async function loadApp(): Promise<BuildApp> {
  const place = "../app.ts".replace(/ts$/, import.meta.filename.endsWith(".ts") ? "ts" : "js");
  const { buildApp } = (await import(place)) as { readonly buildApp: BuildApp };
  return buildApp;
}
