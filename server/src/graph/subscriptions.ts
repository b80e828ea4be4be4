import { allVerbsBut, boolean, entityType, instant, set, string } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { laterSubscription } from "./rules/laterSubscription.ts";
import type { Resource } from "../edm/resource.ts";

/** Who is told of changes, and where. */
export const subscriptions: Resource = {
  name: "subscriptions",
  types: [
    entityType("subscription", {
      properties: {
        applicationId: string({ setBy: "token", indexed: true }),
        changeType: string({ nullable: false }),
        clientState: string(),
        creatorId: string({ setBy: "token" }),
        encryptionCertificate: string(),
        encryptionCertificateId: string(),
        expirationDateTime: instant({ nullable: false, indexed: true }),
        includeResourceData: boolean(),
        latestSupportedTlsVersion: string(),
        lifecycleNotificationUrl: string(),
        notificationContentType: string(),
        notificationQueryOptions: string(),
        notificationUrl: string({ nullable: false }),
        notificationUrlAppId: string(),
        resource: string({ nullable: false, indexed: true }),
      },
    }),
  ],
  places: [
    set("subscriptions", "subscription", { verbs: allVerbsBut("upsert"), permissions: permissions.subscriptions, rules: { create: laterSubscription } }),
  ],
};
