import { readFileSync } from "node:fs";
import { Pool } from "undici";
import { createEgress } from "../server/src/egress/createEgress.ts";
import { readAllowedDestinations } from "../server/src/egress/allowedDestinations.ts";
import { answerParent } from "./child.ts";

/**
 * A sender of notifications: `sender.ts pool|dispatch|egress|signed http|https <ports> [<ca>]`. `pool` is the base line, undici
 * with nothing around it, `dispatch` the least that it can do; `signed` signs each body. The task `send` sends so many, so many at once, to all receivers in turn.
 */
const [, , variant, scheme, portList = "", caPath] = process.argv;
const urls = portList.split(",").map((port) => `${scheme}://127.0.0.1:${port}/hooks/security?code=4f1c`);
const ca = caPath === undefined ? undefined : readFileSync(caPath, "utf8");
/** What a notification of one change looks like, R153: about 1 KB. */
const body = JSON.stringify({
  value: [
    {
      id: "3f0c9a52-7d1e-4b86-a4c3-0d5e6f708192",
      subscriptionId: "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
      subscriptionExpirationDateTime: "2026-11-23T11:00:00.0000000Z",
      clientState: "s".repeat(128),
      changeType: "updated",
      resource: "security/alerts/3f0c9a52-7d1e-4b86-a4c3-0d5e6f708192",
      tenantId: "84bd8158-6d4d-4958-8b9f-9d6445542f95",
      resourceData: { "@odata.type": "#microsoft.graph.alert", "@odata.id": "r".repeat(256), "@odata.etag": 'W/"1234"', id: "i".repeat(128) },
    },
  ],
});
const headers = { "content-type": "application/json", "user-agent": "secgraph", "accept-encoding": "identity" };

type Send = (n: number) => Promise<number>;

/** undici's Pool as its manual shows it, or by the call below that, which makes no stream of the answer. */
function bareSender(below: boolean): Send {
  const pools = urls.map(
    (url) => new Pool(new URL(url).origin, { connections: 8, pipelining: 1, allowH2: false, ...(ca === undefined ? {} : { connect: { ca } }) }),
  );
  const { pathname, search } = new URL(urls[0]!);
  const path = pathname + search;
  const dispatch: Send = (n) =>
    new Promise((resolve, reject) => {
      let found = 0;
      pools[n % pools.length]!.dispatch(
        { path, method: "POST", headers, body },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_, status) => void (found = status),
          onResponseData: () => undefined,
          onResponseEnd: () => resolve(found),
          onResponseError: (_, error) => reject(error),
        },
      );
    });
  const request: Send = async (n) => {
    const answer = await pools[n % pools.length]!.request({ path, method: "POST", headers, body });
    await answer.body.dump();
    return answer.statusCode;
  };
  return below ? dispatch : request;
}

function egressSender(signed: boolean): Send {
  const egress = createEgress({ allow: readAllowedDestinations("http://127.0.0.1:*"), limits: { runningEach: 8 } });
  const identity = ca === undefined ? {} : { identity: { ca } };
  const common = {
    purpose: "notification",
    reach: "public",
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    wanted: "status",
    ...identity,
  } as const;
  return async (n) => {
    const signing = signed ? { signing: { keys: ["a secret of some length, as they are"], id: `msg_${n}` } } : {};
    return (await egress.send({ ...common, ...signing, url: urls[n % urls.length]! })).status;
  };
}

const send = variant === "pool" || variant === "dispatch" ? bareSender(variant === "dispatch") : egressSender(variant === "signed");

async function sendAll(count: number, atOnce: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const status = await send(n);
      if (status !== 202) throw new Error(`A notification was answered ${status}.`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

answerParent({ port: 0, token: "" }, { send: ([count = 0, atOnce = 1]) => sendAll(count, atOnce) });
