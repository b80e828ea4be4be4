// Azure Identity with a device code, unmodified: a person signs in, the Graph client works on their behalf. Prints one fact per line, as JSON.
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";
import { DeviceCodeCredential } from "@azure/identity";
import { collections } from "./collections.mjs";
import { graphOf, refusalOf, walkGraph } from "./graph-walk.mjs";
import { decideOnDevice } from "./pages.mjs";
import { app, base, claimsOf, person, scopes, tell } from "./place.mjs";

/** A device whose person decides so as soon as it shows its code; `shown` holds what it showed. */
function deviceOf(decision) {
  const shown = [];
  const userPromptCallback = (device) => {
    shown.push(device);
    void decideOnDevice(device, decision);
  };
  const authority = { authorityHost: base.origin, disableInstanceDiscovery: true };
  return { shown, credential: new DeviceCodeCredential({ tenantId: person.tenant, clientId: app.clientId, userPromptCallback, ...authority }) };
}

const connect = ({ credential }, asked) => graphOf(new TokenCredentialAuthenticationProvider(credential, { scopes: asked }));

async function useTokens(device) {
  const account = await device.credential.authenticate(scopes);
  const first = await device.credential.getToken(scopes);
  const { upn, preferred_username: name = upn, scp } = claimsOf(first.token);
  tell("token.first", {
    asked: device.shown.length,
    showsCode: device.shown[0].message.includes(device.shown[0].userCode),
    account: account.username,
    user: name,
    minutes: Math.round((first.expiresOnTimestamp - Date.now()) / 60_000),
    mayWrite: scp.split(" ").includes("SecurityEvents.ReadWrite.All"),
  });
  const second = await device.credential.getToken(scopes);
  tell("token.kept", { same: second.token === first.token, asked: device.shown.length });
}

async function useNarrow() {
  const narrow = connect(deviceOf("allow"), [`${base.origin}/SecurityEvents.Read.All`]);
  const { path, draft } = collections.secureScores;
  tell("narrow.read", Array.isArray((await narrow.api(path).get()).value));
  tell("refused.withoutScope", await refusalOf(() => narrow.api(path).post(draft("client-narrow", 1))));
}

const device = deviceOf("allow");
await useTokens(device);
await walkGraph(connect(device, scopes));
await useNarrow();
tell("refused.denied", await refusalOf(() => deviceOf("deny").credential.getToken(scopes)));
tell("done", true);
