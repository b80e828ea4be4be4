/**
 * The alerts of the demo, oldest first: when | vendor/provider | severity | category | title | person, or - | device, or - | recommended | outcome.
 * Outcome: `status feedback hours-later who comment`, or `open`.
 */
export const alertLog = `
62 08:58 | Contoso/EdgeFirewall | medium | CredentialAccess | Many failed sign-ins from one address | - | - | Block the address | resolved truePositive 1 ingrid Blocked for a week.
60 13:22 | Contoso/IdentityWatch | high | InitialAccess | Signed in from two countries within an hour | @57 | - | End the sessions and reset the password | resolved truePositive 2 tomasz Password was in a leak; reset.
57 10:08 | Fabrikam/EndpointHealth | high | DefenseEvasion | Protection was switched off by a script | @12 | #12 | Isolate the device | resolved truePositive 26 amara Cleaned; tamper protection follows as a task.
53 08:31 | Contoso/MailGuard | medium | Phishing | Eleven people reported the same mail | - | - | Quarantine the mail everywhere | resolved truePositive 1 bela Quarantined, domain is blocked.
46 09:41 | Fabrikam/EndpointHealth | high | CommandAndControl | Connection to a known control server | @40 | #40 | Isolate the device | resolved truePositive 30 amara Rebuilt.
38 13:19 | Contoso/MailGuard | high | CredentialAccess | Password entered on a false page | @88 | - | End the sessions and reset the password | resolved truePositive 1 ingrid Both done within ten minutes.
30 14:44 | Fabrikam/EndpointHealth | high | Impact | Many files renamed in a short time | @95 | #95 | Isolate the device | dismissed falsePositive 19 bela The archive job of Engineering; now known to the rule.
20 16:30 | Contoso/CloudPosture | medium | Exposure | Remote desktop is open to the world | - | - | Close the port | resolved truePositive 41 oskar Opened for a supplier; closed, they use the bastion now.
16 07:52 | Contoso/IdentityWatch | high | CredentialAccess | Passwords are tried over old protocols | - | - | Block old sign-in protocols | resolved truePositive 2 ingrid Network blocked; the cause is a task.
11 13:48 | Fabrikam/EndpointHealth | medium | PrivilegeEscalation | A driver with a known hole was loaded | @140 | #140 | Look at what loaded it | dismissed benignPositive 3 tomasz Updater of the label printer.
6 10:02 | Fabrikam/EndpointHealth | high | Execution | A document started a program | @33 | #33 | Block the file and update the reader | inProgress unknown 1 amara Same hole as in the advisory; file is being blocked.
1 15:57 | Fabrikam/EndpointHealth | medium | Exfiltration | Files were copied to an unknown stick | @163 | #163 | Find out whose stick it is | inProgress unknown 1 ingrid Device is being isolated.
n0 00:01 | Contoso/IdentityWatch | high | InitialAccess | Signed in from two countries within an hour | @176 | - | End the sessions | open
`;
