import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import { implicit } from "./bindCollection.ts";
import { scalarTypeOf } from "./scalarTypes.ts";
import type { Scope, Variable } from "./scope.ts";
import type { CollectionPath, Typed } from "./typed.ts";

/** Where a part of a selection stands: at the row, or at the members of a collection, or in complex values of these. */
export class SelectLevel {
  /** Collections on the way, outermost first. */
  readonly sources: readonly CollectionPath[];
  /** What names belong to; absent for plain values and what is not declared. */
  readonly type: EntityType | ComplexType | undefined;
  /** From the row or the member. */
  readonly steps: readonly string[];
  /** Columns of the statement that reads this level; complex values share those of what they are in. */
  readonly columns: Typed[];

  constructor({ sources, type, steps, columns }: Pick<SelectLevel, "sources" | "type" | "steps" | "columns">) {
    this.sources = sources;
    this.type = type;
    this.steps = steps;
    this.columns = columns;
  }

  /** One step on, into a complex value or to the members of a collection. */
  into(property: Property): SelectLevel {
    const { sources } = this;
    const steps = [...this.steps, property.name];
    const type = property.type.kind === "complex" ? property.type : undefined;
    if (!property.collection) return new SelectLevel({ sources, type, steps, columns: this.columns });
    const source: CollectionPath = {
      origin: { level: sources.length },
      steps,
      property,
      element: type ?? "scalar",
      elementType: scalarTypeOf(property.type) ?? "complex",
    };
    return new SelectLevel({ sources: [...sources, source], type, steps: [], columns: [] });
  }

  /** What names mean here: those of the row or the member, or of the complex value in it. */
  scope(row: Scope): Scope {
    const variables = this.sources.map(({ element, elementType, property }): Variable => {
      const enumType = property.type.kind === "enum" ? { enumType: property.type } : {};
      return { name: implicit, element, elementType, ...enumType };
    });
    const { within: _, computed: __, ...rest } = row;
    const isWithin = this.steps.length > 0 && this.type?.kind === "complex";
    return { ...rest, variables, ...(isWithin ? { within: { level: variables.length, type: this.type, steps: this.steps } } : {}) };
  }
}
