// A person at the pages of the issuer, without a browser: keeps the cookie, and sends the forms with their hidden fields.
import { person } from "./place.mjs";

function openBrowser() {
  let cookie = "";
  const open = async (url, init = {}) => {
    const reply = await fetch(url, { redirect: "manual", ...init, headers: { cookie } });
    cookie = reply.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    return { text: await reply.text(), location: reply.headers.get("location") };
  };
  const send = ({ text }, fields) => {
    const hidden = [...text.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
    const body = new URLSearchParams([...hidden, ...Object.entries(fields)]);
    return open(/<form method="post" action="([^"]+)"/.exec(text)[1], { method: "POST", body });
  };
  return { open, send };
}

const credentials = { username: person.username, password: person.password };

/** Signs in at an authorization address; where the issuer then sends the browser. */
export async function signIn(url) {
  const browser = openBrowser();
  return (await browser.send(await browser.open(url), credentials)).location;
}

/** Types a device's code, signs in, and lets the device in or not. */
export async function decideOnDevice({ verificationUri, userCode }, decision) {
  const browser = openBrowser();
  const asked = await browser.send(await browser.open(verificationUri), { user_code: userCode });
  await browser.send(await browser.send(asked, credentials), { decision });
}
