import { afterAll, beforeAll, expect, test } from "vitest";
import { callerOf, openHub, otherTenant, vendor, type TestHub } from "./hub.ts";

const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const scores = "/v1.0/security/secureScores";
const faults: unknown[] = [];

/** No two moments are the same, however fast the machine is; and a moment lasts while it is held. */
let [last, held]: [number, number | undefined] = [0, undefined];
const time = { clock: () => held ?? (last = Math.max(last + 1, Date.now())), steady: () => performance.now() };

let hub: TestHub;
let rechecker: { readonly stop: () => Promise<void> };
beforeAll(async () => {
  hub = await openHub(time);
  rechecker = hub.service.startRechecking((error) => void faults.push(error));
});
afterAll(async () => {
  await rechecker.stop();
  await hub.close();
  if (faults.length > 0) throw new AggregateError(faults, "Looking again failed.");
});

const read = async (path: string, caller = callerOf()): Promise<any> => (await hub.get(path, { caller })).json;
const score = (control: string, points: number, caller = callerOf()) =>
  hub.post(scores, { vendorInformation: vendor, controlScores: [{ controlName: control, score: points, maxScore: 5 }] }, { caller });

/** A task whose completion the control proves. */
async function completed(control: string, caller = callerOf()): Promise<string> {
  const verification = { controlNames: [control], provider: vendor.provider };
  const made = await hub.post(tasks, { status: "completed", verification }, { caller });
  expect(made.status, made.text).toBe(201);
  return `${tasks}/${made.json.id}`;
}

