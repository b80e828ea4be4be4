import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readConfiguration } from "../../src/cli/configuration.ts";
import { loadModel } from "../../src/cli/loadModel.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { readCsdl } from "../../src/edm/readCsdl.ts";
import { secgraph, temporaryFolder } from "./program.ts";

/** CSDL that cannot be served, and settings around a model: each fault is one line that names the place. */

const wrap = (schema: string): string =>
  `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="m" Alias="a" xmlns="http://docs.oasis-open.org/odata/ns/edm">${schema}</Schema></edmx:DataServices></edmx:Edmx>`;
const entity = (name: string, more = "", attributes = ""): string =>
  `<EntityType Name="${name}" ${attributes}><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.Int32" Nullable="false"/>${more}</EntityType>`;
const container = (children: string): string => `<EntityContainer Name="C">${children}</EntityContainer>`;

function faultOf(text: string): string {
  try {
    createModel(readCsdl(text));
    return "none";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("CSDL XML that does not fit together", () => {
  test.each([
    ["no XML", "<edmx:Edmx>", "Line 1"],
    ["nothing in it", wrap(""), "no schema with types"],
    ["base types in a circle", wrap(entity("A", "", 'BaseType="m.B"') + entity("B", "", 'BaseType="m.A"')), "A: its base types form a circle"],
    ["a type that is its own base", wrap(entity("A", "", 'BaseType="a.A"')), "A: its base types form a circle"],
    ["a base that is not there", wrap(entity("A", "", 'BaseType="m.No"')), "base type 'No'"],
    ["a type that is not there", wrap(entity("A", '<Property Name="P" Type="other.T"/>')), "m.A/P: 'other.T' is no value type"],
    ["a link to nowhere", wrap(entity("A", '<NavigationProperty Name="N" Type="m.No"/>')), "m.A/N: 'No' is no entity type"],
    ["a set of no type", wrap(entity("A") + container('<EntitySet Name="S" EntityType="m.No"/>')), "S: 'No' is no entity type"],
    ["a set without a type", wrap(entity("A") + container('<EntitySet Name="S"/>')), "S: '' is no entity type"],
    ["two sets of one name", wrap(entity("A") + container('<EntitySet Name="S" EntityType="m.A"/><EntitySet Name="s" EntityType="m.A"/>')), "s: this place"],
    ["two types of one name", wrap(entity("A") + entity("A")), "m.A: this type is defined twice"],
    ["two properties of one name", wrap(entity("A", '<Property Name="Id" Type="Edm.Guid"/>')), "m.A/Id: this is defined twice"],
    ["names that differ in case", wrap(entity("A", '<Property Name="ID" Type="Edm.Guid"/>')), "m.A/ID: this property is defined twice"],
    ["a type without a name", wrap("<EntityType/>"), "m: EntityType without a Name"],
    ["a name with a dash", wrap(entity("A-B")), "m.A-B: 'A-B' cannot be used"],
    ["a name of 129 characters", wrap(entity("x".repeat(129))), "at most 128"],
    ["__proto__", wrap(entity("A", '<Property Name="__proto__" Type="Edm.String"/>')), "this name is reserved"],
    ["a property without a type", wrap(entity("A", '<Property Name="P"/>')), "m.A/P: a Type is missing"],
    ["a facet that is no number", wrap(entity("A", '<Property Name="P" Type="Edm.String" MaxLength="ten"/>')), "m.A/P: MaxLength is a whole number, not 'ten'"],
    ["Scale over Precision", wrap(entity("A", '<Property Name="P" Type="Edm.Decimal" Precision="2" Scale="3"/>')), "Scale 3 is larger"],
    ["a flag that is none", wrap(entity("A", "", 'Abstract="yes"')), "m.A: Abstract is true or false, not 'yes'"],
    [
      "a key that is a number with a point",
      wrap('<EntityType Name="A"><Key><PropertyRef Name="K"/></Key><Property Name="K" Type="Edm.Double"/></EntityType>'),
      "Edm.Double is no key",
    ],
    ["a key of nothing", wrap('<EntityType Name="A"><Key><PropertyRef Name="K"/></Key></EntityType>'), "m.A/K: the key names no property"],
    ["a member that is no number", wrap('<EnumType Name="E"><Member Name="M" Value="x"/></EnumType>'), "m.E/M: expected a whole number"],
    ["a definition of a definition", wrap('<TypeDefinition Name="T" UnderlyingType="m.U"/>' + entity("A")), "m.T: 'm.U' is no primitive type"],
    [
      "a binding of nothing",
      wrap(entity("A") + container('<EntitySet Name="S" EntityType="m.A"><NavigationPropertyBinding Path="N" Target="S"/></EntitySet>')),
      "S: the binding of 'N'",
    ],
    ["an import of nothing", wrap(entity("A") + container('<FunctionImport Name="F" Function="m.F"/>')), "F: the model has no unbound function"],
    ["two overloads alike", wrap(entity("A") + '<Action Name="X"/><Action Name="X"/>'), "m.X: two overloads"],
    ["a function without a result", wrap(entity("A") + '<Function Name="F"/>'), "F: a function returns something"],
  ])("%s", (_, text, message) => {
    expect(faultOf(text)).toContain(message);
  });

  test("entities of XML are not expanded without end", () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>${wrap(entity("A", '<Property Name="&c;" Type="Edm.String"/>'))}`;
    expect(faultOf(bomb)).not.toBe("none");
  });
});

describe("CSDL JSON", () => {
  test.each([
    ["{", "JSON"],
    ["{}", "no $Version"],
    ['{"$Version":"4.01","m":5}', "m: expected an object"],
    ['{"$Version":"4.01","m":{"A":{"$Kind":"Entity"}}}', "m.A: $Kind 'Entity' is none of"],
    ['{"$Version":"4.01","m":{"A":{"$Kind":"EntityType","$Key":["Id"],"Id":5}}}', "m.A/Id: expected an object"],
    ['{"$Version":"4.01","m":{"A":{"$Kind":"EntityType","$Key":["Id"],"Id":{"$Type":"m.No"}}}}', "m.A/Id: 'No' is no value type"],
  ])("%s", (text, message) => {
    expect(faultOf(text)).toContain(message);
  });
});

test("a thousand types, a tower of bases, and types that contain each other in all ways", () => {
  const tower = Array.from({ length: 1000 }, (_, index) =>
    index === 0 ? entity("T0") : `<EntityType Name="T${index}" BaseType="m.T${index - 1}"><Property Name="P${index}" Type="Edm.String"/></EntityType>`,
  );
  const model = createModel(readCsdl(wrap(tower.join("") + container('<EntitySet Name="Tops" EntityType="m.T990"/>'))));
  expect(model.types).toHaveLength(1000);
  const many = Array.from({ length: 8 }, (_, index) =>
    entity(
      `N${index}`,
      Array.from({ length: 8 }, (__, to) => `<NavigationProperty Name="to${to}" Type="Collection(m.N${to})" ContainsTarget="true"/>`).join(""),
    ),
  );
  expect(faultOf(wrap(many.join("") + container('<EntitySet Name="S" EntityType="m.N0"/>')))).toContain("makes more than 3000 collections");
});

describe("settings around a model", () => {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-models-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const fileOf = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const files = {
    model: fileOf("m.xml", wrap(entity("A") + container('<EntitySet Name="S" EntityType="m.A"/>'))),
    noRows: fileOf("noRows.json", '{"S":5}'),
    broken: fileOf("broken.json", '{"S":'),
    noOperations: fileOf("noOperations.mjs", "export const x = 1;"),
    strayOperation: fileOf("strayOperation.mjs", "export const operations = { Sail() {} };"),
  };

  test.each<[string, Parameters<typeof loadModel>[0], string]>([
    ["a file that is not there", { model: "/no/such.xml", operations: undefined, seed: false } as never, "SECGRAPH_MODEL: /no/such.xml cannot be used"],
    ["rows that are none", { model: files.model, seed: files.noRows }, "S: expected an array of objects"],
    ["rows that are no JSON", { model: files.model, seed: files.broken }, "SECGRAPH_SEED:"],
    ["operations that are none", { model: files.model, seed: false, operations: files.noOperations }, "It exports no object 'operations'"],
    ["an operation that the model does not have", { model: files.model, seed: false, operations: files.strayOperation }, "'Sail' is no operation of the model"],
  ])("%s", async (_, configuration, message) => {
    await expect(loadModel(configuration)).rejects.toThrow(message);
  });

  test.each([
    [{ SECGRAPH_OPERATIONS: "x.mjs" }, "goes with SECGRAPH_MODEL"],
    [{ SECGRAPH_ROOT: "/" }, "goes with SECGRAPH_MODEL"],
    [{ SECGRAPH_SEED: "rows.json" }, "goes with SECGRAPH_MODEL"],
    [{ SECGRAPH_MODEL: "m.xml", SECGRAPH_SEED: "on" }, "names a file of rows"],
    [{ SECGRAPH_MODEL: "m.xml", SECGRAPH_ROOT: "odata" }, "/ or a path of one segment"],
    [{ SECGRAPH_MODEL: "m.xml", SECGRAPH_ROOT: "/a/b" }, "/ or a path of one segment"],
    [{ SECGRAPH_MODEL: "m.xml", SECGRAPH_HOST: "0.0.0.0" }, "this machine only"],
    [{ SECGRAPH_MODEL: "m.xml", SECGRAPH_FAITHFUL: "batch" }, "about the security graph"],
    [{ SECGRAPH_MODEL: "m.xml", SECGRAPH_AUTH: "token" }, "Nobody could get in"],
    [
      { SECGRAPH_MODEL: "m.xml", SECGRAPH_AUTH: "token", SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: "*", SECGRAPH_SEED: "rows.json" },
      "name one in SECGRAPH_TENANTS",
    ],
  ])("%j", (env, message) => {
    const given = env as Readonly<Record<string, string>>;
    const open = given["SECGRAPH_MODEL"] === undefined ? { SECGRAPH_BUILTIN_ISSUER: "on", SECGRAPH_TENANTS: "t" } : { SECGRAPH_AUTH: "none" };
    expect(() => readConfiguration("production", { flags: {}, env: { ...open, ...given } })).toThrow(message);
  });

  test("without tokens it listens here, and is pure OData", () => {
    const { hosts, profile, root } = readConfiguration("production", { flags: { model: "m.xml", auth: "none", root: "/" }, env: {} });
    expect([hosts, profile, root]).toEqual([["127.0.0.1", "::1"], "odata", ""]);
  });
});

test("a fault ends the program with one line, before anything is touched", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "m.xml"), wrap(entity("A", '<Property Name="P" Type="m.No"/>')));
  const { code, error } = await secgraph(["serve", "--model", join(folder, "m.xml"), "--auth", "none", "--data", join(folder, "data")]);
  expect(code).not.toBe(0);
  expect(
    error
      .trim()
      .split("\n")
      .filter((line) => line.includes("m.A/P: 'No' is no value type of the model")),
  ).toHaveLength(1);
  expect(existsSync(join(folder, "data"))).toBe(false);
});

test("rows that are refused are named, and none is kept", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "m.xml"), wrap(entity("A") + container('<EntitySet Name="S" EntityType="m.A"/>')));
  writeFileSync(join(folder, "rows.json"), JSON.stringify({ S: [{ Id: 1 }, { Id: "x" }] }));
  const settings = ["--auth", "none", "--data", join(folder, "data"), "--port", "0", "--tls-port", "off"];
  const { code, error } = await secgraph(["serve", "--model", join(folder, "m.xml"), "--seed", join(folder, "rows.json"), ...settings]);
  expect([code === 0, error]).toEqual([false, expect.stringContaining("SECGRAPH_SEED: S[1] was refused with 400: Property 'Id': expected an integer")]);
});
