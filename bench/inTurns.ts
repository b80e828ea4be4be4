/** A way to do something so many times. */
export interface Way {
  readonly name: string;
  readonly run: (count: number) => Promise<unknown>;
}

/** What the ways took in turn, each of them once in a round: microseconds of this process's CPU, and of the clock, for one time. */
export interface Turns {
  readonly cpu: (name: string) => readonly number[];
  readonly wall: (name: string) => readonly number[];
  /** CPU of one over CPU of another, round by round: what else the machine does in a round meets both. */
  readonly part: (base: string, name: string) => readonly number[];
}

export interface TurnOptions {
  readonly rounds: number;
  /** Rounds that only warm. */
  readonly warm: number;
  /** Times in one turn. */
  readonly count: number;
  /** Always in the order given. */
  readonly ordered?: boolean;
}

/** Runs ways in turn, beginning with another one in every round. */
export async function inTurns(ways: readonly Way[], { rounds, warm, count, ordered = false }: TurnOptions): Promise<Turns> {
  const cpu = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  const wall = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  for (let round = -warm; round < rounds; round += 1) {
    for (let turn = 0; turn < ways.length; turn += 1) {
      const { name, run } = ways[(ordered ? turn : turn + round + warm) % ways.length]!;
      const [before, from] = [process.cpuUsage(), performance.now()];
      await run(count);
      const { user, system } = process.cpuUsage(before);
      if (round < 0) continue;
      cpu.get(name)!.push((user + system) / count);
      wall.get(name)!.push(((performance.now() - from) * 1000) / count);
    }
  }
  return {
    cpu: (name) => cpu.get(name)!,
    wall: (name) => wall.get(name)!,
    part: (base, name) => cpu.get(base)!.map((value, round) => value / cpu.get(name)![round]!),
  };
}
