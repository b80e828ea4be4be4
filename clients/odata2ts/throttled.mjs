// What the HTTP client of odata2ts makes of 429: it shows it. Prints one fact per line, as JSON.
import { FetchClient, FetchClientError } from "@odata2ts/http-client-fetch";
import { collections } from "../collections.mjs";
import { app, base, scopes, tell, tenant } from "../place.mjs";

const form = new URLSearchParams({ grant_type: "client_credentials", client_id: app.clientId, client_secret: app.clientSecret, scope: scopes[0] });
const { access_token: token } = await (await fetch(`${base.origin}/${tenant}/oauth2/v2.0/token`, { method: "POST", body: form })).json();
const client = new FetchClient({ headers: { Authorization: `Bearer ${token}` } });

/** Reads until there is nothing left. */
async function exhaust() {
  for (;;) {
    try {
      await client.get(`${base.origin}/v1.0${collections.secureScores.path}`);
    } catch (error) {
      if (!(error instanceof FetchClientError)) throw error;
      return { status: error.status, message: error.message, wait: error.headers?.["retry-after"] ?? null };
    }
  }
}

tell("refused", await exhaust());
tell("done", true);
