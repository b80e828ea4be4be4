/** What lets the server itself write; no token carries it (`auth/readClaims.ts` leaves it out). */
export const system = "(the server itself)";
