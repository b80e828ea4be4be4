/**
 * The actions of the demo, oldest first: when | who | action | parameters | reason | outcome.
 * When: working days ago and time, or `n` and nights ago and time. Parameters: `#12` is a device, `@57` a person, by number.
 * Outcome, in minutes: `done to-running to-end`, `failed to-running to-end code message`, `cancelled to-cancel by`,
 * `stopping to-running to-cancel by`, `running to-running`, `waiting`.
 */
export const actionLog = `
62 09:14 | ingrid | BlockIp | ip=203.0.113.24;duration=P7D | Password spraying against the mail gateway | done 2 1
60 13:40 | tomasz | RevokeSessions | user=@57 | Signed in from two countries within an hour | done 1 2
59 15:02 | tomasz | ResetPassword | user=@57 | Same person: password seen in a leak | done 3 4
57 10:21 | amara | IsolateHost | host=#12;keepAgent=true | Script switched the protection off | done 4 9
56 16:45 | amara | ReleaseHost | host=#12 | Cleaned and checked | done 3 6
n77 03:11 | playbooks | BlockDomain | domain=parcel-redelivery.example | Link in eleven reported mails | done 1 1
53 08:55 | bela | QuarantineMessage | messageId=<a71f.2290@parcel-redelivery.example>;recipients=11 | Phishing that came through | done 1 3
51 11:30 | ingrid | BlockFileHash | sha256=%1;scope=all | Loader in a prepared spreadsheet | done 5 12
48 14:18 | tomasz | SuspendUser | user=@61 | Left the company, account still in use | done 2 2
n66 22:47 | playbooks | BlockIp | ip=198.51.100.77;duration=P1D | Guessing passwords of administrators | done 1 1
46 09:50 | amara | IsolateHost | host=#40;keepAgent=true | Connection to a known control server | failed 6 30 504 The device was not online within 30 minutes.
46 11:05 | amara | IsolateHost | host=#40;keepAgent=true | Second try, the device is back | done 2 5
45 15:37 | amara | ReleaseHost | host=#40 | Rebuilt | done 4 7
43 10:12 | bela | BlockDomain | domain=office-login-check.example | Imitates our sign-in page | done 1 2
n58 01:29 | playbooks | QuarantineMessage | messageId=<0017.be1@office-login-check.example>;recipients=34 | Imitates our sign-in page | failed 1 2 206 3 of 34 mailboxes could not be reached.
40 09:33 | bela | QuarantineMessage | messageId=<0017.be1@office-login-check.example>;recipients=3 | The three that were left | done 1 2
38 13:26 | ingrid | RevokeSessions | user=@88 | Entered the password on the false page | done 1 1
38 13:31 | ingrid | ResetPassword | user=@88 | Entered the password on the false page | done 2 6
36 16:08 | tomasz | BlockIp | ip=192.0.2.145;duration=P30D | Host of the false page | cancelled 4 tomasz
36 16:20 | tomasz | BlockIp | ip=192.0.2.146;duration=P30D | Host of the false page, now the right address | done 1 1
33 10:44 | amara | BlockFileHash | sha256=%2;scope=all | Tool that reads credentials | done 4 15
30 14:52 | bela | IsolateHost | host=#95;keepAgent=false | Encrypts files on a share | done 1 3
30 15:01 | bela | SuspendUser | user=@95 | Encrypts files on a share | failed 1 1 403 The account is synchronised from the old directory; suspend it there.
29 09:07 | amara | ReleaseHost | host=#95 | It was the archive job of Engineering | done 3 5
n38 04:02 | playbooks | BlockIp | ip=203.0.113.200;duration=P1D | Scans for remote desktop | done 1 1
25 11:19 | ingrid | BlockDomain | domain=cdn-fonts-static.example | Control server of the loader | done 1 2
22 15:48 | tomasz | BlockDomain | domain=alderbrook-intranet.example | Registered yesterday, resembles ours | cancelled 11 ingrid
18 09:26 | amara | BlockIp | ip=198.51.100.9;duration=P7D | Came through the opened remote desktop | done 2 1
16 08:41 | ingrid | BlockIp | ip=203.0.113.88;duration=P7D | Tries passwords over old protocols | failed 2 1 409 The list of the firewall is full (500 entries).
16 09:10 | ingrid | BlockIp | ip=203.0.113.0/24;duration=P7D | The whole network instead of 37 addresses | done 2 1
n21 02:35 | playbooks | RevokeSessions | user=@131 | Risk rose to high overnight | done 1 1
13 10:57 | bela | ResetPassword | user=@131 | Risk rose to high overnight | failed 2 3 400 The person has no second method to reset with.
11 14:05 | tomasz | IsolateHost | host=#140;keepAgent=true | Suspicious driver was loaded | cancelled 7 tomasz
6 10:33 | amara | BlockFileHash | sha256=%3;scope=ring1 | Abuses the hole in Quillview Reader | failed 3 20 500 Ring 1 is being rebuilt; try again tomorrow.
5 09:02 | amara | BlockFileHash | sha256=%3;scope=all | Abuses the hole in Quillview Reader | stopping 4 95 amara
1 16:12 | ingrid | IsolateHost | host=#163;keepAgent=true | Plugged in the stick from the canteen | running 5
1 16:40 | bela | CollectTriage | host=#163;package=full | Collect evidence from the device | waiting
n0 00:01 | playbooks | RevokeSessions | user=@176 | Signed in from two countries within an hour | waiting
n0 00:02 | playbooks | BlockDomain | domain=invoice-portal-secure.example | Link in six reported mails | waiting
n0 00:03 | playbooks | CollectTriage | host=#12;package=short | Weekly sample of devices that were isolated before | waiting
`;
