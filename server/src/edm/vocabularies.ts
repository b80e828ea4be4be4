/** The vocabularies that the served metadata refers to: alias, namespace and where the vocabulary lies. */
export const vocabularies = [
  { alias: "Core", namespace: "Org.OData.Core.V1", uri: "https://docs.oasis-open.org/odata/odata-vocabularies/v4.0/Org.OData.Core.V1.xml" },
  {
    alias: "Capabilities",
    namespace: "Org.OData.Capabilities.V1",
    uri: "https://docs.oasis-open.org/odata/odata-vocabularies/v4.0/Org.OData.Capabilities.V1.xml",
  },
  {
    alias: "Aggregation",
    namespace: "Org.OData.Aggregation.V1",
    uri: "https://docs.oasis-open.org/odata/odata-data-aggregation-ext/v4.0/Org.OData.Aggregation.V1.xml",
  },
] as const;

/** A term by its vocabulary's alias: `Core.Computed` for `Org.OData.Core.V1.Computed`. */
export function shortTerm(term: string): string {
  const vocabulary = vocabularies.find(({ namespace }) => term.startsWith(`${namespace}.`));
  return vocabulary === undefined ? term : vocabulary.alias + term.slice(vocabulary.namespace.length);
}
