import type { Permissions } from "./resource.ts";

/** What a token must carry to read or write the data of a model that says nothing else. */
export const modelPermissions: Permissions = { read: ["Data.Read.All", "Data.ReadWrite.All"], write: ["Data.ReadWrite.All"] };
