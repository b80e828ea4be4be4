import { collectionOf, complexType, entityType, instant, string } from "../edm/define.ts";
import type { Resource } from "../edm/resource.ts";

/** Tasks that list devices which nobody manages. */
export const unmanagedDeviceDiscoveryTasks: Resource = {
  name: "unmanagedDeviceDiscoveryTasks",
  types: [
    entityType("unmanagedDeviceDiscoveryTask", {
      base: "deviceAppManagementTask",
      properties: {
        unmanagedDevices: collectionOf("unmanagedDevice"),
      },
    }),
    complexType("unmanagedDevice", {
      deviceName: string(),
      domain: string(),
      ipAddress: string(),
      lastLoggedOnUser: string(),
      lastSeenDateTime: instant({ nullable: false }),
      location: string(),
      macAddress: string(),
      manufacturer: string(),
      model: string(),
      os: string(),
      osVersion: string(),
    }),
  ],
};
