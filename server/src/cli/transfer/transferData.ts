import { join } from "node:path";
import { lockHolder } from "../../base/fileLock.ts";
import { createModel } from "../../edm/createModel.ts";
import type { Model } from "../../edm/model.ts";
import { securityGraph } from "../../graph/securityGraph.ts";
import { DatabaseError } from "../../store/postgres/databaseError.ts";
import { inspectDatabase, requireUsable } from "../../store/postgres/inspectDatabase.ts";
import { openTransferTarget as openDatabaseTarget, type Filling } from "../../store/postgres/transferTarget.ts";
import { countsOf } from "../../issuer/issuerState.ts";
import type { IssuerState } from "../../issuer/issuerStore.ts";
import { schemaOf } from "../../store/schema.ts";
import type { StoreSchema } from "../../store/schema.ts";
import { openTransferTarget as openFileTarget } from "../../store/sqlite/transferTarget.ts";
import { tableShapes } from "../../store/tableShapes.ts";
import type { TransferTarget } from "../../store/transfer/ends.ts";
import { transfer, type Transferred } from "../../store/transfer/transfer.ts";
import { rateProgress } from "../backup/rateProgress.ts";
import { ConfigurationFault } from "../configuration.ts";
import { readIssuerState, writeIssuerState } from "./issuerStates.ts";
import { openSource } from "./openSource.ts";
import type { DataPlace } from "./place.ts";

/** What is carried where. */
export interface TransferDataOrder {
  readonly from: DataPlace;
  readonly to: DataPlace;
  /** Of what the data are; absent: of the security graph. */
  readonly model?: Model | undefined;
  readonly progress?: typeof rateProgress;
  /** Default: a copy. */
  readonly filling?: Filling;
}

/** What was carried. */
export interface TransferredData extends Transferred {
  /** How many keys, applications, people of the built-in issuer. */
  readonly issuer: Readonly<Record<string, number>>;
}

/** Carries all of a store from one place to another. Throws a ConfigurationFault, before anything is touched where it can be known, that says why it cannot be done. */
export async function transferData({
  from,
  to,
  model = createModel(securityGraph),
  progress = rateProgress,
  filling,
}: TransferDataOrder): Promise<TransferredData> {
  const schema = schemaOf(model);
  if (from.shown === to.shown) throw new ConfigurationFault(`Both sides are the same: ${from.shown}.`);
  const source = await told(() => openSource(from, schema));
  try {
    const target = await told(() => openTarget(to, schema, filling));
    try {
      let issuer: IssuerState | undefined;
      const before = async (): Promise<void> => void (issuer = await carryIssuer(from, to));
      const done = await told(() => transfer({ source, target, shapes: tableShapes(schema), before, progress: (stage) => progress(stage, { unit: "rows" }) }));
      const wrong = done.tables.filter(({ same }) => !same).map(({ name }) => name);
      if (wrong.length > 0)
        throw new ConfigurationFault(`What arrived is not what was sent: ${wrong.join(", ")}. ${to.shown} is not to be used; run it again.`);
      return { ...done, issuer: countsOf(issuer!) };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** The process that serves a data folder, when one does. */
export function serving(place: DataPlace): number | undefined {
  return place.engine === "sqlite" ? lockHolder(join(place.folder, "lock"))?.pid : undefined;
}

async function openTarget(place: DataPlace, schema: StoreSchema, filling: Filling | undefined): Promise<TransferTarget> {
  if (place.engine === "sqlite") return openFileTarget(place.file, schema);
  requireUsable(await inspectDatabase(place.url), "fill");
  return openDatabaseTarget(place.url, schema, filling);
}

/** Compared afterwards, as rows are. */
async function carryIssuer(from: DataPlace, to: DataPlace): Promise<IssuerState> {
  const state = await readIssuerState(from);
  await writeIssuerState(to, state);
  const there = await readIssuerState(to);
  const isThere = (name: keyof IssuerState): boolean => {
    const texts = new Set(there[name].map((one) => JSON.stringify(one)));
    return state[name].every((one) => texts.has(JSON.stringify(one)));
  };
  const lacking = (Object.keys(state) as (keyof IssuerState)[]).filter((name) => !isThere(name));
  if (lacking.length > 0) throw new Error(`What arrived of the issuer's memory is not what was sent: ${lacking.join(", ")}.`);
  return state;
}

/** What the ends say in plain Errors is for people. */
async function told<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof DatabaseError || "errcode" in error) throw new ConfigurationFault(`It was cut: ${error.message.split("\n", 1)[0]}. Run it again.`);
    throw error.constructor === Error ? new ConfigurationFault(error.message) : error;
  }
}
