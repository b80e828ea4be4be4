/** Vendor and provider as they are compared: without case and compatibility forms (NFKC). */
export function providerKey(vendor: string, provider: string): string {
  return [vendor, provider].map((one) => one.normalize("NFKC").toLowerCase().replaceAll("%", "%25").replaceAll("/", "%2F")).join("/");
}
