import { programCommand } from "../config/invocation.ts";

/** A command line in help. It works as printed, except that some need a login or a client. */
export type Example = {
  /** What it does. */
  readonly text: string;
  /** What follows the program's name. */
  readonly words: string;
  /** Shell code around the command. */
  readonly before?: string;
  readonly after?: string;
};

/** The examples in each command's help, by the command's path; the empty path is the program. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  "": [
    { text: "Store your API key", words: "login" },
    { text: "Add this server to your MCP clients", words: "install" },
    { text: "Try it without an account", words: "call lightfast_system_health --sandbox" },
    { text: "Show the help of a command", words: "help install" },
  ],
  http: [
    { text: "Serve the emulator on this machine", words: "http --sandbox --auth none" },
    { text: "Check the settings of a deployment, then exit", words: "http --check" },
  ],
  login: [
    { text: "Create a key in the browser, then paste it", words: "login" },
    { text: "Store a second login", words: "login --profile work" },
    { text: "Read the key from a file", words: "login --stdin", after: " < key.txt" },
  ],
  logout: [
    { text: "Remove the active login", words: "logout" },
    { text: "Remove every login", words: "logout --all" },
  ],
  whoami: [{ text: "Show the active key, and check it", words: "whoami" }],
  profiles: [{ text: "List the stored logins", words: "profiles" }],
  update: [
    { text: "Switch to the newest version", words: "update" },
    { text: "Switch back", words: "update --rollback" },
  ],
  "profiles use": [
    { text: "Use the login named work by default", words: "profiles use work" },
    { text: "Go back to the usual one", words: "profiles use default" },
  ],
  install: [
    { text: "Choose among the clients found here", words: "install" },
    { text: "Show what would change in one client", words: "install cursor --dry-run" },
    { text: "Add it to every client without asking", words: "install --all --yes" },
  ],
  uninstall: [{ text: "Remove it from one client", words: "uninstall cursor" }],
  signal: [{ text: "Record a signal", words: 'signal create "Ada asked for an invoice"' }],
  "signal create": [
    { text: "Record a signal, and wait until it is classified", words: 'signal create "Call Ada" --wait' },
    { text: "Try it without an account", words: 'signal create "Call Ada" --wait --sandbox' },
    { text: "Read the text from a file", words: "signal create", after: " < note.txt" },
  ],
  "signal get": [{ text: "Show a signal", words: "signal get signal_123e4567-e89b-12d3-a456-426614174000" }],
  "signal list": [
    { text: "List the newest signals", words: "signal list" },
    { text: "List those that are not classified yet", words: "signal list --status queued,processing" },
  ],
  tools: [{ text: "List the tools that change nothing", words: "tools --read-only" }],
  call: [
    { text: "Check the connection", words: "call lightfast_system_health" },
    { text: "Try it without an account", words: "call lightfast_system_health --sandbox" },
    {
      text: "Record a signal",
      words: 'call lightfast_signals_create --arg input="Call Ada"',
    },
    {
      text: "Read an argument from a file, and wait until the result is final",
      words: "call lightfast_signals_create --arg input=@note.txt --wait",
    },
  ],
  doctor: [
    { text: "Find out why a client cannot connect", words: "doctor" },
    { text: "Repair what is safe", words: "doctor --fix" },
    { text: "The same for a script", words: "doctor --fix --yes --json" },
  ],
  config: [{ text: "Show every setting and its source", words: "config" }],
  "config http": [{ text: "The same for the HTTP server", words: "config http --port 9000" }],
  sandbox: [
    { text: "Run the emulator on a free port", words: "sandbox --port 0" },
    { text: "Run tests against an emulator of their own", words: "sandbox -- npm test" },
  ],
  completion: [
    { text: "bash: add this line to ~/.bashrc", before: "source <(", words: "completion bash", after: ")" },
    {
      text: "zsh: add this line to ~/.zshrc, after compinit",
      before: "source <(",
      words: "completion zsh",
      after: ")",
    },
    {
      text: "fish: add this line to ~/.config/fish/config.fish",
      words: "completion fish",
      after: " | source",
    },
  ],
  help: [{ text: "Print the help of a nested command", words: "help lfx call" }],
  lfx: [
    { text: "Add LFX to your MCP clients", words: "lfx install" },
    { text: "Try it without an account", words: "lfx call search_projects --sandbox" },
  ],
  "lfx http": [
    { text: "Serve the emulator on this machine", words: "lfx http --sandbox --auth none" },
    { text: "Check the settings of a deployment, then exit", words: "lfx http --check" },
  ],
  "lfx install": [{ text: "Show what would change in one client", words: "lfx install cursor --dry-run" }],
  "lfx uninstall": [{ text: "Remove it from one client", words: "lfx uninstall cursor" }],
  "lfx tools": [{ text: "List the tools of one toolset", words: "lfx tools --toolsets mailing-lists" }],
  "lfx call": [{ text: "Try it without an account", words: "lfx call search_projects --sandbox" }],
  "lfx doctor": [{ text: "Find out why a client cannot connect", words: "lfx doctor" }],
  "lfx config": [{ text: "Show every setting and its source", words: "lfx config" }],
  "lfx config http": [{ text: "The same for the HTTP server", words: "lfx config http --port 9000" }],
  "lfx sandbox": [
    { text: "Run the emulator on a free port", words: "lfx sandbox --port 0" },
    { text: "Run tests against an emulator of their own", words: "lfx sandbox -- npm test" },
  ],
};

/** Returns an example as it can be pasted into a shell. */
export function exampleLine({ words, before = "", after = "" }: Example): string {
  return `${before}${programCommand(words)}${after}`;
}
