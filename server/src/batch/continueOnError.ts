/** The preference `continue-on-error` (OData 4.01 Protocol, 8.2.8.3): whether it is wanted, and as it was written; undefined where it is not given. */
export function continueOnError(prefer: string | undefined): { readonly wanted: boolean; readonly text: string } | undefined {
  const found = /(?:^|[,;\s])((?:odata\.)?continue-on-error(?:\s*=\s*"?(true|false)"?)?)(?=$|[,;\s])/i.exec(prefer ?? "");
  return found === null ? undefined : { wanted: found[2]?.toLowerCase() !== "false", text: found[1]!.replaceAll(/\s/g, "") };
}