/** What a task comes to be, in good time. */
async function becomes(path: string, is: (task: any) => boolean, caller = callerOf()): Promise<any> {
  for (let tried = 0; ; tried += 1) {
    const task = await read(path, caller);
    if (is(task)) return task;
    expect(tried, JSON.stringify(task)).toBeLessThan(2_000);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
const isDecided = ({ verification }: any): boolean => verification.state !== "unverified";

test("a score that is written verifies what waited for it, or takes it up again, without being asked, in each hub", async () => {
  const other = callerOf({ tenant: otherTenant });
  const [good, bad, foreign] = [await completed("MFA"), await completed("Disk"), await completed("MFA", other)];
  await score("MFA", 5);
  await score("Disk", 2);
  expect(await becomes(good, isDecided)).toMatchObject({ status: "completed", verification: { state: "verified" } });
  const reopened = await becomes(bad, isDecided);
  expect(reopened).toMatchObject({ status: "active", verification: { state: "failed", evidence: [{ score: 2, maxScore: 5 }] } });
  expect(reopened.statusHistory.at(-1)).toMatchObject({ author: "secgraph", note: expect.stringContaining("It has 2 of 5 points.") });
  expect((await read(foreign, other)).verification.state).toBe("unverified");
  await score("MFA", 0, other);
  expect(await becomes(foreign, isDecided, other)).toMatchObject({ status: "active" });
});

test("many tasks and many scores at once: each task is decided once, by the newest", async () => {
  const paths = await Promise.all(Array.from({ length: 30 }, (_, index) => completed(`Many-${index}`)));
  await Promise.all(Array.from({ length: 60 }, (_, index) => score(`Many-${index % 30}`, (index % 30) % 2 === 0 ? 5 : 1)));
  for (const [index, path] of paths.entries()) {
    const task = await becomes(path, isDecided);
    expect([task.verification.state, task.statusHistory.length]).toEqual([index % 2 === 0 ? "verified" : "failed", 2]);
  }
});

test("a task that is completed while a score of it is written waits for none that came after", async () => {
  for (let round = 0; round < 5; round += 1) {
    const control = `Race-${round}`;
    const verification = { controlNames: [control], provider: vendor.provider };
    const path = `${tasks}/${(await hub.post(tasks, { status: "active", verification })).json.id}`;
    const [done, scored] = await Promise.all([hub.post(`${path}/updateStatus`, { status: "completed" }), score(control, 5)]);
    expect([done.status, scored.status]).toEqual([204, 201]);
    const { completedDateTime } = await read(path);
    if (scored.json.createdDateTime > completedDateTime) expect((await becomes(path, isDecided)).verification.state).toBe("verified");
    else expect((await read(path)).verification.state).toBe("unverified");
  }
});

test("a control that fails again takes up the task that it proved, once, unless that is not watched", async () => {
  const controls = ["It's 100%", "Other"];
  const make = async (more: object): Promise<string> => {
    const verification = { controlNames: controls, provider: vendor.provider, ...more };
    return `${tasks}/${(await hub.post(tasks, { status: "completed", verification })).json.id}`;
  };
  const [watched, left] = [await make({}), await make({ watched: false })];
  for (const control of controls) await score(control, 5);
  for (const path of [watched, left]) expect((await becomes(path, isDecided)).verification.state).toBe("verified");
  // Of another control, of another provider, and one that says the same: nothing of it is news.
  await score("Third", 0);
  const told = (points: number, more: object): object => ({ controlScores: [{ controlName: controls[0], score: points, maxScore: 5 }], ...more });
  await hub.post(scores, told(1, { vendorInformation: { vendor: "a", provider: "Another" } }));
  await score(controls[0]!, 5);
  await score(controls[0]!, 4);
  const reopened = await becomes(watched, ({ status }) => status === "active");
  expect(reopened.verification).toMatchObject({
    watched: true,
    state: "failed",
    evidence: [
      { controlName: controls[0], verdict: "failed", score: 4 },
      { controlName: "Other", verdict: "passed" },
    ],
  });
  expect(reopened.statusHistory.at(-1)).toMatchObject({
    author: "secgraph",
    status: "active",
    note: expect.stringMatching(/^No longer verified, taken up again. 'It's 100%' .* 4 of 5 points/),
  });
  expect(reopened).toMatchObject({ completedDateTime: null, statusHistory: { length: 3 } });
  // One more score finds nothing to do; completed again, the next proves it again.
  await score(controls[0]!, 3);
  expect((await hub.post(`${watched}/updateStatus`, { status: "completed", note: "Again." })).status).toBe(204);
  for (const control of controls) await score(control, 5);
  expect((await becomes(watched, ({ verification }) => verification.state === "verified")).statusHistory).toHaveLength(5);
  expect(await read(left)).toMatchObject({ status: "completed", verification: { watched: false, state: "verified" }, statusHistory: { length: 2 } });
});

test("a task becomes overdue by itself when its time has come, as a change like any other", async () => {
  const delta = await read("/v1.0/deviceAppManagement/deviceAppManagementTasks/delta?$deltatoken=latest");
  held = time.clock();
  const made = await hub.post(tasks, { dueDateTime: new Date(held + 300).toISOString() });
  const path = `${tasks}/${made.json.id}`;
  expect(made.json.isOverdue).toBe(false);
  held = undefined;
  const late = await becomes(path, ({ isOverdue }) => isOverdue);
  expect(late["@odata.etag"]).not.toBe(made.json["@odata.etag"]);
  const changes = await read(delta["@odata.deltaLink"].replace("https://hub.example", ""));
  expect(changes.value.map((one: any) => [one.id, one.isOverdue])).toEqual([[made.json.id, true]]);
});

test("what a crash took away is made up for at the start", async () => {
  const own = await openHub(time);
  const verification = { controlNames: ["MFA"], provider: vendor.provider };
  const made = await own.post(tasks, { status: "completed", verification });
  await own.post(scores, { vendorInformation: vendor, controlScores: [{ controlName: "MFA", score: 5, maxScore: 5 }] });
  const path = `${tasks}/${made.json.id}`;
  held = time.clock();
  const due = held + 1;
  const late = `${tasks}/${(await own.post(tasks, { dueDateTime: new Date(due).toISOString() })).json.id}`;
  held = undefined;
  while (time.clock() <= due) await new Promise((resolve) => setTimeout(resolve, 1));
  expect([(await own.get(path)).json.verification.state, (await own.get(late)).json.isOverdue]).toEqual(["unverified", false]);
  const begun = own.service.startRechecking((error) => void faults.push(error));
  await expect.poll(async () => [(await own.get(path)).json.verification.state, (await own.get(late)).json.isOverdue]).toEqual(["verified", true]);
  await begun.stop();
  await own.close();
});
