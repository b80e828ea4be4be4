import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import type { DemoRequest } from "../../src/emulator/demo/demoRequest.ts";
import { demoRequests } from "../../src/emulator/demo/demoRequests.ts";
import { providers } from "../../src/emulator/demo/providers.ts";
import { configurationTasks } from "../../src/emulator/demo/tables/configurationTasks.ts";
import { coverageChanges, newControls, startingCoverage } from "../../src/emulator/demo/tables/scoreStory.ts";

const day = 86_400_000;
/** A Sunday. */
const sunday = Date.UTC(2026, 10, 22, 9, 30);
const week = Array.from({ length: 7 }, (_, index) => sunday + index * day);
const byDay = new Map(week.map((today) => [today, demoRequests(today)]));
const requests = demoRequestsOf(sunday);

const scores = "/security/secureScores";
const profiles = "/security/secureScoreControlProfiles";
const users = "/security/userSecurityProfiles";
const actions = "/security/securityActions";
const tasks = "/deviceAppManagement/deviceAppManagementTasks";

function demoRequestsOf(today: number): readonly DemoRequest[] {
  return byDay.get(today) ?? demoRequests(today);
}

interface Score {
  readonly createdDateTime: string;
  readonly currentScore: number;
  readonly maxScore: number;
  readonly controlScores: readonly { readonly controlName: string; readonly score: number }[];
  readonly vendorInformation: { readonly provider: string };
}
interface Profile {
  readonly id: string;
  readonly maxScore: number;
  readonly vendorInformation: { readonly provider: string };
}

function created(place: string, from: readonly DemoRequest[] = requests): readonly DemoRequest[] {
  return from.filter(({ method, path }) => method === "POST" && path === place);
}

/** The bodies of what is created in a place. */
function bodies(place: string): readonly unknown[] {
  return created(place).map(({ body }) => body);
}

/** The requests about one thing, by its name, oldest first. */
function about({ as: name }: DemoRequest, from: readonly DemoRequest[]): readonly DemoRequest[] {
  return from.filter(({ path }) => path.includes(`{${name}}`));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function statusOf({ status }: JsonObject): string {
  return typeof status === "string" ? status : "none";
}

/** Every string of a body that is a moment, with the name it stands under. */
function moments(body: JsonObject): readonly (readonly [name: string, moment: number])[] {
  const found: (readonly [string, number])[] = [];
  JSON.stringify(body, (name, value: unknown) => {
    if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) found.push([name, Date.parse(value)]);
    return value;
  });
  return found;
}

describe("the demo's history", () => {
  test("is the same for every moment of a day", () => {
    expect(demoRequests(sunday)).toEqual(requests);
    expect(demoRequests(Date.UTC(2026, 10, 22, 23, 59, 59, 999))).toEqual(requests);
    expect(demoRequests(Date.UTC(2026, 10, 22))).toEqual(requests);
  });

  test("moves with the day and keeps its size", () => {
    expect(demoRequestsOf(sunday + day)).not.toEqual(requests);
    expect(week.map((today) => demoRequestsOf(today).length)).toEqual(week.map(() => requests.length));
  });

  test.each(week)("lies in the past of %d, in order", (today) => {
    const told = demoRequestsOf(today);
    const midnight = Math.floor(today / day) * day;
    expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).toSorted((one, other) => one - other));
    expect(told[0]!.at).toBe(midnight - 89 * day);
    expect(told.filter(({ at }) => at >= midnight + 4 * 60_000)).toEqual([]);
    const ahead = told.flatMap(({ at, body }) => moments(body).filter(([, moment]) => moment > at));
    expect(new Set(ahead.map(([name]) => name))).toEqual(new Set(["dueDateTime", "expirationDateTime"]));
  });

  test.each(week)("asks of %d for nothing that depends on something of the same moment", (today) => {
    const told = demoRequestsOf(today);
    const known = new Set<string>();
    for (const group of Map.groupBy(told, ({ at }) => at).values()) {
      const named = group.flatMap(({ path }) => [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name));
      expect(named.filter((name) => !known.has(name))).toEqual([]);
      expect(new Set(named).size).toBe(named.length);
      for (const { as: name } of group) if (name !== undefined) known.add(name);
    }
    const names = told.flatMap(({ as: name }) => name ?? []);
    expect(new Set(names).size).toBe(names.length);
  });

  test("has the promised size", () => {
    expect(created(scores)).toHaveLength(270);
    expect(created(actions)).toHaveLength(40);
    expect(created(tasks)).toHaveLength(25);
    expect(new Set(created(users).map(({ body }) => body["userPrincipalName"])).size).toBe(200);
    expect(created(users)).toHaveLength(272);
    for (const { controls } of providers) {
      expect(controls.length).toBeGreaterThanOrEqual(60);
      expect(controls.length).toBeLessThanOrEqual(100);
    }
    expect(created(profiles)).toHaveLength(sum(providers.map(({ controls }) => controls.length)));
  });

  test("tells of controls that exist", () => {
    const known = new Set((bodies(profiles) as readonly Profile[]).map(({ id }) => id));
    const told = [
      ...Object.keys(startingCoverage),
      ...Object.keys(newControls),
      ...coverageChanges.map(({ control }) => control),
      ...configurationTasks.map(({ control }) => control),
    ];
    expect(told.filter((control) => !known.has(control))).toEqual([]);
    expect(known.size).toBe(created(profiles).length);
  });
});

