import type { TaskStory } from "./taskStory.ts";

/** A task about an app with a hole. */
export interface VulnerableApp extends TaskStory {
  readonly app: readonly [name: string, publisher: string, version: string];
  readonly mitigation: "update" | "uninstall" | "securityConfiguration";
  readonly insights: string;
  readonly remediation: string;
  readonly devices: number;
  /** Versions that carry the fix. */
  readonly fixes: readonly string[];
}

/** A task about devices that nobody manages. */
export interface UnmanagedDevices extends TaskStory {
  readonly location: string;
  readonly subnet: string;
  readonly models: readonly (readonly [name: string, manufacturer: string, model: string, os: string])[];
}

/** The vulnerable apps of the demo, oldest first. */
export const vulnerableApps: readonly VulnerableApp[] = [
  {
    key: "orchard-runtime",
    title: "Remove Orchard Runtime 8",
    description: "The runtime gets no fixes any more; only the old time clock needed it.",
    raisedBy: "amara",
    notes: "The time clock was replaced in spring.",
    assignedTo: "joao",
    priority: "high",
    raised: [52, 665],
    due: 21,
    steps: [
      [50, 600, "active", "joao", "Uninstall assigned to the devices of the report."],
      [42, 880, "completed", "joao", "Gone from all of them."],
    ],
    app: ["Orchard Runtime", "Orchard Works", "8.0.292"],
    mitigation: "uninstall",
    insights: "Three holes with public exploits.",
    remediation: "Uninstall every 8.x.",
    devices: 6,
    fixes: [],
  },
  {
    key: "standup-client",
    title: "Update Standup Meetings",
    description: "A link in the chat can start a program.",
    raisedBy: "bela",
    notes: "",
    assignedTo: "priya",
    priority: "low",
    raised: [29, 905],
    due: 14,
    steps: [[28, 540, "rejected", "priya", "The client updates itself; all devices had the fix by the next morning."]],
    app: ["Standup Meetings", "Fourthfloor", "5.11.2"],
    mitigation: "update",
    insights: "The fix came out the same day.",
    remediation: "5.11.4 or later.",
    devices: 3,
    fixes: ["5.11.4"],
  },
  {
    key: "quillview-reader",
    title: "Update Quillview Reader",
    description: "A prepared document can run code when it is opened.",
    raisedBy: "ingrid",
    notes: "Legal and Finance open documents of strangers all day.",
    assignedTo: "marit",
    priority: "high",
    raised: [6, 610],
    due: 14,
    steps: [[5, 530, "active", "marit", "Package is built; first ring tonight."]],
    app: ["Quillview Reader", "Quillview", "23.4.1"],
    mitigation: "update",
    insights: "Used in attacks on two law firms.",
    remediation: "23.4.6 or later.",
    devices: 9,
    fixes: ["23.4.6", "24.0.2"],
  },
  {
    key: "packrat-archiver",
    title: "Update or remove Packrat Archiver",
    description: "An archive can write outside the folder it is unpacked to.",
    raisedBy: "tomasz",
    notes: "Windows unpacks the usual formats by itself.",
    assignedTo: "joao",
    priority: "low",
    raised: [1, 555],
    due: 30,
    steps: [],
    app: ["Packrat Archiver", "Packrat Tools", "6.2"],
    mitigation: "update",
    insights: "Found on devices of Engineering and Logistics.",
    remediation: "6.3, or uninstall.",
    devices: 5,
    fixes: ["6.3"],
  },
];

/** The discoveries of the demo, oldest first. */
export const unmanagedDevices: readonly UnmanagedDevices[] = [
  {
    key: "lab-network",
    title: "Unknown devices in the test laboratory",
    description: "Devices without management were seen in the laboratory's network.",
    raisedBy: "tomasz",
    notes: "They answer on remote desktop.",
    assignedTo: "oskar",
    priority: "low",
    raised: [36, 760],
    due: 30,
    steps: [[34, 625, "rejected", "oskar", "Measuring devices, on purpose unmanaged, in a network of their own without a way out."]],
    location: "Laboratory",
    subnet: "192.0.2",
    models: [
      ["LAB-SCOPE-1", "Brightline", "Scope 4000", "Windows"],
      ["LAB-SCOPE-2", "Brightline", "Scope 4000", "Windows"],
      ["LAB-OVEN", "Thermia", "T9", "Linux"],
    ],
  },
  {
    key: "office-north",
    title: "Unmanaged laptops in Office North",
    description: "Laptops that nobody manages join the office network daily.",
    raisedBy: "bela",
    notes: "Names look private.",
    assignedTo: "marit",
    priority: "high",
    raised: [9, 585],
    due: 21,
    steps: [[7, 705, "active", "marit", "Two owners found, both will enrol; the third is asked for at the reception."]],
    location: "Office North, 2nd floor",
    subnet: "198.51.100",
    models: [
      ["NINAS-LAPTOP", "Kestrel", "Air 13", "macOS"],
      ["DESKTOP-7F2K", "Harrow", "Note 15", "Windows"],
      ["DESKTOP-0QX1", "Harrow", "Note 14", "Windows"],
    ],
  },
  {
    key: "warehouse-scanners",
    title: "Hand scanners in the warehouse",
    description: "New hand scanners came with the supplier's settings.",
    raisedBy: "amara",
    notes: "Logistics bought them; ask them to enrol them.",
    assignedTo: "joao",
    priority: "none",
    raised: [3, 860],
    due: 30,
    steps: [],
    location: "Warehouse",
    subnet: "203.0.113",
    models: [
      ["SCAN-01", "Pickwell", "H2", "Android"],
      ["SCAN-02", "Pickwell", "H2", "Android"],
      ["SCAN-03", "Pickwell", "H2", "Android"],
      ["SCAN-04", "Pickwell", "H2", "Android"],
    ],
  },
];
