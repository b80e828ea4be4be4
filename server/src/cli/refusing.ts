import { ConfigurationFault } from "./configuration.ts";

/** What a store says in plain Errors is for people: one line, no stack. */
export async function refusing<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Error && error.constructor === Error ? new ConfigurationFault(error.message) : error;
  }
}