describe("scores", () => {
  const byProvider = Map.groupBy(bodies(scores) as readonly Score[], (score) => score.vendorInformation.provider);

  test("come once a night from each provider", () => {
    expect([...byProvider.keys()]).toEqual(["SecureScore", "CloudPosture", "EndpointHealth"]);
    for (const series of byProvider.values()) {
      const nights = series.map(({ createdDateTime }) => createdDateTime.slice(0, 10));
      expect(nights).toEqual(Array.from({ length: 90 }, (_, index) => new Date(sunday - (89 - index) * day).toISOString().slice(0, 10)));
    }
  });

  test("are the exact sums of their controls, of what the profiles make possible", () => {
    for (const { at, body } of created(scores)) {
      const score = body as unknown as Score;
      expect(score.currentScore).toBe(sum(score.controlScores.map((one) => one.score)));
      const measured = created(profiles)
        .filter((profile) => profile.at <= at)
        .map((profile) => profile.body as unknown as Profile)
        .filter(({ vendorInformation }) => vendorInformation.provider === score.vendorInformation.provider);
      expect(score.controlScores.map(({ controlName }) => controlName).toSorted()).toEqual(measured.map(({ id }) => id).toSorted());
      expect(score.maxScore).toBe(sum(measured.map(({ maxScore }) => maxScore)));
      const most = new Map(measured.map(({ id, maxScore }) => [id, maxScore]));
      expect(score.controlScores.filter((one) => one.score < 0 || one.score > most.get(one.controlName)!)).toEqual([]);
    }
  });

  test("stand still at weekends and move on most working days", () => {
    for (const series of byProvider.values()) {
      const changes = series
        .slice(1)
        .map((score, index) => ({ weekday: new Date(score.createdDateTime).getUTCDay(), by: score.currentScore - series[index]!.currentScore }));
      // The night to Sunday follows Saturday, the night to Monday follows Sunday.
      expect(changes.filter(({ weekday, by }) => weekday <= 1 && by !== 0)).toEqual([]);
      expect(changes.filter(({ by }) => by !== 0).length).toBeGreaterThan(20);
      expect(series.at(-1)!.currentScore / series.at(-1)!.maxScore).toBeGreaterThan(series[0]!.currentScore / series[0]!.maxScore + 0.05);
    }
  });

  function course(control: string): readonly number[] {
    return (bodies(scores) as readonly Score[]).flatMap(({ controlScores }) =>
      controlScores.filter(({ controlName }) => controlName === control).map(({ score }) => score),
    );
  }

  test("fall when a policy is switched off and recover when it is on again", () => {
    const steps = course("BlockLegacySignIn").filter((score, index, all) => score !== all[index - 1]);
    expect(steps).toEqual([8, 0, 8]);
    const series = byProvider.get("SecureScore")!;
    const falls = series.slice(1).filter((score, index) => score.currentScore < series[index]!.currentScore);
    expect(falls).toHaveLength(1);
  });

  test("rise in the night after a task was completed", () => {
    const rises = configurationTasks
      .filter(({ steps }) => steps.some(([, , status]) => status === "completed"))
      .map(({ key, control }) => {
        const completed = requests.find(({ path, body }) => path.includes(`{${key}}`) && body["status"] === "completed")!;
        const scored = created(scores).flatMap(({ at, body }) => {
          const found = (body as unknown as Score).controlScores.find(({ controlName }) => controlName === control);
          return found === undefined ? [] : [{ at, score: found.score }];
        });
        const before = scored.findLast(({ at }) => at < completed.at)!;
        const after = scored.find(({ at }) => at > completed.at)!;
        return { key, by: after.score - before.score };
      });
    expect(rises).toHaveLength(9);
    expect(rises.filter(({ by }) => by <= 0)).toEqual([]);
  });

  test("count a control from the night on which it is new", () => {
    for (const [control, daysAgo] of Object.entries(newControls)) expect(course(control)).toHaveLength(daysAgo + 1);
  });
});

