import { action, allVerbsBut, boolean, contains, entityType, enumType, evolvable, instant, int32, int64, of, set, string } from "../edm/define.ts";
import { watcherState } from "../edm/watcherState.ts";
import { permissions } from "./permissions.ts";
import { reauthorize, renew, replay, subscribe } from "./rules/subscribing.ts";
import { noteDelivery } from "./rules/noteDelivery.ts";
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
      navigation: { deliveries: contains("subscriptionDelivery", { extension: true }) },
      // The certificate is never given back (R150).
      silent: ["encryptionCertificate", watcherState],
      // What both ends know each other by.
      secret: ["clientState"],
    }),
    enumType("subscriptionDeliveryOutcome", evolvable("delivered", "failing", "dropped", "lifecycle", "replay", "skipped")),
    entityType("subscriptionDelivery", {
      properties: {
        createdDateTime: instant({ setBy: "serverDefault", indexed: true }),
        outcome: of("subscriptionDeliveryOutcome", {
          indexed: true,
          description: "What became of it; `failing` is written once, until it succeeds or is dropped.",
        }),
        lifecycleEvent: string({ description: "The event that was told: missed, subscriptionRemoved, reauthorizationRequired." }),
        notificationCount: int32({ description: "Notifications that the call carried." }),
        fromSequence: int64({ description: "The first change that it covers." }),
        throughSequence: int64({ indexed: true, description: "The last change that it covers: the next delivery begins behind it." }),
        replays: int32({ description: "Replays that had been asked for before it; null: none. What an earlier number covers is not what was told since." }),
        attempts: int32({ description: "Calls that it took." }),
        statusCode: int32({ description: "What the endpoint answered." }),
        durationMilliseconds: int32(),
        detail: string({ description: "Why there is no answer." }),
      },
    }),
  ],
  places: [
    set("subscriptions", "subscription", {
      verbs: allVerbsBut("upsert"),
      permissions: permissions.subscriptions,
      owner: "applicationId",
      aliases: ["security/subscriptions"],
      updateAnswersEntity: true,
      subscribers: true,
      rules: { create: subscribe, update: renew },
    }),
    set("subscriptions/deliveries", "subscriptionDelivery", {
      verbs: ["list", "get", "create", "delete"],
      permissions: permissions.deliveries,
      extension: true,
      rules: { create: noteDelivery },
      defaultOrder: [{ path: "createdDateTime", descending: true }],
    }),
  ],
  operations: [
    action("reauthorize", { name: "bindingParameter", type: "subscription" }, { emptyStatus: 204, rule: reauthorize }),
    action(
      "replay",
      { name: "bindingParameter", type: "subscription" },
      { parameters: [{ name: "deliveryId", type: "Edm.String", nullable: false }], emptyStatus: 204, rule: replay, extension: true },
    ),
  ],
};
