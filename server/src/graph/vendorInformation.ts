import { complexType, string } from "../edm/define.ts";
import type { Resource } from "../edm/resource.ts";

/** Which vendor's product, and which part of it, reports something or is to carry it out. */
export const vendorInformation: Resource = {
  name: "vendorInformation",
  types: [
    complexType("securityVendorInformation", {
      provider: string({ indexed: true, description: "The product, such as SecureScore." }),
      providerVersion: string({ description: "Its version." }),
      subProvider: string({ description: "The part of the product." }),
      vendor: string({ description: "The maker, such as Microsoft." }),
    }),
  ],
};
