import { ConfigurationFault } from "./configuration.ts";

/** The password of a person: the first line of standard input, or asked for twice at a terminal that does not show it. */
export async function readPassword(fromInput: boolean): Promise<string> {
  if (fromInput) return firstLine();
  if (!process.stdin.isTTY) throw new ConfigurationFault("There is no terminal to ask for a password: give --password-stdin and write it to standard input.");
  const password = await ask("Password: ");
  if ((await ask("Again: ")) !== password) throw new ConfigurationFault("The two passwords differ.");
  return password;
}

async function firstLine(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > 4096) break;
  }
  return text.split(/\r?\n/, 1)[0]!;
}

/** Reads a line without echo: the terminal gives each key as it is pressed. */
function ask(question: string): Promise<string> {
  const { stdin } = process;
  // Before the question: what is typed at once must not be shown either.
  stdin.setRawMode(true).setEncoding("utf8").resume();
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    let line = "";
    const done = (): void => {
      stdin.off("data", take).setRawMode(false).pause();
      process.stderr.write("\n");
    };
    const take = (keys: string): void => {
      for (const key of keys) {
        if (key === "\u0003") {
          done();
          return reject(new ConfigurationFault("No password was given."));
        }
        if (key === "\r" || key === "\n" || key === "\u0004") {
          done();
          return resolve(line);
        }
        line = key === "\u007f" || key === "\b" ? Array.from(line).slice(0, -1).join("") : `${line}${key}`;
      }
    };
    stdin.on("data", take);
  });
}
