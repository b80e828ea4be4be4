import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const guide = (name: string): string => readFileSync(join(import.meta.dirname, `../../../docs/how-to/sdk-${name}.md`), "utf8");

test.each([
  ["javascript", /customHosts: new Set\(\["localhost"\]\)/, /disableInstanceDiscovery: true/],
  ["javascript", /allowedHosts/, /knownAuthorities: \[base\.host\]/],
  ["python", /allowed_hosts=\["localhost"\]/, /disable_instance_discovery=True/],
  ["go", /ValidHosts\([^)]*\[\]string\{"localhost"\}\)/, /DisableInstanceDiscovery: true/],
  ["java", /new String\[\] \{"localhost"\}/, /\.disableInstanceDiscovery\(\)/],
  ["dotnet", /allowedHosts: \["localhost"\]/, /DisableInstanceDiscovery = true/],
  ["powershell", /Add-MgEnvironment .*-GraphEndpoint \$base/, /-AzureADEndpoint \$base/],
])("R193, Q31 the guide for %s names this host to the client, and keeps it off the public cloud", (name, host, authority) => {
  expect(guide(name)).toMatch(host);
  expect(guide(name)).toMatch(authority);
});
