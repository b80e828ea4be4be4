import { isIPv4, isIPv6 } from "node:net";
import { isGuid } from "../ids.ts";
import { isDate, readInstant } from "../instant.ts";

const label = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

function isHostname(text: string): boolean {
  return text.length <= 253 && text.split(".").every((one) => label.test(one));
}

function isIPv6Address(text: string): boolean {
  return isIPv6(text) && !text.includes("%");
}

function isAddress(text: string): boolean {
  return isIPv4(text) || isIPv6Address(text);
}

function isCidr(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  if (rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false;
  return isIPv4(address) ? Number(bits) <= 32 : isIPv6Address(address) && Number(bits) <= 128;
}

/** One `@`, a local part of RFC 5321's atoms, a host name behind it. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, Math.max(0, at));
  return local.length <= 64 && local.split(".").every((atom) => /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+$/u.test(atom)) && isHostname(text.slice(at + 1));
}

/** RFC 3339, 5.6: with an offset. */
function isDateTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d/.test(text) && readInstant(text.replace("t", "T")) !== undefined;
}

function isUri(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:[!#$%&'()*+,./:;=?@[\]_~\w-]+$/i.test(text) && URL.canParse(text);
}

/** What `format` may say (JSON Schema Validation, 7.3; cidr, ip and mac are ours), and whether a text is so. Each looks at a text once. */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  ipv4: isIPv4,
  ipv6: isIPv6Address,
  ip: isAddress,
  cidr: isCidr,
  email: isEmail,
  hostname: isHostname,
  "date-time": isDateTime,
  date: isDate,
  time: (text) => /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,12})?(?:Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i.test(text),
  duration: (text) => /^P(?=.)(?:\d{1,9}W|(?:\d{1,9}Y)?(?:\d{1,9}M)?(?:\d{1,9}D)?(?:T(?=.)(?:\d{1,9}H)?(?:\d{1,9}M)?(?:\d{1,9}(?:\.\d{1,9})?S)?)?)$/.test(text),
  uri: isUri,
  uuid: isGuid,
  mac: (text) => /^[\da-f]{2}(?:(?::[\da-f]{2}){5}|(?:-[\da-f]{2}){5})$|^[\da-f]{4}\.[\da-f]{4}\.[\da-f]{4}$/i.test(text),
};
