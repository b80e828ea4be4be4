import { Client, type ClientConfig } from "pg";
import { clientSettings } from "./clientSettings.ts";
import { hostsOf } from "./hostsOf.ts";

type Told = (error: Error, client?: Client) => void;

/** How to connect to each host of a URL, and which is asked first: what one connection of a pool finds out, the others know. */
interface Hosts {
  readonly settings: readonly ClientConfig[];
  current: number;
}

/** Makes clients of the URL's primary: of several hosts the first that answers and is no standby, looked for from the one that was it last. */
export function primaryClient(url: string): { readonly Primary: typeof Client; readonly hosts: number } {
  const hosts: Hosts = { settings: hostsOf(url).map(clientSettings), current: 0 };
  const count = hosts.settings.length;
  return { Primary: count === 1 ? only(hosts.settings[0]!) : oneOf(hosts), hosts: count };
}

function only(settings: ClientConfig): typeof Client {
  return class extends Client {
    constructor(config?: ClientConfig) {
      super({ ...config, ...settings });
    }
  };
}

function oneOf(hosts: Hosts): typeof Client {
  return class extends Client {
    readonly #tried: number;
    #isStandby = false;

    constructor(config?: ClientConfig) {
      const tried = hosts.current;
      super({ ...config, ...hosts.settings[tried] });
      this.#tried = tried;
      // Told with the greeting, so it costs no round trip (PostgreSQL 14 and newer, 55.2.7).
      this.connection.on("parameterStatus", ({ parameterName, parameterValue }: { readonly parameterName: string; readonly parameterValue: string }) => {
        if (parameterName === "in_hot_standby") this.#isStandby = parameterValue === "on";
      });
    }

    override connect(): Promise<Client>;
    override connect(callback: Told): void;
    override connect(callback?: Told): Promise<Client> | undefined {
      const connected = this.#connect();
      if (callback === undefined) return connected;
      connected.then((client) => callback(null as unknown as Error, client), callback);
      return undefined;
    }

    async #connect(): Promise<Client> {
      try {
        await super.connect();
        if (this.#isStandby) throw Object.assign(new Error("The server is a standby."), { code: "ESTANDBY" });
        return this;
      } catch (error) {
        if (hosts.current === this.#tried) hosts.current = (this.#tried + 1) % hosts.settings.length;
        void this.end().catch(() => undefined);
        throw error;
      }
    }
  };
}

/** A connection of its own to the URL's primary. Rejects with what the last of its hosts said. */
export async function connectPrimary(url: string, config: ClientConfig): Promise<Client> {
  const { Primary, hosts } = primaryClient(url);
  for (let tries = 1; ; tries += 1) {
    const client = new Primary(config);
    client.on("error", () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (tries === hosts) throw error;
    }
  }
}
