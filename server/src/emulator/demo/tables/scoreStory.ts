/** A control's way from one coverage to another. */
export interface CoverageChange {
  readonly control: string;
  /** Working days ago on which it began, and on which it was there. */
  readonly from: number;
  readonly to: number;
  /** 0 to 1. */
  readonly coverage: number;
}

const atOnce = (control: string, workdaysAgo: number, coverage: number): CoverageChange => ({ control, from: workdaysAgo, to: workdaysAgo, coverage });
const slowly = (control: string, [from, to]: readonly [number, number], coverage: number): CoverageChange => ({ control, from, to, coverage });

/** Where the controls of the stories start; all others start anywhere. */
export const startingCoverage: Readonly<Record<string, number>> = {
  AdminMFA: 0.75,
  EveryoneMFA: 0.46,
  BlockLegacySignIn: 1,
  PasskeysForStaff: 0.05,
  PhishDrill: 0.5,
  SecurityTraining: 0.62,
  DmarcReject: 0.4,
  AnonymousLinks: 0,
  InactiveAccounts: 0.7,
  GuestExpiry: 0,
  StandingAdmin: 0.2,
  ExternalTag: 0,
  OAuthAnomaly: 0,
  StorageNoPublic: 0.82,
  NetworkSshOpen: 0.88,
  NetworkRdpOpen: 1,
  BackupRestoreTest: 0,
  BackupCoverage: 0.88,
  RepoSecretScan: 0,
  ServerPatches: 0.92,
  ClusterVersion: 0.5,
  TlsVersions: 0.6,
  DnsDangling: 0,
  VaultSecrets: 0.3,
  TaggingOwners: 0.45,
  ServerMetadata: 0.34,
  DiskEncryptionWindows: 0.86,
  AntivirusTamper: 0.15,
  FirewallOn: 0.8,
  RuleOfficeMacros: 0,
  EdrOnboarding: 0.72,
  DiskEncryptionMac: 0.66,
  LocalAdminPasswords: 0.4,
  RuleWmiPersistence: 0,
  RuleCredentialStore: 0,
  NetworkProtection: 0.4,
  BrowserPasswords: 0,
  SmbV1Off: 0.6,
  ControlledFolders: 0,
  DeviceCompliance: 0.3,
  CredentialIsolation: 0.5,
  MemoryIntegrity: 0.2,
  UsbStorage: 0,
  PatchWindows: 0.93,
  PatchBrowsers: 0.7,
  EndOfLifeSystems: 0.55,
  AntivirusSignatures: 0.98,
  JavaRuntimes: 0.5,
  PhoneEnrolment: 0.62,
  RuleVulnerableDrivers: 0,
};

/** Controls that a provider began to measure while the demo ran: days before today. */
export const newControls: Readonly<Record<string, number>> = { ServerMetadata: 44, OAuthAnomaly: 30, RuleVulnerableDrivers: 19 };

/** What changed besides what tasks changed, each control's changes in order. */
export const coverageChanges: readonly CoverageChange[] = [
  atOnce("AdminMFA", 52, 1),
  slowly("EveryoneMFA", [60, 35], 0.97),
  // Switched off with the work on the mail gateway; a task brings it back.
  atOnce("BlockLegacySignIn", 17, 0),
  slowly("PasskeysForStaff", [40, 1], 0.38),
  atOnce("PhishDrill", 45, 0.8),
  slowly("SecurityTraining", [62, 10], 0.94),
  atOnce("DmarcReject", 38, 1),
  atOnce("AnonymousLinks", 29, 1),
  slowly("InactiveAccounts", [22, 21], 1),
  atOnce("GuestExpiry", 12, 1),
  slowly("StandingAdmin", [25, 8], 0.75),
  atOnce("ExternalTag", 5, 1),
  atOnce("OAuthAnomaly", 11, 1),
  slowly("StorageNoPublic", [48, 36], 1),
  atOnce("NetworkSshOpen", 55, 1),
  // Opened for a supplier on one afternoon, found two days later.
  atOnce("NetworkRdpOpen", 20, 0.84),
  atOnce("NetworkRdpOpen", 18, 1),
  atOnce("BackupRestoreTest", 31, 1),
  // New servers came without the tag that the policy follows.
  atOnce("BackupCoverage", 14, 0.7),
  slowly("BackupCoverage", [11, 6], 0.96),
  slowly("RepoSecretScan", [42, 39], 1),
  atOnce("ServerPatches", 50, 0.7),
  slowly("ServerPatches", [48, 43], 0.95),
  atOnce("ServerPatches", 28, 0.68),
  slowly("ServerPatches", [26, 21], 0.97),
  atOnce("ServerPatches", 8, 0.7),
  slowly("ServerPatches", [6, 2], 0.9),
  atOnce("ClusterVersion", 35, 1),
  slowly("TlsVersions", [27, 25], 0.95),
  atOnce("DnsDangling", 19, 1),
  slowly("VaultSecrets", [30, 4], 0.7),
  slowly("TaggingOwners", [62, 20], 0.9),
  slowly("ServerMetadata", [20, 12], 0.9),
  atOnce("PatchWindows", 51, 0.62),
  slowly("PatchWindows", [50, 42], 0.94),
  atOnce("PatchWindows", 30, 0.6),
  slowly("PatchWindows", [29, 21], 0.95),
  atOnce("PatchWindows", 9, 0.63),
  slowly("PatchWindows", [8, 1], 0.88),
  slowly("PatchBrowsers", [46, 41], 0.92),
  slowly("EndOfLifeSystems", [62, 15], 0.86),
  // The delivery network was missing in a new proxy rule.
  atOnce("AntivirusSignatures", 23, 0.55),
  atOnce("AntivirusSignatures", 22, 0.99),
  slowly("JavaRuntimes", [50, 42], 1),
  slowly("PhoneEnrolment", [34, 13], 0.81),
];
