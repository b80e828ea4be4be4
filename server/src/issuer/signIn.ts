import { isPassword } from "./hashPassword.ts";
import type { IssuerStore, Person } from "./issuerStore.ts";
import type { SignInGuard } from "./signInGuard.ts";

/** What a person typed into the sign-in page. */
export interface TypedCredentials {
  readonly name: string;
  readonly password: string;
  /** Where the browser is. */
  readonly address: string;
  /** The tenant id that the page is for; undefined: any. */
  readonly tenant: string | undefined;
}

/** The person, `wrong` for anything that does not fit, or the seconds until another try is welcome. */
export type SignInVerdict = { readonly person: Person } | "wrong" | { readonly wait: number };

/** Checks of passwords that run at once, and that may wait: each is a third of a second of work and 32 MB. */
const most = { running: 2, waiting: 20 };

/** Makes the check of passwords. Unknown names, other tenants and wrong passwords cost the same and answer the same. */
export function createSignIn(store: IssuerStore, guard: SignInGuard): (typed: TypedCredentials) => Promise<SignInVerdict> {
  const queue: (() => void)[] = [];
  let running = 0;

  async function inTurn(work: () => Promise<boolean>): Promise<boolean> {
    if (running >= most.running) await new Promise<void>((resolve) => queue.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return async ({ name, password, address, tenant }) => {
    const named = name === "" ? undefined : await store.person(name);
    const found = named?.userPrincipalName.toLowerCase() === name.toLowerCase() ? named : undefined;
    const person = tenant === undefined || found?.tenant === tenant ? found : undefined;
    if (queue.length >= most.waiting) return { wait: 5 };
    const attempt = await guard.begin({ name, address, unlocked: Date.parse(found?.unlocked ?? "") || 0 });
    if ("wait" in attempt) return attempt;
    if (!(await inTurn(() => isPassword(password, person?.passwordHash))) || person === undefined) return "wrong";
    await attempt.succeeded();
    return { person };
  };
}
