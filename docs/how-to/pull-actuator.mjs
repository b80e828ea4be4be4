// An actuator behind a firewall: it comes for the work of its provider and says what came of it. HUB is https://hub.example/v1.0, PROVIDER the connector's id.
import { appendFile } from "node:fs/promises";

const { HUB, PROVIDER, TENANT, CLIENT_ID: client_id, CLIENT_SECRET: client_secret, WAIT = "30" } = process.env;
const { origin } = new URL(HUB);

async function signIn() {
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret, scope: `${origin}/.default` });
  const { access_token } = await (await fetch(`${origin}/${TENANT}/oauth2/v2.0/token`, { method: "POST", body })).json();
  return { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
}

async function call(operation, headers, body) {
  const response = await fetch(`${HUB}/security/actionProviders/${PROVIDER}/${operation}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

/** The same actionId may come again, after a lease that ended: that must do no harm. */
async function carryOut({ actionId, name, parameters }) {
  await appendFile("done.txt", `${actionId} ${name} ${parameters.map(({ value }) => value).join(" ")}\n`);
}

for (;;) {
  const headers = await signIn();
  const { value: leases } = await call("lease", headers, { count: 1, wait: Number(WAIT) });
  for (const { actionId, fencingToken, ...work } of leases) {
    const extending = setInterval(() => void call("extendLease", headers, { actionId, fencingToken }).catch(console.error), 20_000);
    const outcome = await carryOut({ actionId, ...work }).then(
      () => ({ outcome: "completed" }),
      ({ message }) => ({ outcome: "retry", message }),
    );
    clearInterval(extending);
    await call("acknowledge", headers, { actionId, fencingToken, ...outcome });
  }
}
