import { controlTable } from "../controlTable.ts";

/** What Microsoft/SecureScore measures in the demo: people, mail, files and the apps they sign in to. */
export const secureScoreControls = controlTable(`
AdminMFA | I | Directory | 10 | CBlm | ab pc ph | Ask every administrator for a second factor | Register two methods for each administrator, then require one of them by a sign-in policy.
EveryoneMFA | I | Directory | 9 | CBmm | ab pc ph | Ask everybody for a second factor | Roll the requirement out by department; leave one emergency account outside and watch it.
BlockLegacySignIn | I | Directory | 8 | CCmm | ab pc | Refuse sign-in protocols that know no second factor | List the clients that still use them, move those over, then switch the block on.
RiskySignInPolicy | I | Directory | 7 | DClm | ab ph | Challenge sign-ins that look risky | Require a second factor at medium risk and a new password at high risk.
RiskyUserPolicy | I | Directory | 7 | DClm | ab | Make people at risk change their password | Let the policy act at high risk; tell the service desk what people will see.
EmergencyAccounts | I | Directory | 2 | CRll | ab | Keep two emergency accounts under watch | Store the keys apart, alert on each use, try both every quarter.
AdminCountLimit | I | Directory | 4 | CRll | ep mi | Keep the number of global administrators small | Give narrower roles; two to four people need the widest one.
StandingAdmin | I | Directory | 5 | DBmm | ep mi | Grant administrator roles for hours, not for ever | Make roles eligible; ask for a reason and a second person for the widest.
RoleReviews | I | Directory | 3 | DRll | ep mi | Review who holds a role every quarter | Set a recurring review; roles nobody confirms end by themselves.
PasswordNeverExpires | I | Directory | 3 | CCll | pc | Stop forcing regular password changes | Switch expiry off once a second factor is required everywhere.
BannedPasswords | I | Directory | 3 | CCll | pc | Refuse passwords that contain our own words | Add company, product and site names to the list of banned words.
SelfServiceReset | I | Directory | 2 | CClm | pc | Let people reset a forgotten password themselves | Require two methods for a reset; announce it with the next newsletter.
SmartLockout | I | Directory | 2 | CCll | pc | Lock accounts that are being guessed at | Ten tries, then a minute; longer with every further try.
GuestExpiry | I | Directory | 3 | DRml | ds mi | End the access of guests who stopped coming | Review guests every 90 days; remove those whose sponsor is silent.
GuestInvites | I | Directory | 2 | DCll | ds | Let only some people invite guests | Give the inviter role to team leads; everyone else asks them.
InactiveAccounts | I | Directory | 4 | CBml | ab mi | Disable accounts that nobody uses | Disable after 45 days without a sign-in, delete after another 45.
LeaverAccounts | I | Directory | 4 | CRml | mi de | Close accounts on the day people leave | Take the leaving date from the staff register each night.
SharedMailboxSignIn | I | Mail | 2 | CCll | ab | Block direct sign-in to shared mailboxes | Block the account behind each mailbox; access goes by delegation.
ServiceAccountKeys | I | Directory | 4 | DBmm | ab ep | Replace passwords of service accounts by certificates | Start with those that may write; rotate every half year.
TrustedLocations | I | Directory | 2 | DCll | ab | Name the networks we work from | Enter the addresses of offices and exits; remove the office that closed.
SessionLifetime | I | Directory | 3 | DClm | ab | End sessions on unmanaged devices after a day | Set the sign-in frequency for devices that we do not manage.
PhishResistantAdmins | I | Directory | 6 | ABmm | ab ph | Give administrators security keys | Two keys each; then accept nothing else for the administration portals.
PasskeysForStaff | I | Directory | 5 | ABmm | ab ph pc | Let people sign in with passkeys | Offer registration at sign-in; count who has one.
ConsentPolicy | A | Apps | 5 | CClm | de ab | Let administrators decide which apps get consent | Switch user consent off for all but verified publishers and low permissions.
AppConsentReview | A | Apps | 3 | DRml | de | Review what apps were consented to | Begin with those that read mail; withdraw what nobody recognises.
UnusedApps | A | Apps | 2 | DRll | de | Remove app registrations that nobody uses | No token for 90 days: disable; for 180: delete.
AppSecretsExpiry | A | Apps | 3 | DBml | ab de | Keep secrets of apps shorter than half a year | Warn the owner 30 days ahead; refuse longer ones by policy.
AppOwners | A | Apps | 2 | DRll | mi | Give every app two owners | Ask teams for names; an app without any is disabled.
HighPermissionApps | A | Apps | 5 | ARml | de ep | Justify each app that may read everything | Keep a line of reason per permission; replace wide ones by narrow ones.
OAuthAnomaly | A | Apps | 3 | ACll | de ab | Watch for apps that behave in a new way | Switch the detection on and route its alerts to the duty analyst.
MailForwardingBlock | D | Mail | 5 | CCll | de mi | Stop automatic forwarding to outside addresses | Block in the outbound policy; allow single addresses with a reason and an end.
MailboxAudit | D | Mail | 3 | CCll | mi de | Record what is done in mailboxes | On for everybody; keep the records for a year.
SafeLinks | D | Mail | 5 | CCll | ph | Check links when they are clicked | On for mail, chat and documents; do not let people click through.
SafeAttachments | D | Mail | 5 | CCll | ph | Open attachments in a sandbox first | Deliver the text at once and the attachment when it is checked.
ImpersonationGuard | D | Mail | 5 | DCll | ph sp | Recognise mail that imitates our managers | List the people and domains worth imitating; quarantine what resembles them.
SpfStrict | D | Mail | 2 | CCll | sp | Publish which servers send our mail | End the record with a hard fail once the newsletters go through the relay.
DkimSigning | D | Mail | 3 | CCll | sp | Sign outgoing mail | Sign each domain we send from; rotate keys yearly.
DmarcReject | D | Mail | 5 | DCml | sp ph | Ask receivers to reject forged mail | Read the reports for a month at quarantine, then go to reject.
BulkMailThreshold | D | Mail | 1 | CCll | ph | Treat bulk mail more strictly | Lower the threshold by one and look at a week of complaints.
QuarantineReview | D | Mail | 2 | CRll | ph | Look through the quarantine every week | The duty analyst releases what is well and reports what is not.
ExternalTag | D | Mail | 1 | CCll | ph sp | Mark mail from outside | Show the mark in the list, not in the subject.
ReportButton | D | Mail | 2 | CBll | ph | Give people a button to report mail | Deploy it to all clients and thank those who use it.
PhishDrill | D | Training | 4 | DBll | ph | Practise with harmless phishing | A drill every quarter; those who click get five minutes of training.
SecurityTraining | D | Training | 4 | CBll | ph mi | Train everybody once a year | Assign it in the month of joining; remind twice, then tell the manager.
SensitivityLabels | D | Files | 5 | DBmm | ds de | Label documents by how secret they are | Begin with three labels; make the middle one the default.
LabelDefaults | D | Files | 2 | DCll | ds | Give new documents a default label | Set it for each department's library.
DLPCards | D | Files | 4 | CClm | ds de | Notice card numbers that leave the house | Warn first, block after a month; finance keeps an exception.
DLPPersonal | D | Files | 5 | CCmm | ds de | Notice lists of personal data that leave the house | Begin with mail, then files shared outside, then chat.
DLPEndpoints | D | Files | 5 | ACmm | de mi | Notice secret files that are copied to sticks | Audit for two weeks, then block unlabelled devices.
LinkExpiry | D | Files | 3 | CCll | ds | Let sharing links end by themselves | Thirty days for outside, a year for inside.
AnonymousLinks | D | Files | 4 | CClm | ds de | Stop sharing with anyone who has the link | Offer links for named people; the press office keeps one library.
SiteOwners | D | Files | 2 | DRll | ds | Give every site two owners | Ask members when both have left.
ExternalSharingReview | D | Files | 3 | DRml | ds | Review what is shared outside | Owners confirm every half year or the sharing ends.
RetentionPolicy | D | Files | 3 | DCll | dd | Keep documents as long as the law says | Seven years for finance, one for chat, three for the rest.
VersionHistory | D | Files | 2 | CCll | dd | Keep earlier versions of files | A hundred versions or ninety days, whichever is more.
RansomwareRestore | D | Files | 4 | DRml | dd | Practise restoring a whole library | Restore one per quarter into a test site and time it.
ChatExternal | A | Chat | 3 | CClm | ph ds | Talk only with domains we know | List partners; others ask the service desk.
ChatGuests | A | Chat | 2 | DCll | ds | Let guests read but not delete | Set the guest permissions of the standard team.
MeetingLobby | A | Chat | 1 | CCll | ds | Let outsiders wait in the lobby | People from our own house pass straight on.
MeetingRecordings | A | Chat | 1 | DCll | ds | Let recordings expire | Sixty days, unless the owner keeps one.
CloudAppDiscovery | A | Apps | 3 | DCll | ds de | See which cloud apps people use | Read the proxy's records each night; sort the first hundred.
UnsanctionedApps | A | Apps | 3 | DCmm | ds de | Block apps that we decided against | Mark them once; the endpoint protection does the rest.
MassDownload | A | Apps | 3 | DCll | de mi | Notice mass downloads | Two hundred files in five minutes raise an alert.
ImpossibleTravel | A | Apps | 2 | CCll | ab | Notice sign-ins from two far places | Leave out the addresses of our own exits.
AlertRouting | F | Operations | 2 | CRll | ab | Send alerts to somebody who reads them | High at once to the duty phone, medium to the queue.
AuditLogSearch | F | Operations | 3 | CCll | mi de | Keep the central audit log switched on | Check monthly that new workloads arrive in it.
LogRetention | F | Operations | 3 | DCml | mi | Keep logs for a year | Export to storage that nobody may overwrite.
HybridSyncAccount | F | Directory | 3 | CRml | ep ab | Guard the account that synchronises directories | Limit where it may sign in from; alert on anything else.
AdminWorkstations | F | Operations | 5 | ABhm | ep ab | Administer from workstations made for it | One for each administrator of the highest tier, no mail, no browsing.
`);
