/** The collection that every shape works on. */
export const collection = "/v1.0/security/secureScores";

/** How many entities go through the API; more rows are copies of these. */
export const seeds = 10_000;
export const providers = 10;
/** The control that 100 rows have, however many rows there are. */
export const rareControl = "RareControl";
export const rareRows = 100;
export const commonControl = "CommonControl";

const day0 = Date.parse("2026-06-01T00:00:00Z");
const minute = 60_000;

/** The moment of the n-th entity, written as the store keeps instants. */
export function momentOf(n: number): string {
  return `${new Date(day0 - n * minute).toISOString().slice(0, 23)}0000Z`;
}

/** The n-th secure score: a body of 1 KB as it is stored, with two controls and two services. */
export function entity(n: number): string {
  return JSON.stringify({
    "@odata.type": "#microsoft.graph.secureScore",
    activeUserCount: 100 + (n % 900),
    averageComparativeScores: [{ "@odata.type": "microsoft.graph.averageComparativeScore", basis: "AllTenants", averageScore: n % 100 }],
    controlScores: [control(n, n % (seeds / rareRows) === 0 ? rareControl : commonControl), control(n, `Control-${n % 200}`)],
    createdDateTime: momentOf(n),
    currentScore: n % 500,
    enabledServices: ["HasExchange", n % 2 === 0 ? "HasSharePoint" : "HasTeams"],
    licensedUserCount: 1000 + (n % 1000),
    maxScore: 500,
    vendorInformation: {
      "@odata.type": "microsoft.graph.securityVendorInformation",
      provider: `Provider ${n % providers}`,
      providerVersion: "1.0",
      subProvider: null,
      vendor: "Contoso",
    },
  });
}

function control(n: number, controlName: string): object {
  return {
    "@odata.type": "microsoft.graph.controlScore",
    controlCategory: "Identity",
    controlName,
    description: "Accounts of administrators must use more than a password.",
    score: n % 10,
  };
}
