// The v4 model of OpenUI5 as an application has it, in a page; `sap` is there by index.html.
import { base, scopes, tenant } from "../place.mjs";

const modules = {
  ODataModel: "sap/ui/model/odata/v4/ODataModel",
  Filter: "sap/ui/model/Filter",
  FilterOperator: "sap/ui/model/FilterOperator",
  Sorter: "sap/ui/model/Sorter",
  Messaging: "sap/ui/core/Messaging",
};

/** What of the client is used. */
export const ui5 = await new Promise((resolve, reject) => {
  const names = Object.keys(modules);
  const loaded = (...values) => resolve(Object.fromEntries(names.map((name, index) => [name, values[index]])));
  globalThis.sap.ui.require(Object.values(modules), loaded, reject);
});

/** This client brings nothing that gets tokens: a form, sent by the page. */
export async function tokenOf({ clientId, clientSecret }) {
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope: scopes[0] });
  const answer = await fetch(`${base.origin}/${tenant}/oauth2/v2.0/token`, { method: "POST", body: form });
  return (await answer.json()).access_token;
}

/** A model. `$auto` sends multipart batches, `$direct` plain requests. */
export function modelOf(token, groupId = "$auto") {
  const httpHeaders = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return new ui5.ODataModel({ serviceUrl: `${base.origin}/beta/`, groupId, operationMode: "Server", autoExpandSelect: false, httpHeaders });
}

/** What an application sees of a refusal. */
export async function refusalOf(call) {
  try {
    return { answered: (await call()) ?? null };
  } catch (error) {
    const { status, error: told = {}, message, isConcurrentModification = false } = error;
    return { status, code: told.code, message, ...(isConcurrentModification ? { isConcurrentModification } : {}) };
  }
}

/** The entity at a path, read. */
export async function contextOf(model, path) {
  const context = model.bindContext(path).getBoundContext();
  await context.requestObject();
  return context;
}

// The browser would keep the first 250.
performance.setResourceTimingBufferSize(10_000);

/** The requests for batches that this page has sent. */
export function batchesSent() {
  return performance.getEntriesByType("resource").filter(({ name }) => name.startsWith(base.origin) && name.includes("/$batch")).length;
}
