import { isIPv4, isIPv6 } from "node:net";

/** An address or a range of them as OpenC2 writes it (Language 3.4.1.9, 3.4.1.11), IPv6 in the form of RFC 5952; undefined for what is none. */
export function ipNet(text: string): { readonly target: "ipv4_net" | "ipv6_net"; readonly value: string } | undefined {
  const [address = "", length, ...more] = text.split("/");
  const target = isIPv4(address) ? "ipv4_net" : isIPv6(address) && !address.includes("%") ? "ipv6_net" : undefined;
  if (target === undefined || more.length > 0) return undefined;
  if (length !== undefined && (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > (target === "ipv4_net" ? 32 : 128))) return undefined;
  const plain = target === "ipv4_net" ? address : new URL(`http://[${address}]`).hostname.slice(1, -1);
  return { target, value: length === undefined ? plain : `${plain}/${length}` };
}
