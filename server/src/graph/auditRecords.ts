import { boolean, collectionOf, complexType, entityType, enumType, evolvable, instant, int32, int64, of, set, string } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { queryable } from "./queryable.ts";
import type { Resource } from "../edm/resource.ts";

/** The audit trail of the hub: every write, refusal and sign-in, chained by seals, newest first. Nobody writes here. */
export const auditRecords: Resource = {
  name: "auditRecords",
  types: [
    enumType("auditCategory", evolvable("change", "refusal", "signIn", "system")),
    enumType("auditResult", evolvable("success", "failure")),
    entityType("auditRecord", {
      properties: {
        number: int64({ setBy: "server", indexed: true, description: "Its number in the hub's chain, from 1 on without gaps." }),
        hubId: string({ setBy: "server", description: "The hub whose chain it is part of." }),
        createdDateTime: instant({ setBy: "server", indexed: true, description: "When it was done." }),
        category: of("auditCategory", {
          setBy: "server",
          description: "A change of data, a request that was refused, a sign-in, or what the server did to the trail itself.",
        }),
        activity: string({ setBy: "server", description: "create, update, delete, the name of an action; of a refused request its method; of a sign-in how." }),
        result: of("auditResult", { setBy: "server" }),
        statusCode: int32({ setBy: "server", description: "Of a refusal: the HTTP status." }),
        errorCode: string({ setBy: "server", description: "Of a refusal: the code of the error." }),
        occurrences: int32({ setBy: "server", description: "How often the same was refused to the same caller within the minute." }),
        lastDateTime: instant({ setBy: "server", description: "When it was refused last." }),
        tenantId: string({ setBy: "server", description: "The caller's tenant." }),
        appId: string({ setBy: "server", description: "The calling application." }),
        userPrincipalName: string({ setBy: "server", description: "The person on whose behalf it called; absent for an application by itself." }),
        userPseudonym: string({ setBy: "server", description: "The same for all that one person did; it stays when the name is erased." }),
        clientAddress: string({ setBy: "server", description: "The network address that the request came from." }),
        userAgent: string({ setBy: "server" }),
        requestId: string({ setBy: "server" }),
        clientRequestId: string({ setBy: "server" }),
        resourceType: string({ setBy: "server", description: "Type of the first resource." }),
        resourcePath: string({ setBy: "server", description: "Path of the first resource below the hub." }),
        resources: collectionOf("auditResource", { setBy: "server", description: "What was written, row by row." }),
        firstChange: int64({ setBy: "server", description: "The first change of the hub that it made." }),
        lastChange: int64({ setBy: "server", description: "The last one: its resources, and what went with them." }),
        removedThrough: int64({ setBy: "server", description: "Of an end of retention: the last record that was removed." }),
        removedSeal: string({ setBy: "server", description: "The seal of that record, with which the chain goes on." }),
        salt: string({ setBy: "server", description: "Random: keeps what was erased from being found out by its digest." }),
        detailDigest: string({ setBy: "server", description: "SHA-256 of what can be erased." }),
        previousSeal: string({ setBy: "server", description: "The seal of the record before." }),
        seal: string({ setBy: "server", description: "SHA-256 of the record without what can be erased." }),
      },
      annotations: queryable,
    }),
    complexType("auditResource", {
      path: string({ description: "Where it is, below the hub." }),
      type: string(),
      change: string({ description: "create, update, delete; relate, unrelate; grant, revoke." }),
      version: int64({ description: "The number in its ETag." }),
      digest: string({ description: "SHA-256 of the entity as stored, from its @odata.etag on." }),
      before: string({ description: "Of a deleted entity: what it was, as JSON." }),
      changes: collectionOf("auditChange", { description: "Of an updated entity: what changed." }),
      contained: int32({
        description: "Of a deleted entity: how many went with it, at any depth. The first hundred of them follow in `resources`.",
      }),
      isCut: boolean({ description: "True where values were too long to be kept whole." }),
    }),
    complexType("auditChange", {
      name: string(),
      before: string({ description: "The value before, as JSON; absent where there was none, or where it is secret." }),
      after: string({ description: "The value afterwards, as JSON." }),
    }),
  ],
  places: [
    set("security/auditRecords", "auditRecord", {
      verbs: ["list", "get"],
      permissions: permissions.auditLog,
      extension: true,
      journal: true,
      defaultOrder: [{ path: "number", descending: true }],
    }),
  ],
};
