// Where the server is and who asks it, from the environment (README.md), and how the scripts tell what they saw.
const { BASE_URL, TENANT, CLIENT_ID, CLIENT_SECRET, BARE_CLIENT_ID, BARE_CLIENT_SECRET, PEOPLE_TENANT, USER_NAME, PASSWORD } = process.env;

export const base = new URL(BASE_URL);
export const tenant = TENANT;
/** An application that has every role, and one that has none. */
export const app = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
export const bareApp = { clientId: BARE_CLIENT_ID, clientSecret: BARE_CLIENT_SECRET };
/** A person with every permission, in a tenant of their own. */
export const person = { tenant: PEOPLE_TENANT, username: USER_NAME, password: PASSWORD };
/** All that the caller has. */
export const scopes = [`${base.origin}/.default`];
/** The id of nothing. */
export const nowhere = "00000000-0000-4000-8000-000000000000";

/** Prints a fact, on a line of its own. */
export function tell(fact, value) {
  console.log(JSON.stringify({ fact, value }));
}

/** The names of what an answer has, but for annotations. */
export function namesOf(entity) {
  return Object.keys(entity).filter((key) => !key.startsWith("@"));
}

/** Whether the ids are those of what was made, each as often. */
export function areAll(ids, made) {
  return ids.length === made.length && made.every(({ id }) => ids.includes(id));
}

/** What a token says; nothing here checks it. */
export function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
}
