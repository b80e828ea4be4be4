/** Makes the reader of a whole number within bounds, both included. Throws an Error that says what was expected. */
export const wholeNumber =
  (lowest: number, highest = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < lowest || value > highest)
      throw new Error(`a whole number from ${lowest}${highest === Number.MAX_SAFE_INTEGER ? "" : ` to ${highest}`}`);
    return value;
  };
