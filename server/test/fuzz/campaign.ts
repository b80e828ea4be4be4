/** How a campaign is run. */
export interface CampaignSettings<Case> {
  readonly name: string;
  readonly seed: number;
  readonly count: number;
  /** Makes the next case; the same ones for the same seed. */
  readonly next: () => Case | Promise<Case>;
  /** Sends a case and says what was wrong with its answer. */
  readonly check: (one: Case) => Promise<string | undefined>;
  /** Smaller cases that might fail likewise. */
  readonly smaller: (one: Case) => Iterable<Case>;
  /** A case as a line that can be copied and run. */
  readonly print: (one: Case) => string;
  /** Called after each so many cases. */
  readonly between?: { readonly every: number; readonly run: () => Promise<readonly string[]> };
}

/** What came of a campaign. */
export interface CampaignResult {
  readonly sent: number;
  readonly faults: readonly string[];
  /** Cases a second. */
  readonly rate: number;
  /** Milliseconds of processor time that the most expensive case took. */
  readonly dearest: { readonly cost: number; readonly shown: string };
}

/** Processor time that one request may take: the promise's two seconds, whatever else the machine does. */
const budget = 2_000;
const mostFaults = 20;
const triesToShrink = 400;
const pause = 10_000;

/** Runs a campaign to its end, or until so many faults that the rest would only repeat them. Tells how far it is every ten seconds. */
export async function campaign<Case>(settings: CampaignSettings<Case>): Promise<CampaignResult> {
  const { name, count, between } = settings;
  const faults: string[] = [];
  const dearest = { cost: 0, shown: "" };
  const begun = performance.now();
  let told = begun;
  let sent = 0;
  while (sent < count && faults.length < mostFaults) {
    const one = await settings.next();
    const before = process.cpuUsage();
    const fault = await settings.check(one);
    const { user, system } = process.cpuUsage(before);
    const cost = (user + system) / 1000;
    sent += 1;
    if (cost > dearest.cost) Object.assign(dearest, { cost, shown: settings.print(one) });
    if (fault !== undefined) faults.push(await shrunk(one, fault, settings));
    else if (cost > budget) faults.push(`${Math.round(cost)} ms of processor time: ${settings.print(one)}`);
    if (between !== undefined && sent % between.every === 0) faults.push(...(await between.run()));
    if (performance.now() - told > pause) {
      told = performance.now();
      tell(name, { sent, count, begun, faults: faults.length });
    }
  }
  const rate = Math.round((sent * 1000) / (performance.now() - begun));
  process.stderr.write(`${name}: seed ${settings.seed}, ${sent} cases, ${rate}/s, ${faults.length} faults, dearest ${Math.round(dearest.cost)} ms\n`);
  return { sent, faults, rate, dearest };
}

function tell(
  name: string,
  { sent, count, begun, faults }: { readonly sent: number; readonly count: number; readonly begun: number; readonly faults: number },
): void {
  const rate = (sent * 1000) / (performance.now() - begun);
  process.stderr.write(`${name}: ${sent} of ${count}, ${Math.round(rate)}/s, ${Math.ceil((count - sent) / rate)} s to go, ${faults} faults\n`);
}

/** The smallest case found that is still wrong, with what is wrong with it. */
async function shrunk<Case>(first: Case, fault: string, { check, smaller, print }: CampaignSettings<Case>): Promise<string> {
  let best = { one: first, fault };
  let tries = 0;
  for (let found = true; found && tries < triesToShrink;) {
    found = false;
    for (const candidate of smaller(best.one)) {
      if (++tries > triesToShrink) break;
      const again = await check(candidate);
      if (again === undefined) continue;
      best = { one: candidate, fault: again };
      found = true;
      break;
    }
  }
  return `${best.fault}\n  ${print(best.one)}`;
}

/** Shorter forms of a text: halves, then quarters, then single characters taken out. */
export function* shorter(text: string): Generator<string> {
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < text.length; at += size) yield `${text.slice(0, at)}${text.slice(at + size)}`;
  }
}

/** A count or seed from the environment: `FUZZ_COUNT=5000000 FUZZ_SEED=7 npm run test:long -- ...`. */
export function wanted(name: "FUZZ_COUNT" | "FUZZ_SEED", otherwise: number): number {
  const given = process.env[name];
  return given === undefined || given === "" ? otherwise : Number(given);
}
