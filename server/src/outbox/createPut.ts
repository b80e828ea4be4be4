import type { Leases } from "../store/leases.ts";

interface Putting {
  readonly kind: string;
  readonly onFault: (error: unknown) => void;
}

/** Has a hub looked at by work of a kind; what comes while that is asked for asks once more, for the look may have begun. */
export function createPut(leases: Leases, { kind, onFault }: Putting): (hub: string) => void {
  const asking = new Map<string, boolean>();
  const put = (hub: string): void => {
    if (asking.has(hub)) return void asking.set(hub, true);
    asking.set(hub, false);
    void leases
      .put([{ hub, kind, key: "" }])
      .catch(onFault)
      .finally(() => {
        const again = asking.get(hub);
        asking.delete(hub);
        if (again === true) put(hub);
      });
  };
  return put;
}
