/** An error of the operating system, as Node's `fs` throws it: a full disk, a missing right, too many open files. */
export function isSystemFault(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}
