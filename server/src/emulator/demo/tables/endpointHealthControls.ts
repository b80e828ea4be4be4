import { controlTable } from "../controlTable.ts";

/** What Fabrikam/EndpointHealth measures in the demo: laptops, phones and the software on them. */
export const endpointHealthControls = controlTable(`
DiskEncryptionWindows | V | Windows | 9 | CBml | de | Encrypt the disks of Windows devices | Turn encryption on silently at enrolment; keep the recovery key in the directory.
DiskEncryptionMac | V | macOS | 6 | CBml | de | Encrypt the disks of Macs | Ask at the next sign-in; escrow the key.
DiskRecoveryKeys | V | Windows | 3 | CBll | dd | Keep a recovery key for every encrypted disk | Rotate those that were shown to somebody.
AntivirusRealtime | V | Windows | 8 | CBll | ep dd | Scan files as they are opened | On for all; exclusions need a ticket and end after 90 days.
AntivirusCloud | V | Windows | 4 | CBll | ep | Ask the cloud about unknown files | High level; wait up to 50 seconds for an answer.
AntivirusTamper | V | Windows | 6 | CBll | ep mi | Protect the protection from being switched off | On by tenant, not by device.
AntivirusSignatures | V | Windows | 4 | CBll | ep | Keep signatures younger than a day | Allow the delivery network in the proxy.
AntivirusExclusions | V | Windows | 3 | DRll | ep | Review what is not scanned | Remove whole drives and user folders first.
AntivirusMac | V | macOS | 4 | CBll | ep | Scan files on Macs | Grant full disk access by profile before the rollout.
EdrOnboarding | V | Detection | 9 | CBml | ab ep | Send the telemetry of every device | Onboard at enrolment; look each week for those that are silent.
EdrBlockMode | V | Detection | 5 | DCll | ep | Let detection also block | Passive devices first, then all.
EdrHealth | V | Detection | 3 | CBll | ep | Repair sensors that are silent | Restart, repair, reinstall, in this order.
EdrAutomation | V | Detection | 4 | DClm | ep | Let the system clean up by itself | Full for laptops, with approval for servers.
FirewallOn | V | Firewall | 6 | CBll | ab ep | Keep the firewall on everywhere | All three profiles; users cannot change it.
FirewallInbound | V | Firewall | 4 | DBmm | ep | Block what nobody asked for | Merge no local rules on laptops.
FirewallLogging | V | Firewall | 1 | DBll | mi | Record what the firewall drops | 16 MB, dropped packets only.
FirewallMac | V | Firewall | 3 | CBll | ep | Keep the firewall of Macs on | With stealth mode, by profile.
RuleOfficeChild | V | Attack surface | 4 | DCmm | ep ph | Stop documents from starting programs | Audit for two weeks; except the accounting add-in.
RuleOfficeMacros | V | Attack surface | 5 | CCmm | ph ep | Block macros from the internet | Sign those that are needed; trust two locations.
RuleScriptDownload | V | Attack surface | 3 | DCll | ph ep | Stop scripts from starting what they downloaded | Audit first; developers keep an exception.
RuleCredentialStore | V | Attack surface | 5 | DCll | ab pc | Guard the memory that holds credentials | Block at once: nothing we use needs it.
RuleUsbUntrusted | V | Attack surface | 3 | DClm | ep de | Run nothing unsigned from sticks | Warn the workshop; they have signed tools.
RuleWmiPersistence | V | Attack surface | 3 | ACll | ep | Notice programs that hide in event filters | Block; the inventory agent is listed.
RuleEmailExecutable | V | Attack surface | 4 | CCll | ph | Start no programs from mail | Block for all.
RuleVulnerableDrivers | V | Attack surface | 3 | DCll | ep | Refuse drivers with known holes | Take the list monthly.
RuleRansomware | V | Attack surface | 4 | DCll | dd | Notice programs that encrypt everything | Block; watch the backup agent for a week.
ControlledFolders | V | Attack surface | 3 | ACmm | dd | Guard document folders | Audit for a month, list the programs, then block.
NetworkProtection | V | Attack surface | 4 | CCll | ph de | Refuse connections to bad places | On for all browsers and programs.
WebContentFilter | V | Attack surface | 2 | DCll | ph | Keep people from known bad categories | Four categories; requests go to the service desk.
ExploitGuard | V | Attack surface | 2 | ACml | ep | Harden old programs against exploits | The two programs that are no longer built.
PatchWindows | V | Updates | 8 | CBmm | ep | Install Windows updates within 14 days | Three rings: two days, a week, two weeks.
PatchMac | V | Updates | 5 | CBmm | ep | Install updates of macOS within 14 days | Defer by three days, then enforce at night.
PatchPhones | V | Updates | 4 | CBlm | ep | Install updates of phones within 30 days | Older ones lose access to mail.
PatchBrowsers | V | Updates | 5 | CBll | ep ph | Keep browsers current | Restart at the latest after three days.
PatchOffice | V | Updates | 4 | CBll | ep ph | Keep office programs current | The monthly channel for all.
PatchDrivers | V | Updates | 2 | DBml | ep | Keep firmware and drivers current | With the third ring.
EndOfLifeSystems | V | Updates | 6 | CBhm | ep | Replace systems that get no fixes | Order replacements; until then in a network of their own.
EndOfLifeApps | V | Updates | 4 | CBml | ep | Remove programs that get no fixes | Uninstall; offer the successor in the store.
JavaRuntimes | V | Updates | 2 | DBml | ep | Remove old Java runtimes | Two programs carry their own; the rest can go.
PdfReaders | V | Updates | 2 | DBll | ep ph | Keep one reader for documents and update it | Uninstall the others.
ScreenLock | V | Accounts | 3 | CBll | mi de | Lock the screen after ten minutes | Five for the front desk.
LocalAdmins | V | Accounts | 6 | CBmm | ep | Take administrator rights from everyday accounts | Give them for an hour on request.
LocalAdminPasswords | V | Accounts | 4 | CBll | ep pc | Give each device its own administrator password | Rotate after each use and every 30 days.
CredentialIsolation | V | Accounts | 4 | DBll | ab pc | Keep credentials in a place apart | On for devices that can do it.
NtlmRestrict | V | Accounts | 3 | AChm | pc ab | Do without the oldest sign-in protocol | Audit for two months; name the printers.
SmbSigning | V | Accounts | 3 | DCll | sp | Sign file traffic | Require it; replace the old scanner.
SmbV1Off | V | Accounts | 4 | CBll | ep | Remove the oldest file protocol | Nothing needs it but the old scanner.
BiometricSignIn | V | Accounts | 3 | DBlm | pc ph | Sign in with face, finger or a pin of the device | Offer it at first start.
SecureBoot | V | Hardware | 4 | CBml | ep | Start only signed systems | Switch on with the next firmware update.
TrustedModule | V | Hardware | 2 | DBml | ep | Use the trusted module | Replace the eleven devices that have none.
MemoryIntegrity | V | Hardware | 3 | ABml | ep | Protect the kernel's memory | After the driver check.
UsbStorage | V | Device control | 3 | DCmm | de mi | Allow only sticks that we hand out | Read for all, write for listed ones.
BluetoothSharing | V | Device control | 1 | DCll | de | Switch off file transfer by radio | By profile.
PhoneEnrolment | V | Phones | 5 | CBmm | ds de | Manage phones that read mail | Work profile or app protection; people choose.
PhonePin | V | Phones | 3 | CBll | ds | Ask for a pin of six digits on phones | Wipe work data after ten wrong tries.
PhoneJailbreak | V | Phones | 3 | CBll | ep | Refuse phones whose protection was broken | They lose access at once.
PhoneAppProtection | V | Phones | 3 | DBll | ds | Keep work data in work apps | No copying into private ones.
DeviceCompliance | V | Inventory | 5 | CBmm | ab ds | Let only healthy devices in | Report for two weeks, then require.
DeviceInventory | V | Inventory | 3 | CBll | mi | Know every device in the office network | Look for unknown ones weekly; name or remove.
StaleDevices | V | Inventory | 2 | CBll | mi | Remove devices nobody has seen for 60 days | Retire at 60, delete at 120.
RemoteWipe | V | Inventory | 2 | DRll | de | Practise wiping a lost device | One test device per quarter.
BrowserExtensions | V | Browsers | 3 | DCmm | de ph | Allow only extensions that we know | List the ones in use; block the rest.
BrowserPasswords | V | Browsers | 2 | DClm | pc ab | Keep passwords in the manager, not the browser | Offer the import, then switch saving off.
BrowserSmartWarnings | V | Browsers | 2 | CCll | ph | Let nobody click through warnings | By policy in both browsers.
VpnAlwaysOn | V | Network | 3 | ACmm | de | Come home through the tunnel | Split the traffic of meetings out.
WifiProfiles | V | Network | 2 | DCll | sp | Join the office network with a certificate | Remove the shared password afterwards.
`);
