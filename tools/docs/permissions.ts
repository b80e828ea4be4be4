import { system } from "../../server/src/edm/systemPermission.ts";
import type { BoundOperation, Model } from "../../server/src/edm/model.ts";
import { code, page, table, url } from "./markdown.ts";

const meanings: Readonly<Record<string, string>> = {
  [system]: "read subscriptions, carry actions out, note what became of both look at tasks again and keep the audit trail; no token carries it",
  "SecurityEvents.Read.All": "read scores, control profiles, security profiles, alerts and the hub",
  "SecurityEvents.ReadWrite.All": "the same, and write them",
  "SecurityActions.Read.All": "read actions, and what connectors can do",
  "SecurityActions.Lease.All": "come for the work of a provider, and say what came of it; nothing else but its entry in the catalogue can be read",
  "SecurityActions.ReadWrite.All": "read, dispatch and cancel actions, and report on them as a connector",
  "ThreatIndicators.Read.All": "read threat indicators",
  "ThreatIndicators.ReadWrite.OwnedBy":
    "read and write the threat indicators that the calling application made, and no others; what other applications made answers as what never existed",
  "DeviceManagementApps.Read.All": "read remediation tasks",
  "DeviceManagementApps.ReadWrite.All": "read and write remediation tasks",
  "AuditLog.Read.All": "read the audit trail",
  "Security.Read.All": "list hubs, and connectors without their credentials",
  "Security.ReadWrite.All": "list, create and change hubs, the registry of providers, and connectors with their credentials",
};

/** What an action asks for: to write where it is bound, or there to read and elsewhere to write. */
function permissionsOf({ binding, definition: { writeRights } }: BoundOperation, model: Model): string {
  const { read = [], write = [] } = model.places.find(({ type }) => type === binding?.type)?.permissions ?? {};
  return writeRights === undefined ? code(...write) : `one of ${code(...writeRights.filter((one) => one !== system))} and one of ${code(...read)}`;
}

/** `docs/reference/permissions.md`: who may do what, from the model's places. */
export function permissionsPage(model: Model): string {
  const places = model.places.map((place) => [code(url(place)), code(...place.permissions.read), code(...place.permissions.write)]);
  const named = [...new Set(model.places.flatMap(({ permissions }) => [...permissions.read, ...permissions.write]))].toSorted();
  const operations = model.operations.filter(({ kind }) => kind === "action").map((operation) => [code(operation.name), permissionsOf(operation, model)]);
  return page(
    "# Permissions",
    "Generated from the model by `node run.mjs tools/docs/write.ts`.",
    "A token needs one of the permissions named, no more: any one suffices, and the first is the least privileged. An application token carries them in `roles`, a delegated one in `scp`; the two are never mixed. Tokens of personal accounts are refused.",
    "What stands under `/security` stands under `/securities/{id}` too, with the same permissions.",
    "## By permission",
    table(
      ["Permission", "allows to"],
      [
        ...named.map((name) => [code(name), meanings[name] ?? ""]),
        [code("SecurityData.Import"), "beside a permission to write: send the `createdDateTime` of a score or a user's profile"],
      ],
    ),
    "## By resource",
    table(["Resource", "to read", "to write"], places),
    "## By action",
    table(["Action", "Permission"], operations),
  );
}