describe("stories", () => {
  const nextOfAction: Readonly<Record<string, readonly string[]>> = { NotStarted: ["Running", "Failed"], Running: ["Completed", "Failed"] };
  const nextOfTask: Readonly<Record<string, readonly string[]>> = {
    pending: ["active", "rejected"],
    active: ["completed", "rejected"],
    completed: ["active"],
    rejected: ["active"],
  };

  /** The statuses that an action goes through; checks each step. */
  function walk(action: DemoRequest, told: readonly DemoRequest[]): readonly string[] {
    const statuses = ["NotStarted"];
    let last = action.at;
    for (const { at, path, body } of about(action, told)) {
      expect(at).toBeGreaterThan(last);
      last = at;
      const now = statuses.at(-1)!;
      const isCancel = path.endsWith("cancelSecurityAction");
      if (isCancel && now === "Running") continue;
      const to = isCancel ? "Failed" : statusOf(body);
      expect(nextOfAction[now]).toContain(to);
      expect(to === "Failed" && !isCancel ? typeof body["errorInfo"] : "object").toBe("object");
      statuses.push(to);
    }
    return statuses;
  }

  test.each(week)("of actions are possible, as of %d", (today) => {
    const told = demoRequestsOf(today);
    const ends = created(actions, told).map((action) => walk(action, told).at(-1)!);
    const count = Object.fromEntries([...Map.groupBy(ends, (status) => status)].map(([status, all]) => [status, all.length]));
    expect(count).toEqual({ Completed: 25, Failed: 9, Running: 2, NotStarted: 4 });
    const waiting = created(actions, told).filter((action) => action.at >= Math.floor(today / day) * day);
    expect(waiting.map((action) => walk(action, told))).toEqual([["NotStarted"], ["NotStarted"], ["NotStarted"]]);
  });

  test("of actions begin with people and with automation", () => {
    const asked = created(actions).map(({ by }) => by.user);
    expect(asked.filter((user) => user === null).length).toBeGreaterThan(5);
    expect(new Set(asked).size).toBeGreaterThan(4);
  });

  test.each(week)("of tasks are possible, as of %d", (today) => {
    const told = demoRequestsOf(today);
    const ends = created(tasks, told).map((task) => {
      const steps = about(task, told).filter(({ path }) => path.endsWith("/updateStatus"));
      return steps.reduce((now, { body }) => {
        const to = statusOf(body);
        expect(nextOfTask[now]).toContain(to);
        expect(body["note"]).toMatch(/\S/);
        return to;
      }, "pending");
    });
    const count = Object.fromEntries([...Map.groupBy(ends, (status) => status)].map(([status, all]) => [status, all.length]));
    // One that is completed here the server takes up again.
    expect(count).toEqual({ pending: 5, active: 6, completed: 10, rejected: 4 });
    const types = Map.groupBy(created(tasks, told), ({ body }) => body["@odata.type"]);
    expect([...types.values()].map((all) => all.length)).toEqual(expect.arrayContaining([18, 4, 3]));
  });
});
