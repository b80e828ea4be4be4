import type { IssuerAddresses } from "../issuer/issuerSettings.ts";
import type { Configuration } from "./configuration.ts";

/** The ports that were opened; they differ from the configured ones where those are 0. */
export interface OpenedPorts {
  readonly port: number;
  readonly tlsPort?: number;
}

/** The base URLs of this server, of which issuer names and audiences are made. */
export interface Addresses extends IssuerAddresses {
  /** Told once the listeners are open. */
  readonly opened: (ports: OpenedPorts) => void;
  /** For people: the public URL, or localhost. */
  readonly usual: () => { readonly http: string; readonly https?: string };
}

/** Graph's own audiences, which every token for Graph may name (R179). */
const graphAudiences = ["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"];
const wildcards = new Set(["0.0.0.0", "::"]);

/** Derives every name of this server from its configuration and, when they are known, its real ports. */
export function createAddresses({ port, tlsPort, hosts, publicUrl }: Pick<Configuration, "port" | "tlsPort" | "hosts" | "publicUrl">): Addresses {
  let ports: OpenedPorts = tlsPort === "off" ? { port } : { port, tlsPort };
  const named = hosts.filter((host) => !wildcards.has(host)).map((host) => (host.includes(":") ? `[${host}]` : host));
  const names = [...new Set(["localhost", "127.0.0.1", "[::1]", ...named])];
  const http = (name: string): string => `http://${name}${ports.port === 80 ? "" : `:${ports.port}`}`;
  const https = (name: string): string => `https://${name}${ports.tlsPort === 443 ? "" : `:${ports.tlsPort}`}`;
  const hasTls = (): boolean => ports.tlsPort !== undefined;
  const own = publicUrl === undefined ? [] : [publicUrl];
  const secure = (): readonly string[] => (hasTls() ? names.map(https) : []);
  const issuerBases = (): readonly string[] => [...own, ...(hasTls() ? secure() : names.map(http))];

  return {
    opened: (opened) => void (ports = opened),
    usual: () => (hasTls() ? { http: http("localhost"), https: publicUrl ?? https("localhost") } : { http: publicUrl ?? http("localhost") }),
    issuerBases,
    issuerBaseFor(baseUrl) {
      const bases = issuerBases();
      if (bases.includes(baseUrl)) return baseUrl;
      const twin = names.find((name) => http(name) === baseUrl);
      return twin === undefined || !hasTls() || publicUrl !== undefined ? bases[0]! : https(twin);
    },
    audiences: () => [...own, ...secure(), ...names.map(http), ...graphAudiences],
  };
}
