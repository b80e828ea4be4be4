import { createModel, type ModelDefinition } from "../../src/edm/createModel.ts";
import type { Model } from "../../src/edm/model.ts";
import { readCsdl } from "../../src/edm/readCsdl.ts";
import { openHub, type TestHub } from "../wire/hub.ts";

const decimal = (name: string, facets = 'Scale="variable"', more = ""): string => `<Property Name="${name}" Type="Edm.Decimal" ${facets} ${more}/>`;

/** A model of decimals: of any length and of a few digits, as members, elements, keys, alternate keys and ends of referential constraints. */
const csdl = `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="m" xmlns="http://docs.oasis-open.org/odata/ns/edm">
  <ComplexType Name="Line">${decimal("Price", 'Precision="60" Scale="30"')}</ComplexType>
  <EntityType Name="Row">
    <Key><PropertyRef Name="Id"/></Key>
    <Property Name="Id" Type="Edm.Int32" Nullable="false"/>
    ${decimal("Amount")}
    ${decimal("Few", 'Precision="12" Scale="4"')}
    ${decimal("Code")}
    <Property Name="Ratio" Type="Edm.Double"/>
    <Property Name="Long" Type="Edm.Int64"/>
    <Property Name="Many" Type="Collection(Edm.Decimal)" Scale="variable" Nullable="false"/>
    <Property Name="Fews" Type="Collection(Edm.Decimal)" Precision="12" Scale="4" Nullable="false"/>
    <Property Name="Lines" Type="Collection(m.Line)" Nullable="false"/>
    <NavigationProperty Name="Part" Type="m.Part"><ReferentialConstraint Property="Amount" ReferencedProperty="Size"/></NavigationProperty>
    <NavigationProperty Name="FewPart" Type="m.Part"><ReferentialConstraint Property="Few" ReferencedProperty="Size"/></NavigationProperty>
    <Annotation Term="Org.OData.Core.V1.AlternateKeys"><Collection><Record><PropertyValue Property="Key"><Collection>
      <Record><PropertyValue Property="Name" PropertyPath="Code"/><PropertyValue Property="Alias" String="Code"/></Record>
    </Collection></PropertyValue></Record></Collection></Annotation>
  </EntityType>
  <EntityType Name="Special" BaseType="m.Row"/>
  <EntityType Name="Part"><Key><PropertyRef Name="Size"/></Key>${decimal("Size", 'Scale="variable"', 'Nullable="false"')}</EntityType>
  <Function Name="delta" IsBound="true"><Parameter Name="set" Type="Collection(m.Row)"/><ReturnType Type="Collection(m.Row)"/></Function>
  <EntityContainer Name="C">
    <EntitySet Name="Rows" EntityType="m.Row">
      <NavigationPropertyBinding Path="Part" Target="Parts"/><NavigationPropertyBinding Path="FewPart" Target="Parts"/>
    </EntitySet>
    <EntitySet Name="Specials" EntityType="m.Special"/>
    <EntitySet Name="Parts" EntityType="m.Part"/>
  </EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`;

const indexed: ReadonlySet<string> = new Set(["Amount", "Few", "Many", "Price"]);

/** The model, with indexes of its decimals. */
export function ledgerModel(): Model {
  const definition = readCsdl(csdl, { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] });
  const resources = definition.resources.map((resource) => ({ ...resource, types: resource.types?.map(withIndexes) ?? [] }));
  return createModel({ ...definition, resources });
}

type TypeDefinition = NonNullable<ModelDefinition["resources"][number]["types"]>[number];

function withIndexes(type: TypeDefinition): TypeDefinition {
  if (!("properties" in type)) return type;
  const properties = Object.entries(type.properties).map(([name, property]) => [name, indexed.has(name) ? { ...property, indexed: true } : property]);
  return { ...type, properties: Object.fromEntries(properties) };
}

/** Opens a service of the model in the odata profile, on the run's engine, without rows. */
export async function openLedger(): Promise<TestHub> {
  return openHub({ model: ledgerModel(), profile: "odata" });
}

/** A decimal, or a number as JSON or SQL has it, as so many times 10^-400. */
export function exactly(text: string): bigint {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/.exec(text)!;
  return BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(Number(exponent) - fraction.length + 400);
}
