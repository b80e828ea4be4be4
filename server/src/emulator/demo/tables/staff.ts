/** A person with a part in the demo's stories. */
export interface StaffMember {
  readonly given: string;
  readonly family: string;
  readonly department: string;
}

/** Those who work with the hub: analysts and administrators of endpoints. */
export const staff = {
  ingrid: { given: "Ingrid", family: "Solheim", department: "Security" },
  tomasz: { given: "Tomasz", family: "Wrona", department: "Security" },
  amara: { given: "Amara", family: "Okonjo", department: "Security" },
  bela: { given: "Bela", family: "Farkas", department: "Security" },
  priya: { given: "Priya", family: "Raman", department: "Workplace IT" },
  joao: { given: "Joao", family: "Teixeira", department: "Workplace IT" },
  marit: { given: "Marit", family: "Haugen", department: "Workplace IT" },
  oskar: { given: "Oskar", family: "Lindqvist", department: "Cloud Platform" },
} as const satisfies Readonly<Record<string, StaffMember>>;

export type StaffName = keyof typeof staff;
