const most = { rows: 10_000, characters: 8_000_000 };

/** Gathers rows to portions of a bounded size. */
export function* portionsOf<T extends readonly (string | null)[]>(rows: Iterable<T>): Generator<T[]> {
  let portion: T[] = [];
  let characters = 0;
  for (const row of rows) {
    portion.push(row);
    for (const cell of row) characters += cell?.length ?? 0;
    if (portion.length >= most.rows || characters >= most.characters) {
      yield portion;
      portion = [];
      characters = 0;
    }
  }
  if (portion.length > 0) yield portion;
}
