/** Requirements that nothing here can show yet, and why; from the first to the last number. What a test carries must not stand here. */
export const notApplicable: readonly (readonly [from: string, to: string, why: string])[] = [
  ["R143", "R161", "Change notifications are not served yet."],
  ["R163", "R163", "Change notifications are not served yet."],
  ["R181", "R181", "Tokens are good until they end: there is no continuous evaluation that could ask for claims (Q23)."],
];
