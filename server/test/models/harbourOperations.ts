import type { Implementations, PlainObject } from "../../src/operations/implementation.ts";

/** The operations of the harbour. */
export const harbourOperations: Implementations = {
  "Vessel/Distance()": () => "12.5",
  "Vessel/Distance(from)": ({ parameters }) => (parameters["from"] === "DEHAM" ? 0 : null),
  async Heavier({ entities, parameters }) {
    return entities(`$filter=Weight gt ${parameters["than"] as string}&$select=Id`);
  },
  "Asset/Describe": ({ bound }) => `asset ${(bound as PlainObject)["Id"] as number}`,
  "Tanker/Describe": ({ bound }) => `tanker ${(bound as PlainObject)["Id"] as number}`,
  "CountVessels()": async ({ list }) => (await list("Vessels?$select=Id")).length,
  "CountVessels(condition)": async ({ list, parameters }) => (await list(`Vessels?$filter=Condition eq '${parameters["condition"] as string}'`)).length,
  LongestLeg: ({ parameters }) => {
    const codes = parameters["codes"] as readonly string[];
    return codes.length < 2 ? null : { From: codes[0], To: codes.at(-1), Miles: "1234.56", Stops: codes.slice(1, -1) };
  },
  async VesselsOf({ list, parameters }) {
    return list(`Vessels?$filter=OwnerId eq ${parameters["owner"] as string}&$select=Id`);
  },
  async "Vessel/Moor"({ path, parameters, update, refuse }) {
    const moored = await update(path, { Condition: parameters["condition"], ...(parameters["note"] !== null && { Tags: [parameters["note"]] }) });
    if (parameters["condition"] === "Sunk") refuse("A wreck is not moored.", { status: 409, target: "condition" });
    return moored;
  },
  async "Tanker/Moor"({ path, parameters, update }) {
    await update(path, { "@odata.type": "#harbour.Tanker", Tanks: parameters["tanks"] });
  },
  async Scrap({ entities, at, remove, parameters }) {
    const found = await entities(`$filter=Condition eq '${parameters["condition"] as string}'`);
    for (const { Id } of found) await remove(at("Vessels", Id!));
    return found.map(({ Id }) => Id);
  },
  async Open({ parameters, create }) {
    return create("Ports", parameters["port"] as PlainObject);
  },
  async Reset({ list, at, remove }) {
    for (const { Code } of await list("Ports?$select=Code")) await remove(at("Ports", Code!));
  },
};
