import { resolve } from "node:path";
import { callersFolder } from "../checkoutRoot.ts";
import { readKeys } from "../readKeys.ts";
import type { Setting } from "../settings.ts";

/** The settings of connectors and of what keeps their credentials. */
export const connectorSettings = {
  secretsKey: {
    group: "Storage",
    env: "SECGRAPH_SECRETS_KEY",
    flag: "--secrets-key",
    value: "keys",
    usual: "the file `secrets.key` of the data folder; none with PostgreSQL",
    description:
      "Key that the credentials of connectors are sealed with, at least 32 characters, as `openssl rand -base64 32` makes one; earlier keys, which only open, behind it with commas between. With PostgreSQL it has to be set as soon as a connector has credentials, the same for every server.",
    parse: readKeys,
    secret: true,
  },
  connectors: {
    group: "Behaviour",
    env: "SECGRAPH_CONNECTORS",
    flag: "--connectors",
    value: "file",
    usual: "none",
    description:
      "JSON file of connectors that are to be there: made or changed at each start, nothing where they are as written. See [connectors](../how-to/connectors.md#in-a-file).",
    parse: (value: string): string => resolve(callersFolder(), value),
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;
