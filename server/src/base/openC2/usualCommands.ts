/** What an action becomes where its connector does not say. */
export interface UsualCommand {
  readonly command: string;
  readonly target: string;
}

/** By the name of the action in lower case. */
const commands: Readonly<Record<string, UsualCommand>> = {
  blockip: { command: "deny", target: "ip_net" },
  unblockip: { command: "allow", target: "ip_net" },
  blockdomain: { command: "deny", target: "domain_name" },
  unblockdomain: { command: "allow", target: "domain_name" },
  blockurl: { command: "deny", target: "uri" },
  unblockurl: { command: "allow", target: "uri" },
  blocksender: { command: "deny", target: "email_addr" },
  unblocksender: { command: "allow", target: "email_addr" },
};

/** What is known without being told; undefined for other actions. */
export function usualCommand(action: string): UsualCommand | undefined {
  const name = action.toLowerCase();
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
}
