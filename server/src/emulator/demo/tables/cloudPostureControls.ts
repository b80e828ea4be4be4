import { controlTable } from "../controlTable.ts";

/** What Contoso/CloudPosture measures in the demo: subscriptions, networks, storage, databases and pipelines. */
export const cloudPostureControls = controlTable(`
RootAccountKeys | I | Accounts | 8 | CCll | ab ep | Have no access keys for root accounts | Delete them; use roles from the directory.
CloudAdminMFA | I | Accounts | 8 | CBll | ab pc | Ask cloud administrators for a second factor | Require it at the federation, not in each account.
WorkloadIdentities | I | Accounts | 6 | DBml | ab ep | Let workloads sign in without stored secrets | Exchange the platform's own token for ours.
AccessKeyAge | I | Accounts | 4 | CBml | ab | Rotate access keys every 90 days | Create the second, move over, disable the first, delete it a week later.
UnusedCloudRoles | I | Accounts | 3 | DRll | ep mi | Remove roles that nobody used for 90 days | Take the usage report; keep the emergency roles.
WildcardPermissions | I | Accounts | 6 | DRmm | ep | Write permissions without wildcards | Replace them by what the last 90 days show to be needed.
CrossAccountTrust | I | Accounts | 4 | DRml | ep ab | Trust other accounts only with a condition | Add the external id; end trust in partners who left.
OwnerCount | I | Accounts | 3 | CRll | ep | Keep owners of a subscription to three | Others become contributors of single groups.
StorageNoPublic | D | Storage | 10 | CBml | ds de | Have no storage open to the world | Switch public access off at the account; publish through the delivery network.
StorageEncryptionKeys | D | Storage | 4 | ABmm | de | Encrypt storage with keys of our own | Begin with the finance accounts; rotate yearly.
StorageTlsOnly | D | Storage | 3 | CBll | de | Accept only encrypted connections to storage | Refuse plain requests by policy and look for what breaks.
StorageSoftDelete | D | Storage | 3 | CBll | dd | Keep deleted objects for a month | On for every account but the build caches.
StorageLogging | D | Storage | 2 | DBll | mi de | Record reads of confidential storage | Send the records to the log account.
StorageSharedKeys | D | Storage | 4 | DBmm | ab de | Stop using shared keys for storage | Grant by role; then refuse keys.
StorageLifecycle | D | Storage | 1 | DCll | ds | Delete what is no longer needed | A rule for each container, agreed with its owner.
BackupVaultLock | D | Backup | 6 | DCml | dd mi | Make backups that nobody can delete early | Lock the vault with a two-person rule.
BackupCoverage | D | Backup | 6 | CBml | dd | Back up every database and server that matters | Tag what matters; the policy follows the tag.
BackupRestoreTest | D | Backup | 4 | DRml | dd | Restore something every month | A random pick, written down with its duration.
BackupOtherRegion | D | Backup | 3 | ACml | dd | Keep a copy in another region | For the four systems of the continuity plan.
DatabaseNoPublic | D | Databases | 8 | CBml | de | Have no database open to the world | Private endpoints only; remove the rule that allows everything.
DatabaseEncryption | D | Databases | 4 | CBll | de | Encrypt databases at rest | On by default for new ones; convert the rest in the maintenance window.
DatabaseTls | D | Databases | 3 | CBll | de | Require encrypted connections to databases | Update the two old clients first.
DatabaseAudit | D | Databases | 3 | DBll | mi de | Record what is asked of databases | Logins, grants and reads of tables with personal data.
DatabaseAdmins | D | Databases | 4 | DBml | ep | Let directory groups administer databases | Disable local logins but one, and seal it.
DatabaseThreats | D | Databases | 2 | DCll | de | Notice injections and odd queries | Switch the detection on for all servers.
DatabasePatches | D | Databases | 3 | CBml | de ep | Run versions that get fixes | Plan the two servers that are behind for the next window.
NetworkDefaultDeny | F | Network | 6 | CBmm | ep de | Deny by default between networks | Start from the flow records; allow what is named.
NetworkSshOpen | F | Network | 8 | CBll | ab pc | Have no remote shell open to the world | Go through the bastion; close port 22 everywhere else.
NetworkRdpOpen | F | Network | 8 | CBll | ab pc | Have no remote desktop open to the world | Go through the bastion; close port 3389 everywhere else.
NetworkFlowLogs | F | Network | 3 | DBll | de | Record network flows | Thirty days hot, a year cold.
NetworkEgress | F | Network | 5 | AChm | de | Let traffic out only to where it belongs | List destinations for each workload; alert first, block later.
NetworkDdos | F | Network | 3 | DCml | dd | Protect public addresses from floods | Cover the shop and the sign-in pages.
WebFirewall | F | Network | 5 | CBml | de | Put a web firewall before public sites | Count for two weeks, then block.
WebFirewallRules | F | Network | 3 | DRll | de | Keep the web firewall's rules current | Take new rule sets within a month.
TlsCertificates | F | Network | 3 | CBll | sp | Renew certificates before they end | Automatic for all; alert at 21 days.
TlsVersions | F | Network | 3 | CBll | de sp | Speak only current versions of TLS | Refuse what is older than 1.2; prefer 1.3.
DnsDangling | F | Network | 4 | CRll | sp ph | Remove names that point to nothing | Compare the zone with what exists every night.
DnsSecured | F | Network | 2 | ACml | sp | Sign our zones | Begin with the zone that carries mail.
BastionOnly | F | Network | 4 | DCml | ab | Administer servers through the bastion | Record sessions; keep them for 90 days.
ServerPatches | F | Compute | 6 | CBmm | ep | Patch servers within 14 days | Two rings, a week apart; critical fixes within 48 hours.
ServerDiskEncryption | F | Compute | 3 | CBll | de | Encrypt disks of servers | Use the host's encryption for new machines; convert the old on rebuild.
ServerImages | F | Compute | 3 | DBml | ep | Start servers from our own images | Rebuild images weekly; refuse others by policy.
ServerAgents | F | Compute | 4 | CBll | ep | Run endpoint protection on every server | Install it with the image; report what is missing.
ServerMetadata | F | Compute | 3 | DBll | ab ep | Require session tokens for the metadata service | Set it in the template, then on the running machines.
ServerBootIntegrity | F | Compute | 2 | ABml | ep | Measure how servers start | On for the newer machine types.
ContainerScan | F | Containers | 4 | CBml | ep | Scan images before they run | Fail the build at critical, ticket at high.
ContainerRoot | F | Containers | 4 | DBmm | ep | Run containers without root | Set it in the base image and the admission policy.
ContainerRegistry | F | Containers | 3 | DCll | ep | Take images only from our registry | Mirror what we need; refuse the rest.
ContainerSecrets | F | Containers | 4 | DBml | ab | Keep secrets out of images | Scan layers; take secrets from the vault at start.
ClusterVersion | F | Containers | 3 | CBmm | ep | Run cluster versions that get fixes | Upgrade one minor version a quarter.
ClusterApiPrivate | F | Containers | 4 | DCml | ab ep | Hide the cluster's API from the internet | Private endpoint; pipelines reach it through the runner network.
ClusterAudit | F | Containers | 2 | DCll | mi | Record what is asked of the cluster | Metadata for all, bodies for secrets and roles.
ClusterNetwork | F | Containers | 3 | ACmm | ep de | Separate workloads in the cluster | Default deny in each namespace.
VaultSecrets | A | Pipelines | 5 | CBml | ab | Keep secrets in the vault | Find them in repositories; move, rotate, forget.
VaultPurge | A | Pipelines | 2 | CCll | dd | Protect vaults from being emptied | Soft delete and purge protection on each.
VaultNetwork | A | Pipelines | 3 | DCll | de | Let only our networks reach vaults | Add the runner network; refuse the rest.
RepoBranchRules | A | Pipelines | 3 | CBll | mi | Let nobody push to main alone | One review, passing checks, no force.
RepoSecretScan | A | Pipelines | 4 | CBll | ab de | Refuse pushes that contain secrets | On for all repositories; the author clears it.
RepoDependencies | A | Pipelines | 4 | CBml | ep | Update dependencies with known holes | Critical within a week; the bot opens the change.
RepoSigned | A | Pipelines | 2 | ABml | sp | Sign commits and releases | Keys in the hardware token of each developer.
PipelineRunners | A | Pipelines | 3 | DCml | ep | Use fresh runners for each build | Nothing is kept but the cache.
PipelineApprovals | A | Pipelines | 3 | CCll | mi | Ask before something goes live | A second person for each production environment.
PipelineTokens | A | Pipelines | 3 | DBll | ab | Give pipelines tokens that live an hour | Exchange the run's identity; remove stored keys.
FunctionAuth | A | Pipelines | 3 | CBll | ab de | Ask for sign-in before functions | The gateway checks tokens; anonymous ones are listed with a reason.
ApiGateway | A | Pipelines | 3 | DBml | de | Publish APIs through the gateway | Limits, tokens and records in one place.
TaggingOwners | F | Governance | 1 | CBll | mi | Name an owner for everything | Refuse new resources without the tag.
PolicyAsCode | F | Governance | 3 | ACml | ep | Keep policies in the repository | Reviewed like code, applied by the pipeline.
RegionLimits | F | Governance | 1 | DCll | ds | Work only in regions we chose | Deny the others; two exceptions for the delivery network.
BudgetAlerts | F | Governance | 1 | CCll | ab | Notice spending that nobody planned | An alert at 80 and at 100 percent of the month.
DetectionCoverage | F | Governance | 5 | CBll | ab ep | Switch threat detection on in every account | New accounts get it with the landing zone.
DetectionExport | F | Governance | 2 | DCll | ab | Send findings to the hub | High ones at once, the rest each hour.
`);
