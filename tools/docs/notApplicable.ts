/** Requirements that nothing here can show yet, and why; from the first to the last number. What a test carries must not stand here. */
export const notApplicable: readonly (readonly [from: string, to: string, why: string])[] = [
  ["R155", "R155", "Optional in Graph: a slow endpoint keeps nobody waiting but itself here, so it need not be throttled."],
  ["R181", "R181", "Tokens are good until they end: there is no continuous evaluation that could ask for claims (Q23)."],
];
