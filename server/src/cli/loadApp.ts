import type { BuildApp } from "./appPort.ts";

/** The App's maker, loaded when a server starts: the other commands need none of it. */
export async function loadApp(): Promise<BuildApp> {
  const { buildApp } = await import("./buildApp.ts");
  return buildApp;
}
