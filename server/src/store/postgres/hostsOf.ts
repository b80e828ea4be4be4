/** A URL for each host of a URL that may name several, as libpq takes them (34.1.1.3): `postgres://user:password@one:5432,two:5432/database`. */
export function hostsOf(url: string): readonly string[] {
  const [, scheme = "", login = "", hosts = "", rest = ""] = /^([a-z]+:\/\/)([^/?#]*@)?([^/?#]*)([^]*)$/i.exec(url) ?? [];
  if (!hosts.includes(",")) return [url];
  return hosts.split(",").map((host) => `${scheme}${login}${host}${rest}`);
}
