import type { OptionRow } from "../config/reader.ts";

/** The system that a client runs on. A plain value, so that tests can describe any system. */
export type System = {
  /** A `process.platform`; everything except `darwin` and `win32` is treated as Linux. */
  readonly platform: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Returns the names in a folder; empty if there is none. Default: those on this machine. */
  readonly listFolder?: (folder: string) => readonly string[];
};

/** A value that every file format can represent. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** One MCP server in a client's file. */
export type Entry = { readonly [key: string]: Value };

/** What the entries of a platform's server contain. */
export type EntryRules = {
  /** The platform's name, for people. */
  readonly title: string;
  /** The command that starts the server, after the program's name; empty if there is none. */
  readonly command: string;
  /** The variable with the credential, which an entry refers to and never contains. */
  readonly keyVariable: string;
  /** The credential's name, for people, after the platform's. */
  readonly keyTitle: string;
  /** The last words of the id of a prompt for the credential. */
  readonly keyId: string;
  readonly sandboxVariable: string;
  readonly profileVariable?: string;
  /** The options that the arguments of an entry may have. */
  readonly options: Readonly<Record<string, OptionRow>>;
  /** How else to provide the credential, or where it is from: the end of a sentence that says where to set it. */
  readonly login: string;
  /** The next step if a client provides no credential. */
  readonly noKeyHint: string;
  /** Variables that a server needs beside the credential, unless the user sets them. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Whether all tools are so few that each conversation may start with them. Otherwise the tools themselves say which do. */
  readonly alwaysLoad?: boolean;
  /** Variables without a secret that the server uses where they are set. Some clients forward only those in the entry. */
  readonly forwarded?: readonly string[];
  /** The MCP endpoint of the hosted server; undefined if the platform has none. */
  readonly hostedUrl?: string;
};

/** How to start or reach a server, before it takes the form of any client's entry. */
export type ServerCommand = {
  /** The server's name in the client's file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The URL of a server over Streamable HTTP, which the client reaches instead of starting a command. */
  readonly url?: string | undefined;
  /** Whether the user chose the command, with `--npx` or `--command`: it replaces that of an existing entry. */
  readonly isChosen?: boolean;
  readonly rules: EntryRules;
};

/** One step into a file: a key of a mapping, or the list element with that `id`. */
export type Step = string | { readonly id: string };
export type Path = readonly Step[];

export type FormatName = "jsonc" | "toml" | "yaml";

/** How an entry gets the API key without containing it. */
export type KeyReference =
  /** The client replaces this text with the value of the environment variable that it names. */
  | { readonly kind: "placeholder"; readonly textFor: (variable: string) => string }
  /** The client prompts for the key and stores it: VS Code's `inputs`. */
  | { readonly kind: "input" }
  /** A field with the names of variables that the client forwards or stores. The advice is a sentence without its period. */
  | { readonly kind: "list"; readonly field: string; readonly adviceFor: (variable: string) => string };

/** How a client uses a server over Streamable HTTP that asks callers to sign in. */
export type RemoteSupport =
  | {
      readonly entry: (server: RemoteServer) => Entry;
      /** How the user signs in, as a sentence. */
      readonly signIn: (name: string) => string;
    }
  /** Why the client's file cannot have such a server, and what to do instead. */
  | { readonly advice: (url: string) => string };

export type RemoteServer = Pick<ServerCommand, "name" | "rules"> & { readonly url: string };

/** A way to add a server that is quicker than its file: a command line, or a link that opens the client. */
export type QuickAdd = { readonly command: string } | { readonly link: string };

/** An MCP client: where its files are, and what an entry looks like. */
export type Client = {
  readonly id: string;
  readonly title: string;
  /** Where the client documents its files, or defines them in its code. */
  readonly source: string;
  readonly format: FormatName;
  /** Whether the client accepts comments and trailing commas. */
  readonly comments: boolean;
  /** Whether the client ignores a file that begins with a byte order mark. */
  readonly rejectsBom?: boolean;
  /** Whether the client never leaves its file empty, so that an empty one was read while the client wrote it. */
  readonly neverEmpty?: boolean;
  /** The user's file, or the candidates with the most likely one first. */
  readonly userFiles: (system: System) => readonly string[];
  /** Candidates for the project's file, relative to the project, with slashes. */
  readonly projectFiles?: readonly string[];
  /** The files of further profiles that have servers of their own. */
  readonly profiles?: (system: System) => readonly { readonly name: string; readonly file: string }[];
  /** What differs in the project's file, for a file that several clients read. */
  readonly inProject?: Partial<Client>;
  /** The folder that proves the client is installed. Default: the folder of its file. */
  readonly home?: (system: System) => string;
  /** The mapping that contains the entries. */
  readonly keyPath: readonly string[];
  readonly envField: "env" | "envs" | "environment";
  readonly entry: (server: ServerCommand) => Entry;
  readonly remote: RemoteSupport;
  /** @param entry for the same server */
  readonly quickAdd?: (server: ServerCommand, entry: Entry) => QuickAdd;
  /**
   * Options of the `quickAdd` command for a server to which callers send a key. Default: the command has none.
   * @param variable holds the key
   * @param header refers to the variable as `key` does
   */
  readonly keyOptions?: (variable: string, header: string) => readonly string[];
  /** Undefined if the client can only read a key from its file. */
  readonly key?: KeyReference;
  /** Server names that the client reserves. */
  readonly reserved?: readonly string[];
  /** What the user should do before the file is written. */
  readonly before?: string;
  /** What makes the client load the change. */
  readonly after: string;
};
