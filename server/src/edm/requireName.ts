const identifier = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}_\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]{0,127}$/u;

/** Refuses what is no name of CSDL (15.2, at most 128 characters), and `__proto__`, which no object here can have as a member. `place` is said first. */
export function requireName(name: string, place: string): void {
  if (identifier.test(name) && name !== "__proto__") return;
  const shown = name.length > 40 ? `${name.slice(0, 37)}...` : name;
  const why = name === "__proto__" ? "this name is reserved" : "a name has letters, digits and underscores, no digit first, and at most 128 of them";
  throw new Error(`${place}: '${shown}' cannot be used, ${why}`);
}
