import { boolean, complexType, enumType, evolvable, instant, of, string } from "../edm/define.ts";
import type { Resource } from "../edm/resource.ts";

/** What an alert saw of files, hosts, people, messages and software. */
export const alertStates: Resource = {
  name: "alertStates",
  types: [
    complexType("cloudAppSecurityState", {
      destinationServiceIp: string(),
      destinationServiceName: string(),
      riskScore: string(),
    }),
    complexType("fileSecurityState", {
      fileHash: of("fileHash"),
      name: string(),
      path: string(),
      riskScore: string(),
    }),
    complexType("hostSecurityState", {
      fqdn: string({ indexed: true }),
      isAzureAdJoined: boolean(),
      isAzureAdRegistered: boolean(),
      isHybridAzureDomainJoined: boolean(),
      netBiosName: string(),
      os: string(),
      privateIpAddress: string(),
      publicIpAddress: string(),
      riskScore: string(),
    }),
    complexType("investigationSecurityState", {
      name: string(),
      status: string(),
    }),
    complexType("malwareState", {
      category: string(),
      family: string(),
      name: string(),
      severity: string(),
      wasRunning: boolean(),
    }),
    complexType("messageSecurityState", {
      connectingIP: string(),
      deliveryAction: string(),
      deliveryLocation: string(),
      directionality: string(),
      internetMessageId: string(),
      messageFingerprint: string(),
      messageReceivedDateTime: instant(),
      messageSubject: string(),
      networkMessageId: string(),
    }),
    complexType("uriClickSecurityState", {
      clickAction: string(),
      clickDateTime: instant(),
      id: string(),
      sourceId: string(),
      uriDomain: string(),
      verdict: string(),
    }),
    enumType("emailRole", evolvable("unknown", "sender", "recipient")),
    complexType("userSecurityState", {
      aadUserId: string(),
      accountName: string(),
      domainName: string(),
      emailRole: of("emailRole"),
      isVpn: boolean(),
      logonDateTime: instant(),
      logonId: string(),
      logonIp: string(),
      logonLocation: string(),
      logonType: of("logonType"),
      onPremisesSecurityIdentifier: string(),
      riskScore: string(),
      userAccountType: of("userAccountSecurityType"),
      userPrincipalName: string({ indexed: true }),
    }),
    complexType("vulnerabilityState", {
      cve: string(),
      severity: string(),
      wasRunning: boolean(),
    }),
  ],
};
